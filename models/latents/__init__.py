"""Latents with structure: the laws of their entries, and what messages know of them."""
