"""Networks: bias-free denoisers and deep linear ones."""
