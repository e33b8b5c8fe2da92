"""Many networks at once: one function of one member, applied to all members of an ensemble.

Members are stacked along the first axis of every array and spread over the devices. On a GPU the members of
a device run together under `vmap`, on a CPU one after the other (`lax.map`): there the numbers of one small
network stay in the cache, and nothing is gained by interleaving several.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax import lax
from jax.sharding import Mesh, PartitionSpec

from lingen.boundary import checked
from lingen.checks import integer

__all__ = ["AXIS", "mesh", "over_members"]

AXIS = "members"


@checked
def mesh(members: int, devices: Sequence[jax.Device] | None = None) -> Mesh:
    """As many devices as divide the number of members evenly; all local devices are offered when absent."""
    members = integer("members", members, low=1)
    offered = list(jax.local_devices() if devices is None else devices)
    count = max(k for k in range(1, len(offered) + 1) if members % k == 0)
    return Mesh(np.array(offered[:count]), (AXIS,))


@checked
def over_members(function: Callable[..., Any], where: Mesh) -> Callable[..., Any]:
    """f(one member, shared) for every member: arrays stacked in, arrays stacked out.

    Args:
        function: takes a pytree of one member's arrays and a pytree that all members share.
        where: devices, from `mesh`.
    """

    def local(stacked: Any, shared: Any) -> Any:
        def one(member: Any) -> Any:
            return function(member, shared)

        if where.devices.flat[0].platform == "cpu":
            return lax.map(one, stacked)
        return jax.vmap(one)(stacked)

    split, same = PartitionSpec(AXIS), PartitionSpec()
    return jax.shard_map(local, mesh=where, in_specs=(split, same), out_specs=split, check_vma=False)
