"""Pure draws of a key, and the engine that runs many of them."""
