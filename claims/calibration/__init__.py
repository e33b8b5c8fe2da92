"""How often verdicts are wrong, measured: planted observables with known truth, checked by the thousand."""
