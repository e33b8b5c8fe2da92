"""One good call of every public function, and what may be put wrongly in the place of each argument.

Arguments mean the same by the same name everywhere, so a good value is written once for each name; where a
function needs another, `CALLS` says which. `calls()` finds the functions: all that `__all__` lists.
"""

from __future__ import annotations

import collections.abc
import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax.tree_util import Partial

from lingen.claims.calibration import laws
from lingen.claims.calibration.catalogue import FAMILIES
from lingen.claims.checking import Budget
from lingen.claims.claim import Claim
from lingen.claims.inference import exponents, scaling
from lingen.experiments import library
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.parameters import real
from lingen.models import filters, population, schedules
from lingen.models.images.rows import as_rows
from lingen.models.latents import priors
from lingen.models.networks.denoiser import CnnArchitecture
from lingen.models.systems import PathSchedule
from lingen.sims import convergence
from lingen.sims.dense.point_data import point_data
from lingen.sims.networks.settings import Settings
from lingen.theory import random_features

CHAINS = np.random.default_rng(0).normal(size=(4, 8))
ROOMS = ("models", "theory", "sims", "experiments", "claims")
PARTS = tuple(
    f"lingen.{name}"
    for name in (
        *("claims.of_experiment", "claims.evidence", "claims.fields", "claims.texts", "claims.verdict"),
        *("claims.inference.adequacy", "claims.inference.posteriors.importance", "claims.inference.inferred"),
        *("experiments.extrapolation", "experiments.forecast", "experiments.from_data", "experiments.ladder"),
        *(
            "experiments.grid.call",
            "experiments.grid.draws",
            "experiments.grid.part",
            "experiments.store.lock",
        ),
        *("experiments.grid.python", "experiments.grid.theory", "experiments.library", "experiments.loading"),
        *("experiments.provenance", "experiments.source", "experiments.store.dataset", "experiments.sweep"),
        *("experiments.store.extension", "experiments.grid.processes", "experiments.store.manifest"),
        *("experiments.truths", "theory.numerics.cauchy", "theory.numerics.marchenko_pastur"),
    )
)
"""The parts of `claims.check` and `claims.sweeps.infer`, which nothing else calls, with their own numbers."""
INNER = (
    "claims.inference.marginals", "claims.inference.posteriors.nuts",
    "models.networks.batch_norm", "models.images.copies", "models.descent.lost",
    "models.images.columns", "models.images.image_data", "models.images.rows", "models.images.sizes",
    "models.empirical.from_scatter", "models.readers", "models.images.scatter",
    "models.images.files", "models.networks.image_samplers", "models.images.sources",
    "models.images.values", "models.networks.denoiser", "models.empirical.in_range",
    "models.empirical.varying", "models.posterior", "models.precision", "models.networks.torch_weights",
    "models.networks.unet", "sims.krylov.bidiagonal", "sims.krylov.chains", "sims.networks.checkpoints",
    "sims.dense.descent", "sims.dense.samplers", "sims.dense.halving", "sims.dense.sinkhorn",
    "sims.krylov.extremes.bidiagonal",
    "sims.krylov.extremes.edge_length", "sims.krylov.extremes.largest", "sims.krylov.extremes.model_numbers",
    "sims.dense.flow",
    "sims.dense.paths", "sims.dense.point_data.draw_pairs",
    "sims.dense.point_data.all_pairs", "theory.paths.plane.from_integrals", "theory.paths.plane.root",
    "sims.krylov.forms", "sims.dense.groups", "sims.krylov.haar", "sims.engine.hosts",
    "sims.lanczos.both_sides", "sims.lanczos.principal",
    "sims.lanczos.draws.seeds", "sims.lanczos.plan", "sims.lanczos.process", "sims.lanczos.steps",
    "sims.engine.averages", "sims.engine.layout", "sims.engine.stopping", "sims.lanczos.products",
    "sims.networks.members", "sims.krylov.outliers", "sims.krylov.root_nodes", "sims.lanczos.revealed",
    "sims.score.autoencoder", "sims.dense.splits",
    "experiments.grid.call", "experiments.cluster.host_cells", "sims.krylov.terminator",
    "sims.krylov.truncation", "experiments.store", "sims.dense.wishart.data", "sims.dense.wishart.train",
    "theory.convolution.exact", "theory.convolution.flow", "theory.convolution.noisy",
    "theory.convolution.regression",
    "sims.convolution",
    "models.images.stationary.self_conjugate", "models.images.stationary.window",
    "theory.moments.contour", "theory.numerics", "theory.spectrum.curve",
    "theory.inversion.equation", "theory.inversion.noise",
    "theory.spectrum.gaps", "theory.edge.hastings_mcleod", "theory.moments.lens", "theory.moments.pca",
    "theory.spectrum.silverstein",
)  # fmt: skip
"""What only other functions call, with numbers that these have checked: here only wrong kinds are tried."""
LONG = (
    "claims.calibration.verdicts.measure", ".draw", "sims.engine.ensemble.ensemble",
    "claims.checking.check", "claims.library.criticality.measure", "claims.inference.exponents.power_law",
    "claims.inference.maxima.extreme_law", "claims.inference.scaling.scale",
    "claims.inference.sweeps.infer", "claims.inference.transitions.compare",
    "claims.inference.transitions.smooth", "models.bayesian",
)  # fmt: skip
"""What draws: a value at the end of what is allowed would take long; the checks are those of its sampler."""

