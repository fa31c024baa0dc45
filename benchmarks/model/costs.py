"""The cost model: the fewest bytes that a stage moves, and the references it is held against.

``COPY``         one array into another, in memory that is in use already. Its bandwidth is the
                 measure for the others, and no limit: see ``analysis.statistics.copy_fraction``.
``FRESH_COPY``   the same into a new array: what a layer pays that returns one each time. Above
                 32 MiB the system has to hand out its pages first; below, they are in use.
``FLOOR``        the work of the layer's stage by single array operations into arrays that are
                 given, in the framework's own memory: what is left if its calls cost nothing.

Each is timed in the same process within the same seconds as the rows beside it.
"""

from __future__ import annotations

from benchmarks.model.workload import Row, Workload

COPY = "copy"
FRESH_COPY = "fresh copy"
FLOOR = "floor"
REFERENCES = (COPY, FRESH_COPY, FLOOR)

# Where a function may return a view of its input: there, a reversal need not copy.
VIEWS = ("torch", "chainer")


def references(workload: Workload) -> tuple[str, ...]:
    """Those that a workload has.

    There is no floor on a GPU, where calls overlap with the work; nor in 16 bits, where numpy
    computes by software or not at all.
    """
    computes = workload.device == "cpu" and workload.dtype in ("float32", "float64")
    return REFERENCES if computes else (COPY, FRESH_COPY)


def bytes_to_move(row: Row) -> int:
    """The fewest bytes that the stage has to read and write.

    Backward reads dy once and writes each dx; accumulating, it reads each dx as well.
    """
    work, branches = row.workload, row.workload.branches
    forward = 0 if _returns_view(row) else branches + 1
    backward = 1 + branches
    arrays = {
        "forward": forward,
        "backward": backward,
        "both": forward + backward,
        "accumulate": backward + branches,
    }
    return arrays[work.stage] * work.nbytes


def least_peak(row: Row) -> int:
    """The bytes beyond its inputs that a layer needs at once which makes its results alone.

    They are its output, where that is no view, and the gradients of its inputs.
    """
    output = 0 if _returns_view(row) else 1
    return (output + row.workload.branches) * row.workload.nbytes


def _returns_view(row: Row) -> bool:
    return row.workload.layer == "gradient_reversal" and row.backend in VIEWS
