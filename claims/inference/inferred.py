"""A claim on quantities that are inferred, such as a critical point or an exponent, by their credible intervals.

The statement predicts numbers; `infer` draws its own data and gives a posterior of these numbers. The claim holds when
every simultaneous credible interval lies within its tolerance of the prediction, the rivals lie outside one of
them, and the chains are sound: R-hat below 1.01 and no divergence. Otherwise it is refuted or undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from lingen.checks import positive
from lingen.claims import fields
from lingen.claims.budget import RESOLUTION
from lingen.claims.claim import Claim
from lingen.claims.evidence.answer import Answer, Drawn, Tell, Terms
from lingen.claims.evidence.broken import Broken, attempt, numbers
from lingen.claims.evidence.judgement import judge, judge_rivals
from lingen.claims.evidence.point import Outcome, PointEvidence
from lingen.claims.evidence.size import NO_SIZE, Size
from lingen.words import measured

if TYPE_CHECKING:
    from lingen.models.posterior import Posterior

__all__ = ["Band", "Dots", "FitPicture", "Inference", "Inferred", "InferredClaim"]

SHOWN = 0.95
"""Level of the intervals that are told; the verdict uses wider ones, which all cover together."""


class Dots(NamedTuple):
    """Measurements of one kind."""

    name: str
    x: Float[np.ndarray, "m"]
    y: Float[np.ndarray, "m"]
    error: Float[np.ndarray, "m"]


class Band(NamedTuple):
    """A fitted curve, with its credible band if it has one."""

    name: str
    x: Float[np.ndarray, "m"]
    y: Float[np.ndarray, "m"]
    low: Float[np.ndarray, "m"] | None = None
    high: Float[np.ndarray, "m"] | None = None


class FitPicture(NamedTuple):
    """What the upper panel of the claim's figure shows."""

    x_label: str
    y_label: str
    dots: tuple[Dots, ...]
    bands: tuple[Band, ...] = ()
    x_scale: str = "linear"
    y_scale: str = "linear"


class Inference(NamedTuple):
    """What was inferred, and from how much."""

    posterior: Posterior
    draws: int
    picture: FitPicture
    note: str = ""
    """More to tell, in a few words."""


class Inferred(NamedTuple):
    """A posterior as evidence."""

    inference: Inference
    symbols: Mapping[str, str]
    figure: str = "posterior"
    method: str = "Centre of the posterior and its standard deviation"

    @property
    def shown(self) -> str:
        """What its figure shows, in words."""
        picture = self.inference.picture
        return f"{picture.y_label} against {picture.x_label}, above the posteriors"

    def symbol(self, quantity: str) -> str:
        """How a quantity is written."""
        return self.symbols.get(quantity, quantity)

    def diagnostics(self) -> dict[str, Any]:
        """R-hat and effective sample size of every parameter, and the number of divergences."""
        found = self.inference.posterior
        return {name: getattr(found, name) for name in ("r_hat", "effective", "divergences")}