KEY = jax.random.key(0)
TRUTH = population.spiked([2.0])
CLAIM = Claim(
    "mean", predict=lambda a: a, simulate=lambda key, dim, a: a + jax.random.normal(key), grid={"a": (1.0,)}
)
MATRIX = jnp.asarray([[2.0, 0.5], [0.5, 1.0]])
VECTORS = np.arange(24.0).reshape(6, 4) % 7 - 3.0

GOOD: dict[str, Any] = {
    "a": jnp.asarray(2.0), "acceptance": 0.8, "accuracy": 1e-3, "action": lambda: 1.0,
    "activation": jnp.tanh, "angle": 0.3, "b": jnp.asarray(3.0), "balance": 1.0, "batch": 2, "beta_max": 20.0,
    "beta_min": 0.1, "betas": schedules.linear(4), "budget": Budget(), "c": 0.5, "chance": 0.1, "checks": 1,
    "claim": CLAIM, "comparisons": 1, "conditional": 0.5, "control": [0.8, 1.0, 1.2], "correlation": 0.5,
    "classes": 2, "count": 2, "counts": [16.0, 4.0],
    "covariance": MATRIX, "curvature": 1.0, "data": VECTORS,
    "decay": 0.02, "depth": 3, "dim": 16, "directions": 4,
    "draw": jax.random.normal, "experiment": library.get("convergence"),
    "draws": 4, "eigenvalue": 2.0, "eigenvalues": [2.0, 1.0], "ell": 3.0 + 1.0j,
    "entries": "gaussian", "epsilon": 0.5,
    "event": jnp.isfinite, "every": 1, "excess": 0, "exponent": 1.5, "f": jnp.sqrt,
    "filter": filters.ridge(0.1), "first": MATRIX, "floor": 0.1, "flow": "sinkhorn",
    "freedom": 3.0, "frequency": 1.5,
    "function": np.mean, "g": jnp.square, "gauge": "matched", "generated": VECTORS, "generations": 2,
    "grid": 16, "high": 2.0, "hint": 0.5,
    "images": np.arange(48.0).reshape(3, 4, 4) / 48, "index": 3.0, "kappa": 1.0, "key": KEY,
    "kind": "posterior", "labels": 8, "latents": 1, "layers": "tied", "least": 1, "level": 0.5, "load": 2.0,
    "loads": [1.0, 2.0], "low": 0.5, "majority": 8, "minority": 4,
    "marks": [1.0], "max_sliced": False, "mean": 0.5, "mean_square": 1.0,
    "method": "dense", "mode": "full", "models": 2, "most": 100, "name": "load", "nodes": 8, "noise": 0.5,
    "noises": [0.1, 0.2], "offset": 0.5, "optimiser": "sgd", "other": 4.0, "order": 1.0, "pairs": 4,
    "path": Path("nowhere"), "point": {"a": 1.0}, "points": 4, "population": TRUTH, "probability": 0.5,
    "power": [4.0, 2.0, 1.0, 0.5, 0.5, 1.0, 2.0],
    "probes": 2,
    "rank": 1, "rate": 0.1, "ratio": 1.0, "records": 2, "regularisation": 0.0,
    "released": 4, "repeats": 4, "repetitions": 2, "resamples": 100, "rho": 0.1, "rows": 16, "s": -1.0,
    "generator": MATRIX, "sweeps": 2, "target": 1.5,
    "sampler": filters.heun(schedules.karras(4)), "samples": 32, "scale": 1.0, "scaled": 0.5,
    "separation": 1.0, "signal": 1.0,
    "second": 2.0 * MATRIX, "seconds": 1.0, "seeds": 2, "shares": [0.5, 0.5], "sigma": 1.0,
    "sigma_max": 10.0, "sigma_min": 0.1, "sigmas": schedules.karras(4), "singularity": 0.1, "size": 4,
    "slope": 0.5, "snr": 2.0,
    "spikes": jnp.asarray([3.0]), "spread": 0.1, "start": 0.01, "starts": (0.01, 0.02),
    "steepness": 4.0,
    "step": 1, "step_size": 0.05, "steps": 4, "storage": "revealed", "strength": 2.0, "strengths": [2.0],
    "synthetic": 1.0, "t": 0.5, "targets": [2.0, 1.0],
    "tail": 0.1, "taps": 3, "text": "ridge:0.1", "time": 1.0, "times": [1.0, 2.0],
    "topic": "convergence", "total": 16, "truth": "true", "u": 0.5, "unconditional": 1.0, "until": 0.5,
    "users": 8, "values": [2.0, 1.0], "variance": 0.5, "vectors": VECTORS, "volume": True, "wanted": ("C1",),
    "weight": 0.5, "weights": [0.5, 0.5], "width": 8, "x": 1.0, "z": 1.0 + 1.0j,
}  # fmt: skip
"""A good value for an argument of this name."""


