"""Which of a run's rows the parts of the report are about."""

from __future__ import annotations

from benchmarks.model import OURS, PUBLISHED, Results, Row, Workload


def usual(
    results: Results, layer: str, stage: str = "both", shape: tuple[int, ...] = PUBLISHED
) -> Workload:
    """A layer in float32, on one thread of the device of the run."""
    return Workload(layer, stage, shape, device=results.header["device"])


def by_size(results: Results, layer: str, backend: str) -> list[Row]:
    """Ours, forward and backward, from the smallest size to the largest."""
    rows = [
        row
        for row in results.samples
        if (row.backend, row.subject) == (backend, OURS)
        and row.workload == usual(results, layer, shape=row.workload.shape)
    ]
    return sorted(rows, key=lambda row: row.workload.size)
