"""The measured numbers as a table and a figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

METHODS = (
    "NumPy dense",
    "lingen dense",
    "lingen lanczos, stored",
    "lingen lanczos, revealed",
    "lingen krylov",
)
MARKERS = "os^vD"


def line(row: dict[str, Any], seconds: float) -> str:
    """One row on the terminal."""
    parts = [
        f"{entry['contender']}: {_time(entry['median_s']) if 'median_s' in entry else 'skipped'}"
        for entry in row["contenders"]
    ]
    return f"{row['name']} ({seconds:.0f} s) | " + " | ".join(parts)


def markdown(document: dict[str, Any]) -> str:
    """All rows as tables."""
    machine = document["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    peers = ", ".join(f"{name} {number}" for name, number in machine["peers"].items()) or "none"
    head = [
        "# Benchmark results",
        "",
        f"Measured on {machine['processor']}, {machine['memory_gib']} GiB, "
        f"{machine['system']}, Python {machine['python']}; {versions}; "
        f"peers in an environment of their own: {peers}. Each row tells its date, cores and load average."
        + (" QUICK: tiny sizes, not to be quoted." if document["quick"] else ""),
        "",
        "Time: median of the work alone, contenders in turn; what the first call takes beyond it is the "
        "compilation. Ratio: the time of the first line over this line's. Memory: peak of the process, and "
        "what of it came after the imports. README.md says what is measured, accelerator/ACCELERATOR.md "
        "what an accelerator gave.",
        "",
        "![cost of one draw against the dimension](cost.svg)",
        "",
    ]
    return "\n".join(head + [text for row in document["rows"] for text in _table(row)])


def _when(row: dict[str, Any]) -> str:
    """When a row was measured, on how many cores, and what it means where others were at work there."""
    shared = row["load_average"] > row["cores"] + 1
    warning = "; OTHER WORK SHARED THE CORES: times are too long" if shared else ""
    return f"{row['date']}, {row['cores']} cores, load average {row['load_average']:g}{warning}"


def _table(row: dict[str, Any]) -> list[str]:
    lines = [
        f"## {row['title']}",
        "",
        f"`{row['name']}`, {_when(row)}. Accuracy: {row['accuracy']}.",
        "",
        "| contender | time | compilation | ratio | peak memory (work) | accuracy |",
        "|---|---:|---:|---:|---:|---|",
    ]
    return [*lines, *(_line(entry) for entry in row["contenders"]), ""]


def _line(entry: dict[str, Any]) -> str:
    if "median_s" not in entry:
        return f"| {entry['contender']} | skipped: {entry['skipped']} | | | | |"
    part = "" if entry["share"] >= 1 else f" (1/{round(1 / entry['share'])} done, scaled)"
    part = f" ({entry['share']:g} at once)" if entry["share"] > 1 else part
    memory = f"{entry['peak_mib']:.0f} MiB ({entry['peak_mib'] - entry['base_mib']:.0f})"
    accuracy = "; ".join(f"{name} {_number(value)}" for name, value in entry["accuracy"].items())
    ratio = f"{entry['times_faster']:.3g}" if "times_faster" in entry else ""
    return (
        f"| {entry['contender']} | {_time(entry['median_s'])}{part} | {_time(entry['compile_s'])} | "
        f"{ratio} | {memory} | {accuracy} |"
    )


def _number(value: float | None) -> str:
    if value is None:
        return "not a number"
    return f"{value:g}" if isinstance(value, int) or value == 0 else f"{value:.2g}"


def _time(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:.3g} µs"
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def figure(document: dict[str, Any], path: Path) -> None:
    """Cost of one draw of (q, Q) against d, all methods."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    matplotlib.rcParams["svg.hashsalt"] = "lingen"
    points: dict[str, dict[int, float]] = {}
    for row in document["rows"]:
        for entry in row["contenders"]:
            name = entry["contender"].split(", d = ")[0]
            if entry.get("dim") and "median_s" in entry and name in METHODS:
                points.setdefault(name, {})[entry["dim"]] = entry["median_s"]
    if not points:
        return
    drawing, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    for name, marker in zip(METHODS, MARKERS, strict=True):
        if name in points:
            dims = sorted(points[name])
            axes.loglog(dims, [points[name][d] for d in dims], marker=marker, label=name)
    axes.set(xlabel="dimension d = n", ylabel="seconds for one draw of (q, Q)")
    axes.legend(frameon=False)
    axes.grid(alpha=0.3)
    drawing.savefig(path, metadata={"Date": None})
    plt.close(drawing)
