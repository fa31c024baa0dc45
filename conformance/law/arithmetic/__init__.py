"""NumPy code on values that carry more: a bound on their rounding error, and a tangent."""

from .carried import Carried, carried
from .dual import Dual

__all__ = ["Carried", "Dual", "carried"]
