"""Probability paths: their plane, and those to random points."""
