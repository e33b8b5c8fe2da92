"""Where a sweep is kept."""
