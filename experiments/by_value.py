"""Functions that travel to other processes by value, and still know the file and line that they come from."""

from __future__ import annotations

import io
from collections import ChainMap
from collections.abc import Callable
from functools import cache
from types import CodeType
from typing import Any

from lingen.boundary import checked

__all__ = ["packed"]


@checked
def packed(thing: Any) -> bytes:
    """What `pickle.loads` turns into a copy of `thing`, by `cloudpickle`.

    From 3.1.3 on cloudpickle takes the names of files away: no error in a worker could be told by its line.
    """
    stream = io.BytesIO()
    _pickler()(stream).dump(thing)
    return stream.getvalue()


@cache
def _pickler() -> Any:
    import cloudpickle

    known = cloudpickle.Pickler.dispatch_table

    def of_code(code: CodeType) -> tuple[Any, ...]:
        make, arguments = known[CodeType](code)[:2]
        return _in_file, (make, arguments, code.co_filename)

    return type("_Pickler", (cloudpickle.Pickler,), {"dispatch_table": ChainMap({CodeType: of_code}, known)})


def _in_file(make: Callable[..., CodeType], arguments: tuple[Any, ...], file: str) -> CodeType:
    return make(*arguments).replace(co_filename=file)
