"""What was measured, as tables."""

from __future__ import annotations

from typing import Any

TITLES = {
    "hardware": "What the hardware can do",
    "predictions_agree": "Every public prediction, device against host",
    "draws_agree": "One draw of every sampler, device against host",
    "sections_agree": "A claim of each section: prediction and four draws, device against host",
    "draws": "Draws",
    "eigenvalues": "Eigendecompositions",
    "predictions": "Predictions",
    "stored_products": "Products with stored data",
    "claims": "Claims from start to verdict",
    "networks": "Training",
}


def markdown(document: dict[str, Any]) -> str:
    """One table a section, with the columns that its rows have."""
    machine, rows = document["machine"], document["rows"]
    head = [
        "# On an accelerator",
        "",
        f"Measured on {machine['device']}, {machine['cores']} cores of {machine['processor']}, "
        f"Python {machine['python']}, "
        f"JAX {machine['jax']}, {machine['date']}, by `make gpu`."
        + (" QUICK: not to be quoted." if document["quick"] else ""),
        "",
        *([document["note"], ""] if "note" in document else []),
        "Times are medians, each awaited; compilation stands apart. Host: the same program on the processor "
        "of the same machine. Differences are relative to the largest number of a result.",
        "",
    ]
    return "\n".join(
        head + [line for name in TITLES if name in rows for line in _table(TITLES[name], rows[name])]
    )


def _table(title: str, rows: dict[str, dict[str, Any]]) -> list[str]:
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    lines = [f"## {title}", "", f"| | {' | '.join(name.replace('_', ' ') for name in columns)} |"]
    lines.append("|---|" + "---:|" * len(columns))
    lines += [
        f"| {name} | {' | '.join(_cell(row.get(column)) for column in columns)} |"
        for name, row in rows.items()
    ]
    return [*lines, ""]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value).replace("|", "\\|")
