"""Periodograms of drawn images, and convolutional models fitted to them."""
