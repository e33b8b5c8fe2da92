"""From draws to intervals: means, their errors, what was not seen, and the limit of large dimensions."""
