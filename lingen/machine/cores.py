"""How many cores this process may use."""

from __future__ import annotations

import os

__all__ = ["cores"]


def cores() -> int:
    """Cores granted, not cores there: by affinity, by a container's control group, by SLURM; at least 1."""
    from joblib.externals.loky import cpu_count

    granted = os.environ.get("SLURM_CPUS_PER_TASK", "")
    here: int = cpu_count()
    return min(here, max(1, int(granted))) if granted.isdecimal() else here
