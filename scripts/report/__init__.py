"""The report of `lingen verify`: figures, formulas and the page; and results in notebooks."""
