"""Chainer's memory: see :mod:`benchmarks.footprint`. That of a GPU is CuPy's."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from chainer import Variable
from chainer.backends.cuda import cupy

from benchmarks.footprint import Gauge
from benchmarks.frameworks.chainer import ChainerGraph
from benchmarks.resident import Resident


def gauge(device: str) -> Gauge:
    return Resident() if device == "cpu" else Pool()


def intermediate(x: Variable) -> Variable:
    return x * 1


def forget(graph: ChainerGraph) -> None:
    del graph.y


class Pool:
    """What CuPy's memory pool has handed out; what it caches does not count."""

    def settle(self) -> int:
        gc.collect()
        return _used()

    def peak(self, run: Callable[[], None]) -> int:
        most = _used()

        class Watch(cupy.cuda.MemoryHook):  # type: ignore[misc]  # CuPy has no types
            name = "peak of the pool"

            def malloc_postprocess(self, **_: Any) -> None:
                nonlocal most
                most = max(most, _used())

        with Watch():
            run()
        return most


def _used() -> int:
    return int(cupy.get_default_memory_pool().used_bytes())
