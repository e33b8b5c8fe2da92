"""Pure draws of a key, and the engine that runs many of them."""

import sys

from lingen.lazy import rooms as _rooms
from lingen.sims.engine.ensemble import ensemble

__all__ = ["ensemble"]

sys.modules["lingen.sims.ensemble"] = sys.modules[ensemble.__module__]  # its place in version 0.1

__getattr__, __dir__ = _rooms(__name__, __path__[0])
