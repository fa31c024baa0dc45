"""How much memory a subject needs at once, to stand beside its time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.model import ONE, Workload
from benchmarks.worker import timing

STATUS = Path("/proc/self/status")


def peak(workload: Mapping[str, Any], module: str) -> int:
    """The most bytes in use at once in a forward and a backward pass, beyond their inputs.

    It is what the peak of the process's resident set grows by, which never shrinks: so it is
    called once in a fresh interpreter, on arrays that are large beside what an import leaves.

    Raises:
        OSError: this is not Linux.
    """
    work = Workload.from_wire(workload)
    # What a first pass makes once does not count.
    timing.graph_of(replace(work, shape=ONE), module).both()
    graph = timing.graph_of(work, module)
    before = _peak_resident_set()
    graph.both()
    return _peak_resident_set() - before


def _peak_resident_set() -> int:
    # Not ru_maxrss: a process begins with that of the one that started it.
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return 1024 * int(lines["VmHWM"].split()[0])
