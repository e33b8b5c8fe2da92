"""What a ladder of trained networks says: means and errors over seeds beside theory, and what comes first."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from lingen.experiments.ladder.lines import Lines, Theory
from lingen.experiments.ladder.plan import MODELS, Plan, Rung
from lingen.sims.networks import order_parameters
from lingen.sims.networks.order_parameters import Onset, Pair
from lingen.words import measured, plain

__all__ = ["LEVEL", "as_dict", "mean", "mean_recovery", "record", "sentences", "table"]

LEVEL = 0.5
SHOWN_RUNGS, SHOWN_IMAGES = 6, 4
FIELDS = ("convergence", "memorisation", "closest", "other", "copies", "energy")


def mean(pairs: Sequence[Pair], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the seeds and its standard error; NaN for the error of fewer than two."""
    values = np.array([getattr(p, name) for p in pairs])
    if len(values) == 0:
        return np.array(np.nan), np.array(np.nan)
    average = values.mean(axis=0)
    if len(values) == 1:
        return average, np.full_like(average, np.nan)
    return average, values.std(axis=0, ddof=1) / np.sqrt(len(values))


def mean_recovery(pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
    """The same of Q, the mean over the latents of a pair."""
    return mean([pair._replace(recovery=pair.recovery.mean()) for pair in pairs], "recovery")


def record(ladder: Sequence[Rung], theory: Theory) -> dict[str, Any]:
    """Which comes first along n, convergence or recovery? A measurement on these images, no theorem.

    Each quantity's n is where it passes `LEVEL`, seed by seed, on rungs where no network was lost.
    """
    whole = [r for r in ladder if not r.lost and r.flow]
    n = [r.samples for r in whole]
    q, latents = (_along(whole, name) for name in ("convergence", "recovery"))
    passes = order_parameters.onset
    every = [passes(n, latents[..., k], LEVEL) for k in range(latents.shape[-1])] if n else []
    found: dict[str, Any] = {
        "kind": "measurement on these images and networks, not a theorem",
        "level": LEVEL,
        "convergence": _onset(passes(n, q, LEVEL)) if n else None,
        "recovery": _onset(passes(n, latents.mean(axis=-1), LEVEL)) if n else None,
        "latents": [_onset(o) for o in every],
        "theory": _theory_onsets(theory.samples, theory.dense),
        "distance": _distances(whole, theory),
    }
    if theory.convolutional is not None:
        found["convolutional"] = _theory_onsets(theory.samples, theory.convolutional)
    return found | {"later_by": _later(found), "theory_later_by": _later(found["theory"])}


def sentences(ladder: Sequence[Rung], theory: Theory) -> list[str]:
    """The answer in words."""
    first, last = ladder[0], ladder[-1]
    ends = [first] if len(ladder) == 1 else [first, last]
    words = [_rung_in_words(rung) for rung in ends if rung.flow]
    found = record(ladder, theory)
    words.append(_order_in_words(found, first.samples, last.samples))
    if theory.convolutional is not None and found["distance"]:
        one, two = (found["distance"][k]["convergence"] for k in ("dense", "convolutional"))
        words.append(
            f"q of the networks lies {one:.3f} from dense and {two:.3f} from convolutional linear theory "
            "(root mean square over the ladder)."
        )
    return words


def table(ladder: Sequence[Rung], theory: Theory) -> list[tuple[str, ...]]:
    """One row a rung: n, seeds, q, q stochastic, q of linear theory, Q, Q of theory, closest, other."""
    rows: list[tuple[str, ...]] = []
    for r in ladder:
        i = theory.at(r.samples)
        rows.append(
            (
                f"{r.samples:,}", str(len(r.flow)),
                _cell(*mean(r.flow, "convergence")), _cell(*mean(r.way, "convergence")),
                f"{theory.dense.convergence[i]:.3f}",
                _cell(*mean_recovery(r.flow)), f"{theory.dense.recovery[i].mean():.3f}",
                _cell(*mean(r.flow, "closest")), _cell(*mean(r.flow, "other")),
            )
        )  # fmt: skip
    return rows


def as_dict(
    plan: Plan, ladder: Sequence[Rung], preset: str, ceiling: np.ndarray, theory: Theory
) -> dict[str, Any]:
    """Everything as plain numbers, for JSON; what is not a number becomes null."""
    data = plan.data
    return plain(
        {
            "data": data.name, "images": data.samples, "dim": data.dim, "shape": list(data.shape),
            "preset": preset, "seed": plan.seed, "architecture": asdict(plan.architecture),
            "network": plan.architecture.words, "settings": asdict(plan.preset.settings),
            "level": plan.preset.level,
            "generated_images": plan.preset.images, "flow": plan.preset.flow, "stochastic": plan.preset.way,
            "eigenvalues": data.spectrum,
            "recovery_ceiling": ceiling,
            "taps": plan.taps,
            "theory": _theory(theory),
            "ladder": [_rung(r, theory) for r in ladder],
            "record": record(ladder, theory),
            "pictures": _pictures(plan, ladder),
        }
    )  # fmt: skip


def _theory(theory: Theory) -> dict[str, Any]:
    convolutional = theory.convolutional and theory.convolutional._asdict()
    return {
        "samples": theory.samples, "dense": theory.dense._asdict(), "convolutional": convolutional,
    }  # fmt: skip


def _pictures(plan: Plan, ladder: Sequence[Rung]) -> list[dict[str, Any]]:
    """What the networks of some rungs make, as grey or coloured bytes from the range of most pixels."""
    whole = [r for r in ladder if len(r.shown)]
    chosen = np.unique(np.linspace(0, len(whole) - 1, min(SHOWN_RUNGS, len(whole))).round().astype(int))
    low, high = np.percentile(plan.data.vectors + plan.data.mean, (0.5, 99.5))
    found = []
    for rung in (whole[i] for i in chosen):
        shown = rung.shown[:SHOWN_IMAGES] + plan.data.mean
        scaled = np.clip((shown - low) / max(high - low, 1e-9), 0.0, 1.0)
        values = np.rint(255.0 * scaled).astype(np.uint8)
        text = base64.b64encode(values.tobytes()).decode("ascii")
        found.append({"samples": rung.samples, "shape": list(values.shape), "bytes": text})
    return found


def _theory_onsets(samples: np.ndarray, lines: Lines) -> dict[str, Any]:
    passes = order_parameters.onset
    return {
        "convergence": _onset(passes(samples, lines.convergence[None], LEVEL)),
        "recovery": _onset(passes(samples, lines.recovery.mean(axis=-1)[None], LEVEL)),
        "latents": [_onset(passes(samples, row[None], LEVEL)) for row in lines.recovery.T],
    }


def _distances(ladder: Sequence[Rung], theory: Theory) -> dict[str, Any]:
    """Root mean square over the rungs of each order parameter of the networks less that of a theory."""
    found: dict[str, Any] = {}
    if not ladder:
        return found
    where = [theory.at(r.samples) for r in ladder]
    for name, lines in (("dense", theory.dense), ("convolutional", theory.convolutional)):
        if lines is not None:
            found[name] = {
                field: float(np.sqrt(np.mean((seen - getattr(lines, field)[where]) ** 2)))
                for field in lines._fields
                for seen in [np.stack([mean(r.flow, field)[0] for r in ladder])]
            }
    return found


def _rung(rung: Rung, theory: Theory) -> dict[str, Any]:
    names = dict(zip(MODELS, ("probability_flow", "stochastic", "linear"), strict=True))
    return {
        "samples": rung.samples,
        "seeds": len(rung.flow),
        "loss": rung.loss,
        "lost": rung.lost,
        **{names[model]: _summary(getattr(rung, model)) for model in MODELS},
        "theory": _at(theory.dense, theory.at(rung.samples)),
        "convolutional": theory.convolutional and _at(theory.convolutional, theory.at(rung.samples)),
    }


def _at(lines: Lines, index: int) -> dict[str, Any]:
    return {name: values[index] for name, values in lines._asdict().items()}


def _summary(pairs: Sequence[Pair]) -> dict[str, Any]:
    found = {}
    for name in (*FIELDS, "recovery"):
        value, error = mean(pairs, name)
        found[name] = {"mean": value, "error": error, "each": [getattr(p, name) for p in pairs]}
    return found


def _along(ladder: Sequence[Rung], name: str) -> np.ndarray:
    """A quantity of every seed along the ladder: (seeds, rungs, ...)."""
    seeds = min((len(r.flow) for r in ladder), default=0)
    values = [[getattr(p, name) for p in r.flow[:seeds]] for r in ladder]
    return np.swapaxes(np.array(values), 0, 1) if values else np.zeros((0, 0, 1))


def _onset(found: Onset) -> dict[str, Any]:
    return found._asdict()


def _later(found: dict[str, Any]) -> dict[str, float] | None:
    """Recovery's n over convergence's, with the factor of its standard error over seeds."""
    if not found["convergence"] or not found["recovery"]:
        return None
    one, two = (np.log(np.array(found[k]["each"], float)) for k in ("convergence", "recovery"))
    gap = (two - one)[np.isfinite(two - one)]
    if gap.size == 0:
        return None
    error = gap.std(ddof=1) / np.sqrt(gap.size) if gap.size > 1 else np.nan
    return {"factor": float(np.exp(gap.mean())), "error_factor": float(np.exp(error)), "seeds": gap.size}


def _rung_in_words(rung: Rung) -> str:
    q, closest, other = (mean(rung.flow, k) for k in ("convergence", "closest", "other"))
    copies = mean(rung.flow, "copies")[0]
    return (
        f"n = {rung.samples:,}: two networks from the same seed have q = {_cell(*q)}; the closest training "
        f"image has cosine {_cell(*closest)} (other half: {_cell(*other)}), {copies:.0%} are copies."
    )


def _order_in_words(found: dict[str, Any], first: int, last: int) -> str:
    opening = f"Measured, not a theorem (level {LEVEL:g}): "
    q, latents = (found[k] and found[k]["samples"] for k in ("convergence", "recovery"))
    if not q or not np.isfinite(q):
        return opening + f"q does not pass the level between n = {first:,} and {last:,}."
    said = f"networks converge at n ≈ {q:,.0f}"
    if not latents or not np.isfinite(latents):
        said += f", mean latent recovery does not pass the level up to n = {last:,}"
    later, theory = found["later_by"], found["theory_later_by"]
    if later:
        error = f" (×/÷ {later['error_factor']:.2f} over seeds)" if np.isfinite(later["error_factor"]) else ""
        order = "before" if later["factor"] > 1 else "after"
        said += f", {order} recovery at n ≈ {latents:,.0f}: {later['factor']:.2g} times the n{error}"
    if theory:
        said += f"; the linear model would need {theory['factor']:.2g} times the n"
    return opening + said + "."


def _cell(value: np.ndarray, error: np.ndarray) -> str:
    if not np.isfinite(value):
        return "—"
    return measured(float(value), float(error)) if np.isfinite(error) else f"{value:.3f}"
