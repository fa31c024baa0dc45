"""The conformance suite: one specification, and what holds an implementation to it.

``dev.py`` and every worker import this package: it needs the standard library alone. What judges a
layer of one's own, in one's own tests (``Law``, ``assert_conforms``), is imported when it is asked
for, and needs NumPy.
"""

from typing import Any

from .case import COEFFICIENTS, LAYERS, Case
from .interpreters import BACKENDS, DEVICES, Environments, Unavailable, known

__version__ = "0.1.0"

OF_LAWS = ("Law", "LawError", "assert_conforms", "conforms")

__all__ = [
    "BACKENDS",
    "COEFFICIENTS",
    "DEVICES",
    "LAYERS",
    "Case",
    "Environments",
    "Law",
    "LawError",
    "Unavailable",
    "assert_conforms",
    "conforms",
    "known",
]


def __getattr__(name: str) -> Any:
    if name not in OF_LAWS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import law  # noqa: PLC0415 - it needs NumPy

    return getattr(law, name)
