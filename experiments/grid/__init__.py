"""Grids: axes, cells and their keys, and compiled calls that draw many cells."""
