"""Declared gradients of anyone's: a law in NumPy, and what holds a function to it.

It runs in the interpreter of the function, and needs NumPy and the function's framework.
"""

from .conform import Finding, Judgement, assert_conforms, findings, told
from .declare import conforms
from .errors import LawError
from .law import Law

__all__ = [
    "Finding",
    "Judgement",
    "Law",
    "LawError",
    "assert_conforms",
    "conforms",
    "findings",
    "told",
]
