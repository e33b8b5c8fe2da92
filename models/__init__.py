"""The objects theory and simulation share: populations, filters, observables, image data."""
