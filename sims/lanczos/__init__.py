"""Draws without a matrix, for any spectrum."""
