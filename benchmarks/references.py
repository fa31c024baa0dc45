"""What every row is held against, measured in the same process within the same seconds.

``COPY``         one array into another, in memory that is in use already. Its bandwidth is the
                 machine's limit: no layer moves its bytes faster.
``FRESH_COPY``   the same into a new array: what a layer pays that returns one each time. Above
                 32 MiB the system has to hand out its pages first; below, they are in use.
``FLOOR``        the work of the layer's stage by single numpy operations into arrays that are
                 given, in the framework's own memory: what is left if its calls cost nothing.
                 (numpy's own memory is in huge pages where Linux allows it, and so faster.)
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.frameworks.bench import Arrays, Operations
from benchmarks.workload import SCALE, Workload

COPY = "copy"
FRESH_COPY = "fresh copy"
FLOOR = "floor"
REFERENCES = (COPY, FRESH_COPY, FLOOR)

# Where a function may return a view of its input: there, a reversal need not copy.
VIEWS = ("torch", "chainer")


def applies(name: str, workload: Workload) -> bool:
    """numpy has no bfloat16, and computes float16 by software: no floor for a layer there."""
    computes = workload.dtype in ("float32", "float64") and workload.layer != "chain"
    return name != FLOOR or computes


def reference(
    name: str, workload: Workload, arrays: Arrays, operations: Operations
) -> Callable[[], None]:
    """The function to time."""
    x = operations.array(arrays.inputs[0])
    if name == COPY:
        out = operations.empty(x)
        return lambda: operations.copy(x, out)
    if name == FRESH_COPY:
        return lambda: operations.fresh_copy(x)
    return _floor(workload, arrays, operations)


def _floor(workload: Workload, arrays: Arrays, operations: Operations) -> Callable[[], None]:
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


def bytes_to_move(workload: Workload, views: bool) -> int:
    """The fewest bytes that the stage has to read and write.

    The reversal's forward pass moves none where the framework's functions may return a view of
    their input (``views``). Backward reads dy once and writes each dx; accumulating, it reads
    each dx as well.
    """
    branches = 2 if workload.layer == "shake_shake" else 1
    forward = 0 if workload.layer == "gradient_reversal" and views else branches + 1
    backward = 1 + branches
    if workload.layer == "chain":
        backward += 1  # its gradient depends on x
    arrays = {
        "forward": forward,
        "backward": backward,
        "both": forward + backward,
        "accumulate": backward + branches,
    }
    return arrays[workload.stage] * workload.nbytes
