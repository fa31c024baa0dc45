"""What every interpreter does alike: the values that go in, and the places that are checked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.model import LAYERS, OURS, Row, Workload
from benchmarks.model.costs import least_peak
from benchmarks.worker import cores, inputs, timing
from conformance import known
from conformance.remote import Bits, Worker

DTYPES = ("float16", "bfloat16", "float32", "float64")


@pytest.fixture(scope="module", params=known().pythons)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def other(backend: str) -> Iterator[Worker]:
    with Worker(known().pythons[backend], name=backend) as worker:
        worker.call("benchmarks.worker:start", backend, "cpu", timeout=300)
        yield worker


def bits(array: Any) -> Any:
    raw = array.bits if isinstance(array, Bits) else np.asarray(array)
    return raw.view(f"u{raw.dtype.itemsize}")


@pytest.mark.parametrize("dtype", DTYPES)
def test_values_are_the_same_in_every_interpreter(other: Worker, dtype: str) -> None:
    # So many that the tails of the normal distribution occur, which log() of libm computes.
    shape = (20, 10, 1000)
    theirs = other.call("benchmarks.worker.inputs:values_of", shape, dtype)
    ours = inputs.values_of(shape, dtype)
    assert len(theirs) == len(ours) == 5
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(bits(a), bits(b), strict=True)


def test_per_image_coefficients_are_the_same_in_every_interpreter(other: Worker) -> None:
    """Observed through Shake-Shake, because ``Arrays`` cannot be sent."""
    work = Workload("shake_shake", "forward", (7, 3, 2), level="image")
    seen = other.call("benchmarks.worker:observe", work.to_wire(), f"grl_{other.name}")
    for name, values in inputs.arrays_of(work).coefficients.items():
        each = np.broadcast_to(values, work.shape).reshape(-1)
        np.testing.assert_array_equal(seen["coefficients"][name], each, strict=True)


def test_bfloat16_is_the_upper_half_of_a_float32() -> None:
    halves = inputs.values_of((5, 10), "bfloat16")
    wholes = inputs.values_of((5, 10), "float32")
    for half, whole in zip(halves, wholes, strict=True):
        assert half.dtype == "bfloat16"
        assert half.bits.dtype == np.uint16
        read = (half.bits.astype(np.uint32) << 16).view(np.float32)
        np.testing.assert_allclose(read, whole, rtol=2**-7)
        taken = inputs.taken(half, np.array([1, 14]))
        assert taken.bits.tolist() == [half.bits[0, 1], half.bits[1, 4]]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_arrays_have_the_shape_and_the_dtype(dtype: str) -> None:
    for layer, count in (("gradient_reversal", 1), ("mul_scalar", 1), ("shake_shake", 2)):
        arrays = inputs.arrays_of(Workload(layer, "both", (4, 3), dtype))
        assert len(arrays.inputs) == len(arrays.gradients) == count
        for array in (*arrays.inputs, arrays.cotangent, *arrays.gradients):
            assert (array.shape, array.dtype) == ((4, 3), dtype)


@pytest.mark.parametrize(
    ("dtype", "compute"),
    [("float16", "f4"), ("bfloat16", "f4"), ("float32", "f4"), ("float64", "f8")],
)
def test_every_image_has_coefficients_of_its_own(dtype: str, compute: str) -> None:
    work = Workload("shake_shake", "both", (64, 3, 2, 2), dtype, level="image")
    alpha, beta = inputs.arrays_of(work).coefficients.values()
    for values in (alpha, beta):
        assert (values.shape, values.dtype) == ((64, 1, 1, 1), np.dtype(compute))
        assert values.min() >= 0
        assert values.max() < 1
        assert len(np.unique(values)) == 64
    assert (alpha != beta).all()


@pytest.mark.parametrize("size", [1, 64, inputs.CHECKED])
def test_a_small_array_is_checked_whole(size: int) -> None:
    assert inputs.checked_indices(size).tolist() == list(range(size))


@pytest.mark.parametrize("size", [inputs.CHECKED + 1, 10**6])
def test_a_large_array_is_checked_at_both_ends_and_between(size: int) -> None:
    places = inputs.checked_indices(size).tolist()
    assert places == sorted(set(places))
    assert places[:64] == list(range(64))
    assert places[-64:] == list(range(size - 64, size))
    assert 0.9 * inputs.CHECKED < len(places) <= inputs.CHECKED
    # No part of the array is left out: the largest gap is far from a tenth of it.
    assert max(np.diff(places)) < size / 100


def test_sample_makes_as_many_values_as_it_is_told(other: Worker, backend: str) -> None:
    def sample(loops: int, seconds: float, count: int, last: float) -> Any:
        arguments = f"grl_{backend}", loops, seconds, count, last
        return other.call("benchmarks.worker:sample", work, *arguments)

    work = Workload("mul_scalar", "both", (5,)).to_wire()
    seen = sample(3, 1e9, 4, 1e9)
    assert seen["loops"] == 3
    assert len(seen["values"]) == 4
    assert min(*seen["values"], *seen["warmups"]) > 0
    assert len(sample(1, 1e9, 4, 1e9)["values"]) == 4
    assert len(sample(3, 1e9, 4, 1e-9)["values"]) == 1
    calibrated = sample(0, 1e-3, 1, 1e9)
    assert calibrated["loops"] * calibrated["values"][0] > 2e-4


def test_sample_chooses_the_core_first(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    bench = SimpleNamespace(synchronize=lambda: None)
    monkeypatch.setattr(timing, "bench", bench, raising=False)
    monkeypatch.setattr(cores, "choose", lambda work: calls.append("core"))

    def made(work: Workload, module: str) -> Callable[[], None]:
        calls.append("run")
        return lambda: None

    monkeypatch.setattr(timing, "_run", made)
    timing.sample(Workload("mul_scalar", "both", (5,)).to_wire(), "any.module", 1, 1.0, 1, 1.0)
    assert calls == ["core", "run"]


@pytest.mark.parametrize(
    ("stages", "gradient"),
    [
        (["forward"], 10.0),
        (["backward", "backward"], -0.5),
        (["forward", "both"], -0.5),
        (["accumulate", "accumulate"], 9.0),
        (["both", "forward", "accumulate"], -1.0),
    ],
)
def test_a_graph_runs_its_stages_in_any_order(
    other: Worker, backend: str, stages: list[str], gradient: float
) -> None:
    seen = other.call("tests.benchmarks.graphs:run", backend, stages)
    np.testing.assert_array_equal(seen["gradient"], np.full(3, gradient, np.float32))
    # What all subjects share is as it was.
    assert [array.tolist() for array in seen["given"]] == [[2.0] * 3, [1.0] * 3, [10.0] * 3]


def test_the_operations_for_a_gpu_copy(other: Worker, backend: str) -> None:
    if backend == "chainer":
        pytest.skip("its operations are numpy's, of CuPy")
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    copied = other.call("tests.benchmarks.graphs:device_copy", backend, x)
    np.testing.assert_array_equal(copied, x, strict=True)


@pytest.mark.skipif(sys.platform != "linux", reason="others count other pages")
@pytest.mark.parametrize("layer", LAYERS)
def test_our_layers_need_the_least_memory(backend: str, layer: str) -> None:
    """Arrays of 38.5 MB; what has to be told apart differs by a whole one."""
    work = Workload(layer, "both")
    with Worker(known().pythons[backend], name=backend, env={"OMP_NUM_THREADS": "1"}) as fresh:
        fresh.call("benchmarks.worker:start", backend, "cpu")
        found = fresh.call("benchmarks.worker:peak", work.to_wire(), f"grl_{backend}")
    least = least_peak(Row(work, backend, OURS))
    assert found == pytest.approx(least, abs=0.2 * work.nbytes)
