"""The claims that ship with lingen, one file a topic."""
