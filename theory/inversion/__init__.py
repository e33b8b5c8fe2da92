"""The Marchenko–Pastur map inverted: the population behind the spectrum of a sample."""
