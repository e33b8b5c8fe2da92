"""Image data: from files and arrays to samples, and the spectrum of their covariance."""
