"""Networks in training, and what is measured of what they make."""
