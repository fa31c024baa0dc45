"""Shows results: tables as text, a comparison as text, and plots.

``benchmarks.report.plot``, which needs matplotlib, is imported by its own name: it is slow to.
"""

from benchmarks.report.comparison import print_comparison
from benchmarks.report.headline import markdown
from benchmarks.report.table import print_summary, print_table

__all__ = ["markdown", "print_comparison", "print_summary", "print_table"]
