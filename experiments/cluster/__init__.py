"""The cells of a sweep on other machines: a Dask cluster, or processes that joined."""