class Call(NamedTuple):
    """A public function and good arguments for it, by name."""

    name: str
    function: Callable[..., Any]
    arguments: dict[str, Any]
    whole: bool
    """Whether every argument is a true one, none a stand-in."""


@cache
def modules() -> tuple[Any, ...]:
    """Every module of the public interface."""
    packages = [importlib.import_module(f"lingen.{room}") for room in ROOMS]
    found = [one for p in packages for one in pkgutil.walk_packages(p.__path__, f"{p.__name__}.")]
    named = [one.name for one in found if not one.ispkg and not one.name.startswith(PARTS)]
    return tuple(map(importlib.import_module, named))


def public(module: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The functions that a module makes public and that are its own."""
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isfunction(value) and value.__module__ == module.__name__:
            yield f"{module.__name__.removeprefix('lingen.')}.{name}", value


SIZES = [2.0**k for k in range(4, 10)]
MEANS = exponents.means(SIZES, [0.5] * 6, [0.1] * 6)
CURVE_DATA = ([0.5, 0.6, 0.8, 1.0, 1.2, 1.4] * 6, np.repeat(SIZES, 6), [0.5] * 36, [0.1] * 36)
CURVES = scaling.curves(*CURVE_DATA)
DATASET = xr.Dataset(
    {
        "convergence": (("load", "dim"), np.full((3, 4), 0.5)),
        "convergence_error": (("load", "dim"), np.full((3, 4), 0.1)),
    },
    {"load": [0.5, 1.0, 2.0], "dim": [16, 32, 64, 128]},
)
PICTURES = jnp.asarray(np.arange(48.0).reshape(3, 4, 4, 1) / 48)
CELL = {"load": 1.0, "dim": 16, "method": "dense", "seed": 0}
SWEEP = Sweep.of(library.get("convergence"), {"load": [1.0, 2.0]}, 4)
DENOISER, HEUN = filters.denoiser(0.5), filters.heun(schedules.karras(4))
FEATURES = random_features.constants(jnp.tanh, 1.0, 0.5)
LAW = population.power_law(1.5, 16)
METRIC = np.linspace(0.0, 1.0, 17)
SCHEDULE = PathSchedule(jnp.asarray([0.0, 0.5, 1.0]), jnp.asarray([1.0, 0.5, 0.0]))

MESSAGES = {"latent": priors.sparse(0.1), "weights": priors.rademacher()}

CALLS: dict[str, dict[str, Any]] = {
    "claims.estimates.jackknife": {"groups": 64},
    "sims.convolutional.recovery_sampler": {"method": "images"},
    "sims.engine.methods.choose": {"known": convergence.METHODS},
    "models.posterior.unconstrained": {"start": {}, "data": ()},
    "models.posterior.chains": {"data": (), "covariance": None},
    "claims.inference.posteriors.nuts.nuts": {"start": {"a": [0.0]}, "data": ()},
    "claims.calibration.laws.mixture": {"shares": (0.5, 0.5), "means": (0.5, 1.5)},
    "claims.calibration.laws.scaled": {"law": laws.normal(1.0), "deviation": 2.0},
    "claims.calibration.verdicts.measure": {"family": FAMILIES[0]},
    "claims.library.criticality.measure": {
        "read": lambda x: x,
        "sampler": convergence.sampler,
        "loads": (1.0,),
        "draws": {16: 4},
    },
    "claims.inference.exponents.means": {"size": SIZES, "mean": [0.5] * 6, "error": [0.1] * 6},
    "claims.inference.exponents.power_law": {"data": MEANS, "offset": False},
    "claims.inference.maxima.extreme_law": {"data": MEANS},
    "claims.inference.scaling.curves": dict(
        zip(("control", "size", "mean", "error"), CURVE_DATA, strict=True)
    ),
    "claims.inference.scaling.scale": {"data": CURVES},
    "claims.inference.scaling.spline": {"s": jnp.linspace(-1.0, 1.0, 5), "reach": 2.0},
    "claims.inference.slices.cut": {
        "data": DATASET,
        "observable": "convergence",
        "axes": ("load",),
        "at": {"dim": 16},
    },
    "claims.inference.choices.choose": {
        "data": DATASET,
        "observable": "convergence",
        "model": "power",
        "along": "load",
        "size": "dim",
        "at": {},
    },
    "experiments.store.selection.axes_of": {"data": DATASET, "observable": "convergence"},
    "experiments.store.selection.chosen": {"data": DATASET, "observable": "convergence"},
    "experiments.store.selection.observables": {"data": DATASET},
    "experiments.store.selection.select": {
        "data": DATASET,
        "observable": "convergence",
        "axes": ("load", "dim"),
        "at": {},
        "within": {},
    },
    "experiments.store.selection.varying": {"data": DATASET, "at": {}, "observable": "convergence"},
    "claims.inference.sweeps.infer": {"data": DATASET, "size": "dim", "offset": True},
    "claims.inference.sweeps.plan": {"data": DATASET, "size": "dim"},
    "claims.inference.transitions.compare": {"data": CURVES},
    "claims.inference.transitions.smooth": {"data": CURVES},
    "claims.library.registry.get": {"wanted": ("bayesian-overlap",)},
    "models.bayesian.statistics": {"data": jnp.asarray(VECTORS)},
    "models.filters.noise_of": {"filter": DENOISER, "noise": None},
    "models.filters.pca": {"rank": 4, "fraction": None},
    "models.networks.image_samplers.seed": {"mean": jnp.zeros((4, 4, 1))},
    "models.images.columns.standard": {"rows": as_rows(VECTORS), "names": ("a",) * VECTORS.shape[1]},
    "models.images.data.from_array": {"name": "array"},
    "models.images.values.patches": {"size": 2},
    "models.images.values.patch_count": {"shape": (4, 4), "size": 2, "stride": 1},
    "models.empirical.varying": {"centred": VECTORS},
    "models.empirical.in_range": {"values": VECTORS},
    "models.precision.error": {"values": VECTORS, "dtype": np.dtype(float)},
    "models.networks.denoiser.as_images": {"shape": (2, 2)},
    "models.networks.denoiser.as_noise": {"noisy": PICTURES, "output": PICTURES, "predicts": "noise"},
    "models.empirical.from_samples": {"samples": VECTORS},
    "models.population.atoms": {"values": [2.0, 1.0]},
    "theory.inversion.estimates.estimate": {"samples": VECTORS},
    "models.samplers.ddpm": {"noise": "posterior"},
    "models.schedules.cosine": {"offset": 0.008},
    "sims.augmentation.draw": {"generated": 8},
    "sims.balanced_flow.draw": {"steps": 64},
    "sims.balanced_flow.mode_sampler": {"steps": 64},
    "sims.balanced_flow.sampler": {"steps": 64},
    "sims.tangent_kernels.kernel_sampler": {"activation": "relu"},
    "theory.tangent_kernels.moments": {"activation": "relu"},
    "sims.augmentation.sampler": {"generated": 8},
    "theory.augmentation.excess": {"generated": 8},
    "theory.augmentation.predict": {"generated": 8},
    "theory.pretraining.risk": {"overlap": 0.5},
    "sims.matrix_tensor.draw": {"columns": 8, "slices": 3},
    "sims.matrix_tensor.sampler": {"columns": 8, "slices": 3},
    "theory.matrix_tensor.limit": {"share": 0.5},
    "theory.matrix_tensor.predict": {"columns": 8, "slices": 3},
    "theory.matrix_tensor.tensor_strength": {"columns": 8, "slices": 3},
    "theory.matrix_tensor.threshold": {"share": 0.5},
    "models.latents.priors.sparse": {"share": 0.1},
    "sims.lanczos.both_sides.nothing": {"products": 2, "rows": 4, "columns": 3},
    "models.latents.messages.is_spectral": {"start": "hint"},
    "sims.message_passing.draw": MESSAGES | {"start": "hint"},
    "sims.message_passing.information_sampler": MESSAGES | {"nodes": 2},
    "sims.message_passing.sampler": MESSAGES | {"start": "hint"},
    "theory.message_passing.information": MESSAGES,
    "theory.message_passing.overlap": MESSAGES,
    "theory.message_passing.potential": MESSAGES | {"overlap": 0.5},
    "theory.message_passing.predict": MESSAGES | {"start": "hint"},
    "theory.message_passing.thresholds": MESSAGES,
    "theory.moments.branches.branch_loads": MESSAGES | {"strength": jnp.asarray(1.0)},
    "theory.moments.scalar_channel.information": {"prior": priors.sparse(0.1)},
    "theory.moments.scalar_channel.overlap": {"prior": priors.sparse(0.1)},
    "sims.mode_interpolation.draw": {"denoiser": "smoothed", "particles": 64, "width": 0.3, "reach": 0.01},
    "sims.mode_interpolation.sampler": {"denoiser": "clipped", "particles": 64, "width": 0.3, "reach": 0.01},
    "theory.mode_interpolation.between": {"density": 0.1},
    "theory.mode_interpolation.clipped": {"reach": 0.01},
    "theory.mode_interpolation.exact": {"reach": 0.01},
    "theory.mode_interpolation.linear": {"reach": 0.01, "spread": 0.1},
    "theory.mode_interpolation.merging": {"separation": 1.0},
    "theory.mode_interpolation.root": {"width": 0.3},
    "theory.mode_interpolation.slope": {"width": 0.3},
    "theory.mode_interpolation.smoothed": {"width": 0.3, "reach": 0.01},
    "theory.mode_interpolation.smoothed_slope": {"width": 0.3},
    "sims.bayesian.draw": {"warmup": 4, "draws": 4},
    "sims.dense.by_source.capacity": {"groups": [0, 1] * 8},
    "sims.dense.by_source.halves": {"groups": [0, 1] * 8, "half": 2},
    "sims.dense.by_source.labels_of": {"groups": [0, 1] * 8},
    "sims.convergence.ratio_of_means": {"draws": convergence.Traces(jnp.ones(4), 2.0 * jnp.ones(4))},
    "sims.convergence.split_sampler": {"samples": 2},
    "sims.denoiser_variance.draw": {"filter": None},
    "sims.denoiser_variance.sampler": {"filter": None},
    "sims.denoising.draw": {"filter": DENOISER},
    "sims.denoising.sampler": {"filter": DENOISER},
    "sims.dense.descent.failures": {"failed": [0, 1], "names": ("a", "b")},
    "sims.dense.descent.noisy_loss": {"points": lambda key: jnp.zeros((2, 2))},
    "sims.diffusion.draw": {"filter": HEUN},
    "sims.diffusion.sampler": {"filter": HEUN},
    "sims.dense.samplers.run": {"covariance": MATRIX, "seeds": jnp.ones((3, 2)), "noise": None},
    "sims.engine.ensemble.ensemble": {"start": 0},
    "sims.engine.ensemble.stream": {"start": 0},
    "sims.engine.single.draw_of": {"sampler": convergence.sampler, "gives": convergence.Convergence},
    "sims.engine.hosts.agree": {"flag": True},
    "sims.engine.hosts.join": {"coordinator": "localhost:1", "processes": 2, "process": 1},
    "sims.dense.point_data.all_pairs": {"data": point_data(VECTORS[:, :1])},
    "sims.dense.point_data.draw_pairs": {"data": point_data(VECTORS)},
    "sims.dense.point_data.point_data": {"points": VECTORS},
    "sims.kinetic.line_sampler": {"points": [1.0, -1.0, 2.0]},
    "sims.kinetic.planted_sampler": {"angles": [0.5, 1.0], "load": 0.3},
    "sims.kinetic.schedule_sampler": {"points": VECTORS, "times": [0.0, 0.5, 1.0], "schedule": SCHEDULE},
    "sims.kinetic.separation": {"points": VECTORS, "s": 0.5},
    "sims.kinetic.sum_sampler": {"points": VECTORS},
    "sims.krylov.draws.distances_sampler": {"filter": None},
    "sims.engine.layout.choose_devices": {"devices": jax.devices()},
    "sims.networks.members.mesh": {"members": 2},
    "sims.memorisation.cosines": {"samples": jnp.asarray(VECTORS), "points": jnp.asarray(VECTORS)},
    "sims.memorisation.sampler_thin": {"samples": 8},
    "sims.mode_curves.plateau_sampler": {"starts": (0.02, 0.01)},
    "sims.networks.order_parameters.ceiling": {"latents": VECTORS[:1], "images": 4},
    "sims.networks.order_parameters.latent_recovery": {"latents": VECTORS[:1]},
    "sims.networks.order_parameters.onset": {"samples": (1.0, 2.0), "values": np.asarray([[0.1, 0.9]])},
    "sims.dense.splits.check_halves": {"samples": 2},
    "sims.dense.splits.sampler": {"samples": 2},
    "experiments.grid.axes.axis": {"given": [1.0, 2.0], "parameter": real(above=0)},
    "experiments.grid.sweep.axes_of": {"given": {"load": [1.0, 2.0]}},
    "experiments.grid.keys.cell_hash": {"experiment": "convergence", "coordinates": CELL},
    "experiments.grid.keys.key_words": {"experiment": "convergence", "coordinates": CELL, "seed": 0},
    "experiments.cluster.host_cells.run_shared": {"sweep": SWEEP, "indices": (0,), "starts": (0,)},
    "experiments.grid.run.first_draws": {"indices": (0,), "starts": (0,)},
    "experiments.grid.run.run_cells": {"sweep": SWEEP, "indices": (0,), "starts": (0,)},
    "sims.networks.training.begin": {
        "architecture": CnnArchitecture(kernels=2, layers=3),
        "settings": Settings(),
        "members": 2,
    },
    "sims.networks.settings.descent": {"settings": Settings()},
    "sims.networks.stationary_images.denoiser_sampler": {
        "power": np.ones((6, 6)),
        "architecture": CnnArchitecture(kernels=2, layers=3),
        "settings": Settings(steps=2),
    },
    "sims.networks.settings.rate": {"settings": Settings()},
    "theory.attacks.informed": {"n": jnp.asarray(30.0), "d": jnp.asarray(8.0)},
    "theory.attacks.released": {"n": jnp.asarray(30.0), "d": jnp.asarray(8.0), "m": jnp.asarray(40.0)},
    "theory.moments.contour.expect": {"f": jnp.sqrt, "singularity": 0.1},
    "models.images.stationary.check_power": {"name": "power"},
    "models.images.stationary.markov": {"correlation": 0.5},
    "models.images.stationary.power_of": {"autocovariance": [2.0, 1.0, 0.5, 0.5, 1.0]},
    "models.images.stationary.power_of_images": {"images": VECTORS},
    "models.images.stationary.self_conjugate": {"shape": (4,)},
    "models.images.stationary.window": {"shape": (7,)},
    "sims.equivariant.draw": {"cell": 4, "shifts": 3, "filter": None},
    "sims.equivariant.sampler": {"cell": 4, "shifts": 3, "filter": None},
    "sims.equivariant.stationary_sampler": {"cell": 7, "filter": None},
    "theory.convolution.leading.windowed_recovery": {"samples": 4},
    "sims.local_denoisers.draw": {"pixels": 3},
    "sims.local_denoisers.sampler": {"pixels": 3},
    "sims.convolutional.sampler": {"noise": 0.5, "filter": None, "method": "images"},
    "sims.convolution.kernels.kernels": {"shape": (7,)},
    "sims.convolution.halves.halves": {"images": VECTORS, "samples": 2},
    "sims.convolutional.split_sampler": {"images": VECTORS, "samples": 2, "noise": 0.5, "taps": None},
    "sims.convolution.trained_pairs.flow_sampler": {"span": [0.1, 10.0]},
    "sims.convolution.pixels.filtered": {"count": 2, "gain": jnp.ones(4), "shape": (7,)},
    "theory.equivariant.disagreement": {"cell": 4, "filter": None},
    "theory.equivariant.overlap": {"cell": 4, "filter": None},
    "theory.equivariant.stationary_disagreement": {"cell": 7, "filter": None},
    "theory.convolutional.disagreement": {"filter": None},
    "theory.convolutional.energy": {"filter": None},
    "theory.convolutional.overlap": {"filter": None},
    "theory.convolutional.receptive_field": {"widest": 5},
    "sims.disagreement.seed_sampler": {"seeds": jnp.ones((2, 4))},
    "sims.dense.sinkhorn.match": {
        "first": jnp.ones((2, 1)),
        "second": jnp.ones((2, 1)),
        "masses": jnp.full(2, 0.5),
        "others": jnp.full(2, 0.5),
        "epsilon": jnp.asarray(0.5),
        "sweeps": 2,
    },
    "sims.entropic_transport.draw": {"first": 1.0, "second": 2.0, "points": 8, "sweeps": 2},
    "sims.entropic_transport.line": {"points": 8},
    "sims.entropic_transport.sampler": {"first": 1.0, "second": 2.0, "points": 8, "sweeps": 2},
    "sims.flows.cloud_sampler": {"points": 8},
    "theory.entropic_transport.cost": {"first": 1.0, "second": 2.0},
    "theory.entropic_transport.cross_covariance": {"first": 1.0, "second": 2.0},
    "theory.entropic_transport.divergence": {"first": 1.0, "second": 2.0},
    "theory.entropic_transport.predict": {"first": 1.0, "second": 2.0},
    "sims.dense.halving.logarithmic_root": {
        "below": lambda x: x < 1.0,
        "low": jnp.asarray(0.1),
        "high": jnp.asarray(9.0),
    },
    "theory.denoiser_variance.predict": {"filter": None},
    "theory.disagreement.distances": {"population": population.isotropic(), "seeds": jnp.ones((2, 4))},
    "theory.denoising.predict": {"filter": None},
    "theory.diffusion.predict": {"filter": HEUN},
    "theory.dynamics.predict": {"filter": filters.early_stopped(1.0, 0.5)},
    "models.diagnostics.bulk": {"draws": CHAINS},
    "models.diagnostics.r_hat": {"draws": CHAINS},
    "models.diagnostics.tail": {"draws": CHAINS},
    "theory.edges.hidden": {"load": 0.1},
    "theory.edge.hard_edge.scale": {"samples": 16},
    "theory.information.mutual_information": {"spectrum": jnp.asarray([2.0, 1.0])},
    "theory.information.mutual_information_from_mmse": {"spectrum": jnp.asarray([2.0, 1.0])},
    "theory.finite_samples.predict": {"filter": None},
    "theory.kinetic.predict": {"filter": None},
    "theory.kinetic.separation": {"s": 0.5},
    "theory.leakage.predict": {"filter": None},
    "theory.moments.pca.pca_moments": {"filter": filters.pca(4)},
    "theory.numerics.roots.newton": {
        "step": lambda x: (x, x > 0),
        "start": jnp.ones(2),
        "done": jnp.zeros(2, bool),
    },
    "theory.power_laws.disagreement": {"population": LAW, "samples": 8},
    "theory.paths.plane.angles": {"count": 32},
    "theory.paths.plane.energies": {"metric": METRIC},
    "theory.paths.plane.from_integrals": {"length": jnp.asarray(1.0), "area": jnp.asarray(1.0)},
    "theory.paths.plane.metric": {"separation": 0.5, "s": 0.5},
    "theory.paths.plane.root": {"metric": jnp.asarray(METRIC)},
    "theory.paths.plane.schedule": {"metric": METRIC, "times": [0.0, 0.5, 1.0]},
    "theory.power_laws.latents": {"population": LAW, "samples": 8},
    "theory.recovery.latents": {"population": LAW},
    "theory.refitting.predict": {"filter": None},
    "theory.random_features.modes": {"constants": FEATURES, "eigenvalue": jnp.asarray(2.0)},
    "theory.random_features.times": {"constants": FEATURES},
    "theory.spectral_entropy.predict": {"filter": None},
    "theory.worth.worth": {"samples": VECTORS},
}
"""What a function needs in place of the usual good values."""


@cache
def calls() -> tuple[Call, ...]:
    """A good call of every public function that takes arguments.

    What only another function can make (a chain, a trained network) is stood in for by an instance without
    fields: it passes as of its kind, so that wrong values for the other arguments are what is refused.
    """
    return tuple(
        call
        for module in modules()
        for name, function in public(module)
        if (call := _call(name, function)).arguments
    )


def _call(name: str, function: Callable[..., Any]) -> Call:
    own, arguments, whole = CALLS.get(name, {}), {}, True
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in VARIADIC:
            continue
        if parameter.name in own:
            arguments[parameter.name] = own[parameter.name]
        elif parameter.name in GOOD and _fits(GOOD[parameter.name], kind_of(parameter, function)):
            arguments[parameter.name] = GOOD[parameter.name]
        elif parameter.default is parameter.empty:
            arguments[parameter.name], whole = _stand_in(kind_of(parameter, function)), False
    return Call(name, function, arguments, whole and not name.startswith(INNER) and not name.endswith(LONG))


VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def kind_of(parameter: inspect.Parameter, function: Callable[..., Any]) -> Any:
    text = parameter.annotation
    return eval(text, inspect.unwrap(function).__globals__) if isinstance(text, str) else text


def _fits(value: Any, kind: Any) -> bool:
    """Whether the usual good value is of the annotated kind, as far as classes and numbers of axes tell."""
    union = isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union
    kinds = [k for k in (typing.get_args(kind) if union else [kind]) if k is not type(None)]
    if np.ndarray in kinds and isinstance(value, list):
        return True
    if any(hasattr(k, "dim_str") for k in kinds):
        shape = next(k.dim_str for k in kinds if hasattr(k, "dim_str")).split()
        return any(word[0] in ".*" for word in shape) or np.ndim(value) == len(shape)
    if len(kinds) == 1 and kinds[0] in (str, int, float):
        return isinstance(value, int if kinds[0] is int else kinds[0] if kinds[0] is str else int | float)
    classes = [k for k in kinds if isinstance(k, type) and k is not object and k is not Any]
    return isinstance(value, tuple(classes)) if len(classes) == len(kinds) else True


def _stand_in(kind: Any) -> Any:
    if hasattr(kind, "dim_str"):
        array = np.ones([2] * len(kind.dim_str.replace("...", "").split()))
        return (
            KEY
            if "Key" in str(kind)
            else jnp.asarray(array, bool if "Bool" in str(kind) else int if "Int" in str(kind) else float)
        )
    if isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return kind(*[None] * len(kind._fields))
    if kind is Path:
        return Path("no folder") / "nowhere"  # where nothing can be written
    if kind is str:
        return "word"
    if kind in (int, float, bool):
        return kind(1)
    origin = typing.get_origin(kind)
    if isinstance(kind, types.UnionType) or origin is typing.Union:
        return None if type(None) in typing.get_args(kind) else _stand_in(typing.get_args(kind)[0])
    if collections.abc.Callable in (kind, origin):
        return lambda *_: None
    if kind is Partial:
        return Partial(jnp.sin)
    if kind is np.dtype:
        return np.dtype(float)
    if kind in (jax.Array, np.ndarray):
        return jnp.ones(2) if kind is jax.Array else np.ones(2)
    if kind is np.random.Generator:
        return np.random.default_rng(0)
    if isinstance(kind, type):
        return object.__new__(kind)
    return {} if origin in (dict, collections.abc.Mapping) else ()
