"""Means of draws: what is kept of them, their intervals, and what tails may hide."""
