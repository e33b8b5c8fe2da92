"""Pure predictions: arrays in, arrays out, vectorised and differentiable."""

from lingen.lazy import rooms as _rooms

__getattr__, __dir__ = _rooms(__name__, __path__[0])
