"""The engine: many draws at once on any devices, and which method draws them."""
