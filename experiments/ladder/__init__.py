"""Trained networks on a ladder of numbers of samples, beside what linear theory foretells."""
