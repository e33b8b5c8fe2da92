"""Pure draws of a key, and the engine that runs many of them."""

import sys

from lingen.sims.engine.ensemble import ensemble

__all__ = ["ensemble"]

sys.modules["lingen.sims.ensemble"] = sys.modules[ensemble.__module__]  # its place in version 0.1
