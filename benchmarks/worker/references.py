"""The references of ``benchmarks.model.costs``, as functions to time."""

from __future__ import annotations

from typing import Any

from benchmarks.model import COPY, FRESH_COPY, SCALE, Workload
from benchmarks.worker.clock import Run
from benchmarks.worker.frameworks.bench import Arrays


def reference(name: str, workload: Workload, arrays: Arrays, operations: Any) -> Run:
    """The function to time; ``operations`` are what ``Bench.operations`` gives."""
    if name not in (COPY, FRESH_COPY):
        return _floor(workload, arrays, operations)
    x = operations.array(arrays.inputs[0])
    if name == FRESH_COPY:
        return lambda: operations.fresh_copy(x)
    out = operations.empty(x)
    return lambda: operations.copy(x, out)


def _floor(workload: Workload, arrays: Arrays, operations: Any) -> Run:
    inputs = [operations.own(array) for array in arrays.inputs]
    dy, y = (operations.own(arrays.cotangent) for _ in range(2))
    gradients = [operations.own(array) for array in arrays.gradients]

    def forward() -> None:
        if workload.layer == "shake_shake":
            operations.add(inputs[0], inputs[1], y)
        elif workload.layer == "mul_scalar":
            operations.multiply(inputs[0], SCALE, y)
        else:
            operations.copy(inputs[0], y)

    def backward() -> None:
        for dx in gradients:
            operations.multiply(dy, SCALE, dx)

    def both() -> None:
        forward()
        backward()

    def accumulate() -> None:
        for dx in gradients:
            operations.add(dx, dy, dx)

    stages = {"forward": forward, "backward": backward, "both": both, "accumulate": accumulate}
    return stages[workload.stage]
