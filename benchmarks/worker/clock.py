"""The clock, how fast the CPU is just now, and how often to repeat what is timed."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from itertools import repeat

Run = Callable[[], object]


def elapsed(run: Run, loops: int, synchronize: Run) -> float:
    """How many seconds ``loops`` calls of ``run`` take, without the garbage collector.

    ``synchronize`` waits for what the device still has to do, before and after.
    """
    collects = gc.isenabled()
    gc.disable()  # As timeit does: a collection belongs to whoever made the garbage.
    try:
        synchronize()
        begun = time.perf_counter()
        for _ in repeat(None, loops):
            run()
        synchronize()
        return time.perf_counter() - begun
    finally:
        if collects:
            gc.enable()


def probe() -> float:
    """How many seconds a bit of work takes, the same in every process: some 20 us.

    Where something else keeps the CPU busy (as a rule the other thread of its core), it takes
    1.5 to 2 times as long, as does what is timed then.
    """
    return min(_bit() for _ in range(3))  # the first finds cold caches


def _bit() -> float:
    begun = time.perf_counter()
    for _ in repeat(None, 4000):
        pass
    return time.perf_counter() - begun


def calibrated(run: Run, seconds: float, synchronize: Run) -> int:
    """How many calls take at least so many seconds, as a power of two."""
    loops = 1
    while elapsed(run, loops, synchronize) < seconds:
        loops *= 2
    return loops
