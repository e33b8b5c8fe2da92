"""How networks are trained: Adam on gradients of bounded norm, its rate rising, then falling as a cosine."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import optax

from lingen.boundary import checked
from lingen.checks import bounded, integer, positive

__all__ = ["Settings", "descent", "rate"]


@checked
@dataclass(frozen=True)
class Settings:
    """How networks are trained.

    Attributes:
        steps: steps of Adam.
        batch: images a step.
        rate: learning rate at its highest: it rises over the first 5 % of the steps, then falls as a cosine.
        sigma_max: largest noise standard deviation, in units of the pixel range.
        clip: bound of the gradient's norm.
        frozen: share of the steps, the last ones, in which normalisations keep their running standard
            deviations: networks then learn as what they will be, homogeneous, however small the batches.
    """

    steps: int = 1000
    batch: int = 64
    rate: float = 1e-3
    sigma_max: float = 1.0
    clip: float = 1.0
    frozen: float = 0.4

    def __post_init__(self) -> None:
        """Check every field."""
        for name, value in asdict(self).items():
            if name in ("steps", "batch"):
                integer(name, value, low=1)
            elif name == "frozen":
                bounded(name, value, 0.0, 1.0)
            else:
                positive(name, value)


@checked
def rate(settings: Settings, step: int) -> float:
    """The learning rate at a step."""
    return float(_schedule(settings)(step))


@checked
def descent(settings: Settings) -> optax.GradientTransformation:
    """Adam along the schedule, of a gradient whose norm is bounded."""
    return optax.chain(optax.clip_by_global_norm(settings.clip), optax.adam(_schedule(settings)))


def _schedule(settings: Settings) -> optax.Schedule:
    warm = max(1, settings.steps // 20)
    return optax.warmup_cosine_decay_schedule(0.0, settings.rate, warm, max(settings.steps, warm + 1))
