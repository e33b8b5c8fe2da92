"""The machine that a process runs on: its cores, its memory, its consoles."""
