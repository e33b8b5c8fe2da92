"""The limit d → ∞ of estimates at several sizes, and how far it is known."""
