"""The spectrum of the sample covariance of any population."""
