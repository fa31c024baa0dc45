"""What each layer must give, and how far rounding may go."""

from .expect import Expected
from .rounding import (
    Array,
    Comparison,
    Running,
    compare_bound,
    compare_exact,
    compute_type,
    dtype_named,
    finfo,
)

__all__ = [
    "Array",
    "Comparison",
    "Expected",
    "Running",
    "compare_bound",
    "compare_exact",
    "compute_type",
    "dtype_named",
    "finfo",
]
