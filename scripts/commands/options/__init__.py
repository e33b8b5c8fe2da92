"""Options that several commands share, and the words that some choose among."""
