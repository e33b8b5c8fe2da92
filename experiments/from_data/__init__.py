"""The parts of a forecast: what a spectrum predicts, what splits of the data measure, and both in words."""
