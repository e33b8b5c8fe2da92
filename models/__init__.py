"""The objects theory and simulation share: populations, filters, observables, image data."""

from lingen.lazy import rooms as _rooms

__getattr__, __dir__ = _rooms(__name__, __path__[0])
