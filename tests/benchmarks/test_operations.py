"""What the limit is made of: the clock, numpy's operations, the references, the least traffic."""

from __future__ import annotations

import gc
import resource
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmarks.model import COPY, FLOOR, FRESH_COPY, LAYERS, SCALE, STAGES, Row, Workload
from benchmarks.model.costs import bytes_to_move
from benchmarks.worker import clock
from benchmarks.worker.clock import calibrated
from benchmarks.worker.frameworks.bench import Arrays
from benchmarks.worker.operations import Operations
from benchmarks.worker.references import reference
from conformance.remote import Bits


def test_time_is_that_of_all_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0

    def run() -> None:
        nonlocal now
        now += 0.25

    monkeypatch.setattr("time.perf_counter", lambda: now)
    assert clock.elapsed(run, 6, lambda: None) == 1.5


@pytest.mark.parametrize("collecting", [True, False])
def test_nothing_is_collected_meanwhile(collecting: bool, request: pytest.FixtureRequest) -> None:
    request.addfinalizer(gc.enable)
    if not collecting:
        gc.disable()
    seen = []

    def run() -> None:
        seen.append(gc.isenabled())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        clock.elapsed(run, 1, lambda: None)
    assert seen == [False]
    assert gc.isenabled() == collecting


@pytest.mark.parametrize(("one_call", "loops"), [(2.0, 1), (1.0, 1), (0.3, 4), (0.125, 8)])
def test_loops_are_doubled_until_they_are_long_enough(
    one_call: float, loops: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def elapsed(run: object, loops: int, synchronize: object) -> float:
        tried.append(loops)
        return one_call * loops

    monkeypatch.setattr(clock, "elapsed", elapsed)
    assert calibrated(lambda: None, 1.0, lambda: None) == loops
    assert tried == [2**power for power in range(len(tried))]
    assert tried[-1] == loops


def test_a_copy_takes_the_bits_of_a_type_that_numpy_lacks() -> None:
    bits = np.array([0x3F80, 0xC000], np.uint16)
    operations = Operations()
    x = operations.array(Bits("bfloat16", bits))
    out = operations.empty(x)
    operations.copy(x, out)
    assert out.dtype == np.uint16
    assert out.tolist() == bits.tolist()


def faults(run: Callable[[], object]) -> int:
    """How many pages the system had to hand out, huge ones of 2 MiB where it can."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    run()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_a_copy_needs_no_page_and_a_fresh_copy_all_of_them() -> None:
    # Above 32 MiB glibc takes memory from the system for each array, and gives it back.
    arrays = Arrays((np.ones((40, 1 << 20), np.uint8),), None, {}, ())
    work = Workload("mul_scalar", "both")
    operations = Operations()
    copy = reference(COPY, work, arrays, operations)
    fresh_copy = reference(FRESH_COPY, work, arrays, operations)
    assert faults(copy) < 10
    assert faults(fresh_copy) >= 19


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("layer", LAYERS)
def test_the_floor_does_the_work_of_the_stage(layer: str, stage: str) -> None:
    """Its coefficients are not the layer's, so only the kind and the size of the work are."""
    made: list[Any] = []

    class Recorded(Operations):
        def own(self, values: Any) -> Any:
            made.append(super().own(values))
            return made[-1]

    given = np.random.default_rng(1).standard_normal((4, 4, 5), np.float32)
    kept = given.copy()
    x0, x1, dy, before = given
    inputs = (x0, x1) if layer == "shake_shake" else (x0,)
    arrays = Arrays(inputs, dy, {}, (before,) * len(inputs))
    run = reference(FLOOR, Workload(layer, stage), arrays, Recorded())
    run()
    run()

    y, *gradients = made[len(inputs) + 1 :]  # after its own inputs and cotangent
    assert len(gradients) == len(inputs)
    scale = np.float32(SCALE)
    forward = {"gradient_reversal": x0, "mul_scalar": x0 * scale, "shake_shake": x0 + x1}[layer]
    backward = {"forward": before, "accumulate": before + dy + dy}.get(stage, dy * scale)
    np.testing.assert_array_equal(y, forward if stage in ("forward", "both") else dy)
    for gradient in gradients:
        np.testing.assert_array_equal(gradient, backward)
    np.testing.assert_array_equal(given, kept)  # what all subjects share


# In arrays, in the order of STAGES: in torch, where a reversal returns a view, and in nnabla.
LEAST = {
    "gradient_reversal": ((0, 2, 2, 3), (2, 2, 4, 3)),
    "mul_scalar": ((2, 2, 4, 3), (2, 2, 4, 3)),
    "shake_shake": ((3, 3, 6, 5), (3, 3, 6, 5)),
}


@pytest.mark.parametrize("layer", LAYERS)
def test_bytes_to_move(layer: str) -> None:
    for dtype, size in (("float16", 2), ("bfloat16", 2), ("float32", 4), ("float64", 8)):
        for backend, arrays in zip(("torch", "nnabla"), LEAST[layer], strict=True):
            works = [Workload(layer, stage, (3, 5), dtype) for stage in STAGES]
            moved = [bytes_to_move(Row(work, backend, "ours")) for work in works]
            assert moved == [15 * size * count for count in arrays]