@fields.spelt
@dataclass(frozen=True, eq=False, repr=False)
class InferredClaim(Claim):
    """A claim whose evidence is a posterior. `predict(quantity=name)` gives a number, and so do rivals.

    Attributes:
        infer: `infer(key, tell, devices)` draws data and returns an `Inference` with a sample of every quantity.
        tolerance: by quantity, the relative error to tell apart; 1 % if absent.
        symbols: by quantity, how it is written.

    Raises:
        ValueError: naming the field that cannot be.
    """

    _: KW_ONLY
    infer: Callable[[Any, Tell, Sequence[Any] | None], Inference]
    tolerance: Mapping[str, float] = field(default_factory=dict)
    symbols: Mapping[str, str] = field(default_factory=dict)
    dims: tuple[int, ...] = (1,)

    @property
    def size(self) -> Size:
        """It has none: the inference draws its data itself."""
        return NO_SIZE

    @property
    def quantities(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(point["quantity"] for point in self.points)

    def symbol(self, quantity: str) -> str:
        """How a quantity is written."""
        return self.symbols.get(quantity, quantity)

    def answer(self, terms: Terms) -> Answer:
        """A posterior in place of draws; a resolution asked for makes every tolerance as much tighter."""
        try:
            terms.tell(0.0, "drawing")
            found, points = _gather(self, terms)
        except Broken as error:
            reason, resolution = str(error), terms.resolution(self)
            rivals = judge_rivals(self, ())
            return Answer(Outcome.BROKEN, reason, resolution, None, (), rivals, 0, (), Drawn())
        worst = max(points, key=lambda point: point.bound / point.resolution)
        outcome, reason = _conclude(self, found, points)
        rivals, evidence = judge_rivals(self, points), Inferred(found, self.symbols)
        return Answer(
            outcome, reason, worst.resolution, worst.bound, points, rivals, found.draws, (), evidence
        )

    def _check_functions(self) -> None:
        fields.function("predict", self.predict)
        fields.function("infer", self.infer)
        for name, rival in self.rivals.items():
            fields.function(name, rival)
        if self.sampler is not None or self.simulate is not None:
            raise ValueError("sampler and simulate must be absent where infer is given")

    def _check_numbers(self) -> None:
        super()._check_numbers()
        if any(set(point) != {"quantity"} for point in self.points):
            raise ValueError(f"points must have the one parameter quantity, got {self.points}")
        for name, value in self.tolerance.items():
            positive(f"tolerance[{name!r}]", value)


def _gather(claim: InferredClaim, terms: Terms) -> tuple[Inference, tuple[PointEvidence, ...]]:
    """Infer, and compare each quantity with its prediction; the intervals share the level equally.

    Raises:
        Broken: if something raises, or a sample is missing or not finite.
    """
    found = attempt("the inference", lambda: claim.infer(terms.key, terms.tell, terms.devices))
    each = terms.level / len(claim.quantities)
    ease = (terms.budget.resolution or RESOLUTION) / RESOLUTION
    return found, tuple(_evidence(claim, name, found, each, ease) for name in claim.quantities)


def _conclude(claim: InferredClaim, found: Inference, points: Sequence[PointEvidence]) -> tuple[Outcome, str]:
    """The outcome and one sentence for it."""
    told = ", ".join(_told(claim, name, found.posterior) for name in claim.quantities)
    if not found.posterior.sound:
        return Outcome.UNDECIDED, f"the chains cannot be believed ({found.posterior.trouble}); {told}"
    outcome = judge(claim, points)
    rivals = judge_rivals(claim, points)
    alive = [name for name, fate in rivals.items() if fate is not Outcome.REFUTED]
    words = f"{len(rivals)} rival{'s' if len(rivals) > 1 else ''} refuted"
    if outcome is Outcome.UNDECIDED:
        wide = [p for p in points if p.outcome is Outcome.UNDECIDED]
        words = f"{claim.symbol(wide[0].point['quantity'])} is not known well enough" if wide else ""
        words = words or (f"rival {alive[0]!r} survives" if alive else "no rival was put to the test")
    if outcome is Outcome.REFUTED:
        wrong = next(p for p in points if p.outcome is Outcome.REFUTED)
        words = f"{float(wrong.prediction):.4g} is predicted for {claim.symbol(wrong.point['quantity'])}"
    parts = (f"{told} (95 %)", found.note, words, found.posterior.diagnostics)
    return outcome, "; ".join(part for part in parts if part)


def _evidence(claim: InferredClaim, name: str, found: Inference, level: float, ease: float) -> PointEvidence:
    if name not in found.posterior.samples:
        raise Broken(f"the inference gave no sample of {name}")
    values = found.posterior.flat(name)
    if not np.all(np.isfinite(values)):
        raise Broken(f"the inference gave {values[~np.isfinite(values)].flat[0]} for {name}")
    prediction = attempt("the prediction", lambda: numbers(claim.predict(quantity=name)))
    scale = np.abs(prediction) if claim.scale is None else np.full_like(prediction, claim.scale)
    if not np.all(scale > 0):
        raise Broken(f"the prediction of {name} is 0, so the claim needs a scale")
    low, high = found.posterior.interval(name, SHOWN)
    centre = np.array((low + high) / 2)
    # beyond what samples show, tails are taken to be Gaussian
    half = np.array(float(ndtri(1 - level / 2) / ndtri((1 + SHOWN) / 2)) * (high - low) / 2)
    return PointEvidence(
        point={"quantity": name},
        dims=(),
        draws=(found.draws,),
        means=np.zeros(0),
        standard_errors=np.zeros(0),
        estimate=centre,
        standard_error=np.array(values.std()),
        low=centre - half,
        high=centre + half,
        prediction=prediction,
        scale=scale,
        rivals={n: attempt(f"rival {n!r}", partial(_at, r, name)) for n, r in claim.rivals.items()},
        drawn=half,
        shares=np.ones((1,)),
        resolution=ease * claim.tolerance.get(name, claim.resolution or RESOLUTION),
    )


def _told(claim: InferredClaim, name: str, posterior: Posterior) -> str:
    low, high = posterior.interval(name, SHOWN)
    half = (high - low) / 2
    inside = low <= float(np.asarray(claim.predict(quantity=name))) <= high
    note = "" if inside else ", prediction outside"
    told = measured((low + high) / 2, half if half >= 1e-6 else 0.0)
    return f"{claim.symbol(name)} = {told}{note}"


def _at(rival: Callable[..., Any], quantity: str) -> np.ndarray:
    return numbers(rival(quantity=quantity))
