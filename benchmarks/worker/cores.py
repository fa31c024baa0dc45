"""Keeps what is timed away from the cores that something else uses.

On a shared host each core is disturbed on its own: while every one of four was slow in 30 to 47 %
of the moments, all four were in 5 %.
"""

from __future__ import annotations

import os
import random
import sys

from benchmarks.model import Workload
from benchmarks.worker.clock import probe

MOST = 8  # to try one takes 0.1 ms
# Bytes of an input. With larger arrays a row pays for new memory, and a core that has not just
# given some back is slower to get it: at the published size Chainer's Shake-Shake took 45 to 160
# ms instead of 23.
LARGEST = 1 << 20

if sys.platform == "linux":
    _ALL = sorted(os.sched_getaffinity(0))

    def choose(work: Workload) -> None:
        """Move this thread to the core where a bit of work takes the least time just now.

        The threads that a framework has for a GPU, and what takes new memory, may run on any core:
        there the system chooses.
        """
        if work.device != "cpu" or work.nbytes > LARGEST:
            os.sched_setaffinity(0, _ALL)  # which a thread hands on to those that it starts
            return
        tried = random.sample(_ALL, min(MOST, len(_ALL)))
        os.sched_setaffinity(0, {min(tried, key=_probe_on)})

    def _probe_on(core: int) -> float:
        os.sched_setaffinity(0, {core})
        return probe()

else:

    def choose(work: Workload) -> None:
        """Leave it to the system: no other lets a thread choose."""
