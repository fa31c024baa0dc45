"""What a layer needs is weighed right: our layers, and some whose waste is known."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import footprint
from benchmarks import worker as in_this_process
from benchmarks.references import VIEWS
from benchmarks.resident import Unmeasured
from benchmarks.workload import Workload
from conformance.interpreters import known
from conformance.remote.client import Worker

# 12 MiB an array. Of a peak the kernel may miss some 100 KB, which is little beside that.
SHAPE = (48, 256, 256)
OFF = 0.1  # of one array; what has to be told apart differs by a whole one

LAYERS = ("gradient_reversal", "shake_shake", "mul_scalar")
# What the layers of tests/benchmarks/wasteful use, in arrays.
WASTE = {
    "gradient_reversal": {"held": 2, "peak": 2},
    "shake_shake": {"held": 3, "peak": 3},
    "mul_scalar": {"held": 1, "peak": 3},
}
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it")


@pytest.fixture(scope="module", params=known().pythons)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def worker(backend: str) -> Iterator[Worker]:
    with Worker(known().pythons[backend], env={"OMP_NUM_THREADS": "1"}, name=backend) as worker:
        worker.call("benchmarks.worker:start", backend, "cpu")
        yield worker


def weigh(worker: Worker, work: Workload, module: str) -> dict[str, Any]:
    found: dict[str, Any] = worker.call("benchmarks.footprint:memory", work.to_wire(), module)
    return found


@linux_only
@pytest.mark.parametrize("level", ["batch", "image"])
@pytest.mark.parametrize("layer", LAYERS)
def test_our_layers_need_the_least(worker: Worker, backend: str, layer: str, level: str) -> None:
    work = Workload(layer, "both", SHAPE, level=level)
    least = footprint.least(work, backend in VIEWS)
    assert weigh(worker, work, f"grl_{backend}") == pytest.approx(least, abs=OFF * work.nbytes)


@linux_only
@pytest.mark.parametrize("layer", LAYERS)
def test_waste_is_seen(worker: Worker, backend: str, layer: str) -> None:
    work = Workload(layer, "both", SHAPE)
    wasted = {figure: arrays * work.nbytes for figure, arrays in WASTE[layer].items()}
    found = weigh(worker, work, f"tests.benchmarks.wasteful.{backend}")
    assert found == pytest.approx(wasted, abs=OFF * work.nbytes)


@pytest.mark.skipif("nnabla" not in known().pythons, reason="there is no interpreter for nnabla")
def test_nnabla_does_not_tell_of_a_gpu() -> None:
    with Worker(known().pythons["nnabla"], name="nnabla") as worker:
        worker.call("benchmarks.worker:start", "nnabla", "cpu")
        work = Workload("gradient_reversal", "both", (1,), device="cuda")
        reason = "nnabla does not tell how much of a GPU's memory is in use"
        assert weigh(worker, work, "grl_nnabla") == {"reason": reason}


@pytest.mark.parametrize(
    ("layer", "views", "peak"),
    [
        ("gradient_reversal", True, 1),
        ("gradient_reversal", False, 2),
        ("mul_scalar", True, 2),
        ("shake_shake", True, 3),
    ],
)
def test_the_least(layer: str, views: bool, peak: int) -> None:
    work = Workload(layer, "both", (10,), "float16")
    assert footprint.least(work, views) == {"held": 20, "peak": 20 * peak}


class Bench:
    """Stands for a framework's bench; here and below a log tells what was done, in order."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    def set_threads(self, threads: int) -> None:
        self.log.append(f"{threads} threads")

    def graph(self, subject: Callable[..., Any], arrays: Any) -> Any:
        y = subject(*arrays.inputs, *arrays.coefficients.values())
        return SimpleNamespace(y=y, both=lambda: self.log.append("both"))


class Gauge:
    """Tells of 10 bytes less each time that it is asked, and of a peak 7 bytes above the last."""

    def __init__(self, log: list[str], reason: str = "") -> None:
        self.log = log
        self.reason = reason
        self.bytes = 1000

    def settle(self) -> int:
        self.log.append("settle")
        self.bytes -= 10
        return self.bytes

    def peak(self, run: Callable[[], None]) -> int:
        if self.reason:
            raise Unmeasured(self.reason)
        run()
        return self.bytes + 7


class Framework:
    """Stands for a module ``memory_*``."""

    def __init__(self, gauge: Gauge, reason: str = "") -> None:
        self._gauge = gauge
        self.reason = reason

    def gauge(self, device: str) -> Gauge:
        if self.reason:
            raise Unmeasured(f"{self.reason} on {device}")
        return self._gauge

    def intermediate(self, x: Any) -> Any:
        self._gauge.log.append("intermediate")
        return x

    def forget(self, graph: Any) -> None:
        self._gauge.log.append("forget")


@pytest.fixture
def weigh_here(monkeypatch: pytest.MonkeyPatch) -> Callable[[Framework], dict[str, Any]]:
    """Weigh a subject that returns its input."""

    def weigh(framework: Framework) -> dict[str, Any]:
        monkeypatch.setattr(Bench, "__module__", "fake.bench")
        monkeypatch.setitem(sys.modules, "fake.memory_bench", framework)
        subject: Any = SimpleNamespace(mul_scalar=lambda x, scalar: x)
        monkeypatch.setitem(sys.modules, "subject", subject)
        bench = Bench(framework._gauge.log)
        monkeypatch.setattr(in_this_process, "bench", bench, raising=False)
        return footprint.memory(Workload("mul_scalar", "both", (1,)).to_wire(), "subject")

    return weigh


def test_the_first_time_does_not_count(
    weigh_here: Callable[[Framework], dict[str, Any]],
) -> None:
    log: list[str] = []
    assert weigh_here(Framework(Gauge(log))) == {"held": 10.0, "peak": 7.0}
    held, peak = ["intermediate", "settle", "settle"], ["forget", "settle", "both"]
    assert log == ["1 threads", *held, *held, *peak, *peak]


def test_a_figure_that_is_missing_leaves_its_reason(
    weigh_here: Callable[[Framework], dict[str, Any]],
) -> None:
    found = weigh_here(Framework(Gauge([], "no peak here")))
    assert found == {"held": 10.0, "reason": "no peak here"}


def test_a_framework_that_does_not_tell_leaves_its_reason(
    weigh_here: Callable[[Framework], dict[str, Any]],
) -> None:
    assert weigh_here(Framework(Gauge([]), "not told")) == {"reason": "not told on cpu"}
