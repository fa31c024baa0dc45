"""The conformance suite: one specification, and what holds an implementation to it.

``dev.py`` and every worker import this package: it needs the standard library alone.
"""

from conformance.case import COEFFICIENTS, LAYERS, Case
from conformance.interpreters import BACKENDS, DEVICES, Environments, Unavailable, known

__version__ = "0.1.0"

__all__ = [
    "BACKENDS",
    "COEFFICIENTS",
    "DEVICES",
    "LAYERS",
    "Case",
    "Environments",
    "Unavailable",
    "known",
]
