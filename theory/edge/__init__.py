"""The edges of the sample spectrum: their laws, and the spikes that leave it."""
