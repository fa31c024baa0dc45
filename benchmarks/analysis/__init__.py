"""What a run's values say: summaries and ratios with intervals, the A/A control, comparisons."""

from benchmarks.analysis.comparison import Change, Comparison, compare, slower
from benchmarks.analysis.control import Control, control
from benchmarks.analysis.fits import Fit, family, fits
from benchmarks.analysis.selection import by_size, usual
from benchmarks.analysis.statistics import (
    FEWEST_ROUNDS,
    Summary,
    differs,
    peak_fraction,
    ratio,
    summary,
    times,
)
from benchmarks.analysis.targets import TARGETS, Target, reached

__all__ = [
    "FEWEST_ROUNDS",
    "TARGETS",
    "Change",
    "Comparison",
    "Control",
    "Fit",
    "Summary",
    "Target",
    "by_size",
    "compare",
    "control",
    "differs",
    "family",
    "fits",
    "peak_fraction",
    "ratio",
    "reached",
    "slower",
    "summary",
    "times",
    "usual",
]
