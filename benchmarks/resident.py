"""How much of the computer's memory this process uses, as Linux tells it.

Read in a framework's interpreter: Python 3.10, the standard library.
"""

from __future__ import annotations

import ctypes
import gc
import os
from collections.abc import Callable

PROCESS = "/proc/self"
PAGE = os.sysconf("SC_PAGE_SIZE")
PEAK = "VmHWM:"  # the "high water mark" of the resident set

M_MMAP_THRESHOLD = -3  # of glibc's malloc.h
ALONE = 1 << 16


class Unmeasured(Exception):
    """A figure that cannot be had here, with the reason."""


class Resident:
    """The resident set: those pages of the process that are in memory.

    The kernel counts pages for each core apart, and the peak can miss what has not been added up
    yet: some 100 KB, more with many cores.
    """

    def __init__(self, empty_caches: Callable[[], None] = lambda: None) -> None:
        """Prepare the process. ``empty_caches`` gives a framework's cache back to the C library.

        Raises:
            Unmeasured: this is not Linux.
        """
        if not os.path.exists(f"{PROCESS}/statm"):
            raise Unmeasured(f"only Linux tells a process its memory: {PROCESS}/statm is not here")
        self.empty_caches = empty_caches
        # Of glibc; another C library keeps less memory for itself, and has neither function.
        libc = ctypes.CDLL(None)
        self.trim = getattr(libc, "malloc_trim", lambda _: None)
        # An array gets pages of its own, and gives them back when it is freed. Otherwise those
        # of less than 32 MiB share one heap, in which gaps are left that the next may not fit.
        getattr(libc, "mallopt", lambda *_: None)(M_MMAP_THRESHOLD, ALONE)
        # What is there now will stay. With torch, looking at it takes 0.15 s at each collection.
        gc.collect()
        gc.freeze()

    def settle(self) -> int:
        """Give back what is only cached; the bytes in use after that."""
        gc.collect()
        self.empty_caches()
        self.trim(0)
        with open(f"{PROCESS}/statm") as file:
            return int(file.read().split()[1]) * PAGE

    def peak(self, run: Callable[[], None]) -> int:
        """The most bytes in use at once while ``run`` runs.

        Raises:
            Unmeasured: the system does not keep the peak, or does not let it be set back.
        """
        try:
            with open(f"{PROCESS}/clear_refs", "w") as file:
                file.write("5")  # proc(5): "reset the peak resident set size"
        except OSError as error:
            raise Unmeasured(f"the peak of the resident set cannot be set back: {error}") from error
        run()
        with open(f"{PROCESS}/status") as file:
            for line in file:
                if line.startswith(PEAK):
                    return int(line.split()[1]) * 1024
        raise Unmeasured(f"{PROCESS}/status has no {PEAK}")
