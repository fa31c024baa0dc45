"""Copies and arithmetic by numpy: what the limit and the floor of a CPU are measured with."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from conformance.remote import Bits


class NumpyOperations:
    """See :class:`benchmarks.frameworks.bench.Operations`.

    numpy uses one core. With more threads each takes a piece of the arrays, so that the limit
    is that of as many cores as the framework may use.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def array(self, values: Any) -> Any:
        # A copy does not care what the bits mean.
        return values.bits if isinstance(values, Bits) else values

    def own(self, values: Any) -> Any:
        return self.array(values).copy()

    def empty(self, like: Any) -> Any:
        return np.full_like(like, 0)  # zeros_like would touch no page

    def copy(self, x: Any, out: Any) -> None:
        self._in_pieces(np.copyto, out, x)

    def fresh_copy(self, x: Any) -> None:
        self._in_pieces(np.copyto, np.empty_like(x), x)

    def multiply(self, x: Any, factor: float, out: Any) -> None:
        number = x.dtype.type(factor)
        self._in_pieces(lambda a, b: np.multiply(a, number, out=b), x, out)

    def add(self, x: Any, y: Any, out: Any) -> None:
        self._in_pieces(lambda a, b, c: np.add(a, b, out=c), x, y, out)

    def _in_pieces(self, operation: Callable[..., Any], *arrays: Any) -> None:
        if self.pool is None:
            operation(*arrays)
            return
        pieces = zip(*(np.array_split(a.reshape(-1), self.threads) for a in arrays), strict=True)
        for done in [self.pool.submit(operation, *piece) for piece in pieces]:
            done.result()
