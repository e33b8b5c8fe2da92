"""Functions of the sample covariance on average: traces, roots, determinants."""
