"""Copies and arithmetic by numpy, or by CuPy: what the references are timed with.

Each framework has such a class; these are the operations that they share. ``own`` and the
arithmetic are for the floor, which there is on a CPU alone.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from conformance.remote import Bits


class Operations:
    """Of the arrays of ``xp``, which is numpy or CuPy.

    numpy uses one core. With more threads each takes a piece of the arrays, so that the limit
    is that of as many cores as the framework may use.
    """

    def __init__(self, xp: Any = np, threads: int = 1) -> None:
        self.xp = xp
        self.threads = threads
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def array(self, values: Any) -> Any:
        """The values as an array of the device; it may share their memory."""
        # A copy does not care what the bits mean.
        return self.xp.asarray(values.bits if isinstance(values, Bits) else values)

    def own(self, values: Any) -> Any:
        """A copy of the values in memory of the framework's, as its users' arrays are."""
        return self.array(values).copy()

    def empty(self, like: Any) -> Any:
        """An array of the same shape and type, in memory that has been written to."""
        return self.xp.full_like(like, 0)  # zeros_like would touch no page

    def copy(self, x: Any, out: Any) -> None:
        """Write ``x`` into ``out``."""
        self._in_pieces(self.xp.copyto, out, x)

    def fresh_copy(self, x: Any) -> None:
        """Write ``x`` into new memory, which is given back."""
        self._in_pieces(self.xp.copyto, self.xp.empty_like(x), x)

    def multiply(self, x: Any, factor: float, out: Any) -> None:
        """Write ``x * factor`` into ``out``."""
        number = x.dtype.type(factor)
        self._in_pieces(lambda a, b: self.xp.multiply(a, number, out=b), x, out)

    def add(self, x: Any, y: Any, out: Any) -> None:
        """Write ``x + y`` into ``out``."""
        self._in_pieces(lambda a, b, c: self.xp.add(a, b, out=c), x, y, out)

    def _in_pieces(self, operation: Callable[..., Any], *arrays: Any) -> None:
        if self.pool is None:
            operation(*arrays)
            return
        pieces = zip(*(np.array_split(a.reshape(-1), self.threads) for a in arrays), strict=True)
        for done in [self.pool.submit(operation, *piece) for piece in pieces]:
            done.result()
