"""Figures of any dataset, drawn on axes that are given or made: what `lingen plot` shows."""
