"""A claim: a statement, the prediction it makes, a simulation that has not seen it, and rivals.

At a point (a value for each parameter) and dimension d, theory says `predict(**point)` for d → ∞, or
`predict(dim=d, **point)` when it is exact; the simulation draws independent copies of an observable whose
mean is that number, up to a finite-size term that vanishes as d → ∞.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from lingen.checks import positive, single
from lingen.claims import fields, texts
from lingen.claims.evidence.answer import Answer, Drawn, Evidence, Terms
from lingen.claims.evidence.assumptions import Assumption, assumptions_of
from lingen.claims.evidence.point import Point, PointEvidence
from lingen.claims.evidence.sampled import SampledCheck
from lingen.claims.evidence.site import Cells, Site
from lingen.claims.evidence.size import Size
from lingen.claims.of_experiment import fields_of, size_of
from lingen.experiments.experiment import Experiment
from lingen.watching import in_notebook

__all__ = ["Claim", "Point"]


@fields.spelt
@dataclass(frozen=True, eq=False, repr=False)
class Claim:
    """A theorem to be checked.

    Attributes:
        name: short and unique, as typed on the command line.
        of: an `Experiment`, in place of `predict`, `sampler` and `dims`: what is drawn and predicted.
        observable: which of the experiment's observables; need not be said if it has one alone.
        sizes: the parameter of the experiment that is the size, and its values, such as {"size": (64, 128, 256)}; without
            it the claim is exact and every size a point of its own.
        predict: the theory, `predict(**point)`, or `predict(dim=d, **point)` when `exact`: a number or array.
        sampler: `sampler(dim, **point)` gives a draw, a function of a key; a `jax.tree_util.Partial` is
            compiled once for all its numbers. Either this or `simulate`.
        simulate: `simulate(key, dim, **point)` makes one draw, in JAX.
        measure: takes stacked draws to an array of shape (draws, *prediction shape); identity if absent.
        estimate: what is compared where it is no mean: a function that takes all stacked draws, as measured, to a number or
            an array of the prediction's shape: `variance`, `quantile(0.9)`, `probability(event)` and others of
            `lingen.claims.estimates`, or any smooth function, whose error a jackknife tells.
        grid: values of each parameter; the points are their product. Either this or `points`.
        points: the points themselves, one dict each; filled from `grid` when absent.
        dims: dimensions to simulate, increasing.
        exact: whether the prediction is for finite d, and is compared at every dimension.
        order: powers of 1/d in the finite-size term that is fitted and removed.
        order_source: where these powers are proved. Without it every power from 1/4 to 4, and log d/d, is allowed for.
        orders: in place of `order`, candidates such as (1/3, 1/2, 1), or (1, (0.5, 1)) where powers go together, of which
            one is right: the interval covers the extrapolations by those that the draws do not refute, and by no other.
        bounds: the least and the largest value that a draw can have, numbers or arrays of the prediction's shape: the
            interval then holds at every number of draws, whatever the law.
        concentration: where it is proved that the observable has light tails, as a smooth function of many independent
            numbers has: Student intervals are then trusted from few draws on. Without it and without bounds no verdict
            is given before the draws could have seen a rare outcome that would overturn it.
        deterministic: whether all draws are one number; else draws all alike are no evidence.
        settle: `settle(dim, **point)` gives the parameters that a draw of this size really has, where whole numbers stand
            behind them; if absent, `load` becomes round(load·d)/d. Simulation and prediction get the same.
        rivals: other predictions, by name, with the signature of `predict`; the draws must refute them.
        components: where those of an array lie, by the name of each of its axes, such as {"distance": (1, 2, 4)}, for figures.
        scale: what errors are measured against: |prediction| when absent.
        title: one line for people; the name if absent.
        statement: the statement in LaTeX.
        reference: where it is stated.
        section: the letter of its chapter, such as C.
        label: the observable's name on the axis of a figure.
        exploratory: a measurement, whose refutation is a finding and no failure.
        thorough: too long for every day; `lingen verify --budget thorough` checks it.
        resolution: the relative error it is made to tell apart; 1 % if absent.

    Raises:
        ValueError: naming the field that cannot be.
    """

    _theory = "predict"  # the field that holds it

    name: str
    _: KW_ONLY
    of: Experiment | None = None
    observable: str = ""
    sizes: Mapping[str, Sequence[int]] | None = None
    predict: Callable[..., Any] = None  # type: ignore[assignment]  # that of the experiment
    sampler: Callable[..., Callable[[Any], Any]] | None = None
    simulate: Callable[..., Any] | None = None
    measure: Callable[[Any], Any] | None = None
    estimate: Any = None
    grid: Mapping[str, Sequence[Any]] | None = None
    points: tuple[Point, ...] = ()
    dims: tuple[int, ...] = (64, 128, 256)
    exact: bool = False
    order: tuple[float, ...] = (1,)
    order_source: str = ""
    orders: tuple[Any, ...] = ()
    bounds: tuple[Any, Any] | None = None
    concentration: str = ""
    deterministic: bool = False
    settle: Callable[..., Point] | None = None
    rivals: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    components: Mapping[str, Sequence[float]] | None = None
    scale: float | None = None
    title: str = ""
    statement: str = ""
    reference: str = ""
    section: str = ""
    label: str = ""
    exploratory: bool = False
    thorough: bool = False
    resolution: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise ValueError(f"name must be a word, got {self.name!r}")
        texts.text_of("name", self.name, lines=1)
        try:
            texts.texts_of(self)
            self._take_experiment()
            self._check_functions()
            self._set(points=fields.points_of(self.grid, self.points), dims=fields.dims_of(self.dims))
            self._set(order=fields.powers_of(self.order), orders=fields.candidates_of(self.orders))
            self._check_numbers()
            self._check_signatures()
            self._set(title=self.title or self.name, rivals=dict(self.rivals))
            self._set(**fields.estimate_of(self.estimate, self.measure))
        except ValueError as error:
            raise ValueError(f"claim {self.name}: {error}") from None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name}: {fields.told(self)})"

    _repr_html_ = in_notebook

    def answer(self, terms: Terms) -> Answer:
        """What draws say of the claim; `lingen.claims.check` asks this."""
        return SampledCheck(self, terms).answer()

    def site(self, index: int, key: Any) -> Cells:
        """The cells of one of its points."""
        return Site(self, index, key)

    def assumptions(self, points: Sequence[PointEvidence]) -> tuple[Assumption, ...]:
        """What an answer from this evidence rests on."""
        return assumptions_of(self, points)

    @property
    def size(self) -> Size:
        """How its size is called."""
        return size_of(self.of, self.sizes)

    @property
    def evidence(self) -> Evidence:
        """How its evidence is shown."""
        return Drawn(self.dims, self.exact, self.size)

    @property
    def advice(self) -> str:
        """What would make its verdict cheaper, if anything would."""
        unknown = self.bounds is None and not self.concentration and not self.deterministic
        if not unknown or self.estimate is not None:
            return ""
        return "; fewer if its bounds were declared (Claim.bounds, Claim.concentration)"

    def draw(self, dim: int, point: Point) -> Callable[[Any], Any]:
        """The function of a key that makes one draw at this dimension and point.

        Keep what it returns: a function made anew is compiled anew, unless the sampler gave a `Partial`.
        """
        if self.sampler is not None:
            return self.sampler(dim, **point)
        simulate = self.simulate
        assert simulate is not None
        return lambda key: simulate(key, dim, **point)

    def settled(self, dim: int, point: Point) -> Point:
        """The point that is drawn at this dimension: whole numbers behind its parameters are whole."""
        if self.settle is not None:
            return {**point, **self.settle(dim, **point)}
        return fields.whole_load(point, dim)

    def _take_experiment(self) -> None:
        """Set what the experiment gives, if there is one."""
        if self.of is None:
            return fields.absent(self, ("observable", "sizes"), "without an experiment (of)")
        fields.absent(self, ("sampler", "simulate", "settle", "dims"), "where an experiment (of) is given")
        known = (self.observable, self.sizes, self.exact, self.rivals)
        points = fields.points_of(self.grid, self.points)
        given = fields_of(self.of, *known, points, getattr(self, self._theory), self._theory)
        own = {name: getattr(self, name) for name in ("label", "components") if getattr(self, name)}
        self._set(**given | own)

    def _check_functions(self) -> None:
        fields.function("predict", self.predict)
        if (self.sampler is None) == (self.simulate is None):
            given = "neither" if self.sampler is None else "both"
            raise ValueError(f"sampler or simulate must be given, one of them, got {given}")
        fields.function("sampler" if self.simulate is None else "simulate", self.sampler or self.simulate)
        for name in ("measure", "settle", "estimate"):
            if getattr(self, name) is not None and not hasattr(getattr(self, name), "each"):
                fields.function(name, getattr(self, name))
        if not isinstance(self.rivals, Mapping):
            raise ValueError(f"rivals must be a dict of functions by name, got {self.rivals!r}")
        for name, rival in self.rivals.items():
            fields.function(f"rivals[{name!r}]", rival)

    def _check_numbers(self) -> None:
        self._set(components=fields.components_of(self.components))
        if self.scale is not None:
            positive("scale", self.scale)
        if self.resolution is not None:
            positive("resolution", single("resolution", self.resolution))
        if self.bounds is not None:
            fields.bounds_of(self.bounds)
        most = max(map(len, self.orders or (self.order,)))
        if not self.exact and 1 < len(self.dims) <= most:
            raise ValueError(
                f"{self.size.field} must be one, or more than {most} (the powers), got {self.dims}"
            )
        if self.estimate is not None:
            means = "where estimate is given: it is about means"
            fields.absent(self, ("bounds", "deterministic"), means)

    def _check_signatures(self) -> None:
        """See that every function takes the parameters of the points; what `settle` adds is not known here."""
        if self.settle is not None:
            return
        point = list(self.points[0])
        if self.simulate is not None:
            fields.takes("simulate", self.simulate, ("key", "dim"), point)
        if self.sampler is not None:
            fields.takes("sampler", self.sampler, ("dim",), point)
        named = ["dim", *point] if self.exact else point
        fields.takes("predict", self.predict, (), named)
        for name, rival in self.rivals.items():
            fields.takes(f"rivals[{name!r}]", rival, (), named)

    def _set(self, **fields: Any) -> None:
        for name, value in fields.items():
            object.__setattr__(self, name, value)
