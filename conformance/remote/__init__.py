"""Calls into another interpreter, of another Python version with another NumPy if need be."""

from conformance.remote.client import (
    RemoteError,
    RemoteRaised,
    Worker,
    WorkerCrashed,
    WorkerKilled,
    WorkerNotStarted,
    WorkerTimedOut,
)
from conformance.remote.wire import Bits

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
