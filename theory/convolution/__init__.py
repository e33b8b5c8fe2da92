"""Convolutional models: regressions on a window, and flows of them."""
