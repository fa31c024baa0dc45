"""How much memory a subject needs, to stand beside its time.

``memory`` is called in a framework's interpreter, after ``benchmarks.worker:start``: Python 3.10
syntax. It empties caches and makes the C library keep none, so that nothing may be timed in that
process afterwards.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from benchmarks import worker
from benchmarks.frameworks.bench import Arrays, Bench
from benchmarks.inputs import arrays_of
from benchmarks.resident import Unmeasured
from benchmarks.workload import Workload


class Gauge(Protocol):
    """How much memory of a device is in use, in bytes."""

    def settle(self) -> int:
        """Give back what is only cached; the bytes in use after that."""

    def peak(self, run: Callable[[], None]) -> int:
        """The most bytes in use at once while ``run`` runs; raises Unmeasured."""


class Framework(Protocol):
    """What weighing asks of a framework: the module ``frameworks/memory_*.py``."""

    def gauge(self, device: str) -> Gauge:
        """Raises Unmeasured where the framework does not tell."""

    def intermediate(self, x: Any) -> Any:
        """The values of ``x`` as the result of an operation, which only the graph keeps."""

    def forget(self, graph: Any) -> None:
        """Free what a new graph has computed, so that its next pass allocates it again."""


def memory(workload: Mapping[str, Any], module: str) -> dict[str, float | str]:
    """Weigh a subject, at a size where one array is large beside all else in the process.

    Returns:
        In bytes, ``held``: what lives between the forward and the backward pass. The layer is in
        the midst of a graph: nobody else keeps its input, which so counts where the layer keeps
        it or returns it. ``peak``: the most that lives at once during the two passes, beyond the
        inputs and the gradient that arrives. Where one is missing, ``reason`` tells why.
    """
    work = Workload.from_wire(workload)
    bench = worker.bench
    bench.set_threads(work.threads)
    package, _, name = type(bench).__module__.rpartition(".")
    framework: Any = importlib.import_module(f"{package}.memory_{name}")
    subject, arrays = worker.subject_of(module, work.layer), arrays_of(work)
    try:
        scales = _Scales(bench, framework, framework.gauge(work.device), subject, arrays)
    except Unmeasured as reason:
        return {"reason": str(reason)}
    found: dict[str, float | str] = {}
    for figure, weigh in (("held", scales.held), ("peak", scales.peak)):
        try:
            weigh()  # What is made once, or compiled, stays from then on and does not count.
            found[figure] = float(weigh())
        except Unmeasured as reason:
            found["reason"] = str(reason)
    return found


def least(workload: Workload, views: bool) -> dict[str, float]:
    """What :func:`memory` gives for a layer that needs nothing beyond its results.

    They are its output, which is the input's own memory where a reversal may return a view
    (``views``), and the gradients of its inputs.
    """
    gradients = 2 if workload.layer == "shake_shake" else 1
    output = 0 if workload.layer == "gradient_reversal" and views else 1
    return {"held": workload.nbytes, "peak": (output + gradients) * workload.nbytes}


@dataclass(frozen=True)
class _Scales:
    bench: Bench
    framework: Framework
    gauge: Gauge
    subject: Callable[..., Any]
    arrays: Arrays

    def held(self) -> int:
        graph = self.bench.graph(self._in_the_midst, self.arrays)  # It has run forward.
        with_output = self.gauge.settle()
        graph.y = None  # With it goes all that the passes share, but not the inputs.
        return with_output - self.gauge.settle()

    def peak(self) -> int:
        graph = self.bench.graph(self.subject, self.arrays)
        self.framework.forget(graph)
        before = self.gauge.settle()
        return self.gauge.peak(graph.both) - before

    def _in_the_midst(self, *arguments: Any) -> Any:
        """The subject, applied to intermediate results of which only it gets to know."""
        count = len(self.arrays.inputs)
        inputs = map(self.framework.intermediate, arguments[:count])
        return self.subject(*inputs, *arguments[count:])
