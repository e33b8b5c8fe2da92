"""Draws of whole data sets and their matrices."""
