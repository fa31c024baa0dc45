"""What is timed and what was found: rows, subjects, presets, results, and the cost model.

Workers read it too: Python 3.10 and the standard library. ``benchmarks.model.store``, which needs
pyperf, is imported by its own name.
"""

from benchmarks.model.catalogue import AGAIN, CATALOGUE, LAYERS, OURS, Entry, module_of
from benchmarks.model.costs import COPY, FLOOR, FRESH_COPY, REFERENCES, bytes_to_move
from benchmarks.model.results import Fault, Results, Sample
from benchmarks.model.workload import (
    ALPHA,
    BETA,
    ITEM_BYTES,
    ONE,
    PUBLISHED,
    SCALE,
    STAGES,
    Row,
    Workload,
)

__all__ = [
    "AGAIN",
    "ALPHA",
    "BETA",
    "CATALOGUE",
    "COPY",
    "FLOOR",
    "FRESH_COPY",
    "ITEM_BYTES",
    "LAYERS",
    "ONE",
    "OURS",
    "PUBLISHED",
    "REFERENCES",
    "SCALE",
    "STAGES",
    "Entry",
    "Fault",
    "Results",
    "Row",
    "Sample",
    "Workload",
    "bytes_to_move",
    "module_of",
]
