"""torch's memory: see :mod:`benchmarks.footprint`."""

from __future__ import annotations

import gc
from collections.abc import Callable

import torch

from benchmarks.footprint import Gauge
from benchmarks.frameworks.torch import TorchGraph
from benchmarks.resident import Resident


def gauge(device: str) -> Gauge:
    return Resident() if device == "cpu" else Allocated()


def intermediate(x: torch.Tensor) -> torch.Tensor:
    return x * 1


def forget(graph: TorchGraph) -> None:
    del graph.y


class Allocated:
    """What torch's own allocator has handed out on the GPU; what it caches does not count."""

    def settle(self) -> int:
        gc.collect()
        return torch.cuda.memory_allocated()

    def peak(self, run: Callable[[], None]) -> int:
        torch.cuda.reset_peak_memory_stats()
        run()
        return torch.cuda.max_memory_allocated()
