"""What the limit is made of: the clock, numpy's operations, the references, the least traffic."""

from __future__ import annotations

import gc
import resource
import threading
from collections.abc import Callable, Iterator
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

each_number_of_threads = pytest.mark.parametrize("threads", [1, 2, 3])
# 105 elements are not a multiple of the threads; 1 element is less than them.
each_shape = pytest.mark.parametrize("shape", [(1,), (3, 5, 7)])


@pytest.fixture(params=[True, False], ids=["collecting", "not collecting"])
def collecting(request: pytest.FixtureRequest) -> Iterator[bool]:
    if not request.param:
        gc.disable()
    yield request.param
    gc.enable()


def test_time_is_that_of_all_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0

    def run() -> None:
        nonlocal now
        now += 0.25

    monkeypatch.setattr("time.perf_counter", lambda: now)
    assert clock.elapsed(run, 6, lambda: None) == 1.5


def test_nothing_is_collected_meanwhile(collecting: bool) -> None:
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


@each_number_of_threads
@each_shape
def test_operations_cover_every_element(threads: int, shape: tuple[int, ...]) -> None:
    operations = Operations(threads=threads)
    x, y = np.random.default_rng(1).standard_normal((2, *shape), np.float32)

    def into_nothing(operation: Callable[[Any], None]) -> Any:
        out = np.full(shape, np.nan, np.float32)
        operation(out)
        return out

    copied = into_nothing(lambda out: operations.copy(x, out))
    product = into_nothing(lambda out: operations.multiply(x, 0.37, out))
    total = into_nothing(lambda out: operations.add(x, y, out))
    np.testing.assert_array_equal(copied, x)
    np.testing.assert_array_equal(product, x * np.float32(0.37), strict=True)
    np.testing.assert_array_equal(total, x + y)


@each_number_of_threads
def test_threads_work_at_the_same_time_on_pieces_of_one_size(threads: int) -> None:
    together = threading.Barrier(threads, timeout=10)
    seen = []

    def piece(x: Any) -> None:
        together.wait()  # of all of them; fewer would time out
        seen.append((x.size, threading.current_thread()))

    Operations(threads=threads)._in_pieces(piece, np.zeros((10, 10)))
    sizes, used = zip(*seen, strict=True)
    assert sum(sizes) == 100
    assert max(sizes) - min(sizes) <= 1
    assert (threading.current_thread() in used) == (threads == 1)  # one needs no other


def test_the_error_of_a_piece_is_raised() -> None:
    with pytest.raises(TypeError, match="Cannot cast"):
        Operations(threads=2).add(np.ones(4), np.ones(4), np.ones(4, np.int8))


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


@each_number_of_threads
def test_a_copy_needs_no_page_and_a_fresh_copy_all_of_them(threads: int) -> None:
    # Above 32 MiB glibc takes memory from the system for each array, and gives it back.
    arrays = Arrays((np.ones((40, 1 << 20), np.uint8),), None, {}, ())
    work = Workload("mul_scalar", "both")
    operations = Operations(threads=threads)
    copy = reference(COPY, work, arrays, operations)
    fresh_copy = reference(FRESH_COPY, work, arrays, operations)
    for run in (copy, fresh_copy):
        run()  # the threads are there from now on
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
