"""A run of claims: which ones, here one by one or side by side in processes."""
