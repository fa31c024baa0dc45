"""Calls into another interpreter, of another Python version with another NumPy if need be."""

from .client import (
    RemoteError,
    RemoteRaised,
    Worker,
    WorkerCrashed,
    WorkerKilled,
    WorkerNotStarted,
    WorkerTimedOut,
)
from .wire import Bits

__all__ = [
    "Bits",
    "RemoteError",
    "RemoteRaised",
    "Worker",
    "WorkerCrashed",
    "WorkerKilled",
    "WorkerNotStarted",
    "WorkerTimedOut",
]
