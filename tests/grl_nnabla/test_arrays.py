"""The arithmetic behind the layers: in blocks, by nnabla's kernels, and on another device."""

from __future__ import annotations

import tracemalloc
from typing import Any

import nnabla as nn
import numpy as np
import pytest
from nnabla.ext_utils import get_extension_context

from grl_nnabla import _arrays, gradient_reversal
from grl_nnabla._arrays import Arithmetic, DeviceArithmetic, arithmetic
from tests.grl_nnabla.graphs import leaf
from tests.layers import product

RNG = np.random.RandomState(0)
SPECIAL = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-45, -1e-40, 3e38, 1.1, -7.7], "f")
CPU = get_extension_context("cpu")


def nd(values: Any) -> Any:
    return nn.NdArray.from_numpy_array(np.asarray(values))


@pytest.mark.parametrize("shape", [(7, 3, 200, 211), (2, 600_000), (600_000,)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("accumulate", [False, True])
def test_blocks_leave_nothing_out(shape: tuple[int, ...], dtype: Any, accumulate: bool) -> None:
    a, b, before = RNG.standard_normal((3, *shape)).astype(dtype)
    c = RNG.random_sample((*shape[:1], *(1,) * (len(shape) - 1)))
    assert a.size > _arrays.BLOCK
    c0, c1 = c.astype(np.float32), (1 - c).astype(np.float32)
    mixed, y0, y1 = (nd(before) for _ in range(3))
    arrays = Arithmetic(CPU, nd(a))
    arrays.mix(nd(a), nd(b), c, mixed, accumulate)
    arrays.split(nd(a), c, (y0, y1), (accumulate, accumulate))
    base = before if accumulate else np.zeros((), dtype)
    sums = (a.astype(np.float32) * c0 + b.astype(np.float32) * c1).astype(dtype)
    for array, expected in ((mixed, sums), (y0, product(c0, a)), (y1, product(c1, a))):
        np.testing.assert_array_equal(array.data, base + expected, strict=True)


@pytest.mark.parametrize("c", [np.array(0.37), RNG.random_sample((1, 1, 1))], ids=["0-d", "image"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("accumulate", [False, True])
def test_blocks_bound_the_memory_of_one_large_image(dtype: Any, c: Any, accumulate: bool) -> None:
    """numpy tells tracemalloc what it allocates: two blocks at most, and not the image."""
    a, b, *into = (nd(np.ones((1, 8, _arrays.BLOCK), dtype)) for _ in range(5))
    arrays = Arithmetic(CPU, a)
    tracemalloc.start()
    arrays.mix(a, b, c, into[0], accumulate)
    arrays.split(a, c, into[1:], (accumulate, accumulate))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The third is a margin: for one in the dtype beside two in float32, and for the rest.
    assert peak < 3 * _arrays.BLOCK * arrays.compute.itemsize


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32])
def test_a_copy_of_a_large_array_keeps_every_bit(
    dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bits = RNG.randint(0, 256, (1000, 8)).astype(np.uint8)  # signalling NaNs among them
    x = nd(bits.view(dtype))
    y = nd(np.zeros(x.shape, dtype))
    monkeypatch.setattr(Arithmetic, "large", x.size)
    monkeypatch.delattr(_arrays, "Identity")  # which copies what is smaller
    Arithmetic(CPU, x).copy(x, y)
    expected = bits.view(dtype) if x.dtype.kind == "f" else bits.view(dtype).astype(np.float32)
    assert y.data.dtype == expected.dtype
    np.testing.assert_array_equal(y.data.view(np.uint8), expected.view(np.uint8))


def test_two_products_of_a_large_array_are_numpys_and_nnablas_bits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = nd(np.tile(SPECIAL, 100))
    arrays = Arithmetic(CPU, x)
    apart, at_once = ([nd(np.full(x.shape, np.nan, "f")) for _ in range(2)] for _ in range(2))
    arrays.split(x, 0.37, apart, (False, False))
    monkeypatch.setattr(Arithmetic, "large", x.size)
    monkeypatch.delattr(Arithmetic, "multiply")  # which is what reads x once for each of them
    arrays.split(x, 0.37, at_once, (False, False))
    for one, other in zip(apart, at_once, strict=True):
        bits = [y.data.view(np.uint32)[~np.isnan(y.data)] for y in (one, other)]
        np.testing.assert_array_equal(one.data, other.data, strict=True)
        np.testing.assert_array_equal(*bits)
    for wanted, accumulate in (([at_once[0], None], (False, False)), (at_once, (True, False))):
        with pytest.raises(AttributeError, match="multiply"):  # one is left to nnabla's kernel
            arrays.split(x, 0.37, wanted, accumulate)


@pytest.mark.parametrize("factor", [0.37, 0.0, -0.0, -3.0, 1e300])
@pytest.mark.parametrize("accumulate", [False, True])
def test_nnablas_kernels_give_numpys_bits(factor: float, accumulate: bool) -> None:
    x, before = (grid.ravel() for grid in np.meshgrid(SPECIAL, SPECIAL))
    into = nd(before)
    Arithmetic(CPU, nd(x)).multiply(nd(x), factor, into, accumulate)
    with np.errstate(all="ignore"):
        expected = np.float32(factor) * x
        expected = before + expected if accumulate else expected
    np.testing.assert_array_equal(into.data, expected, strict=True)
    number = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(into.data)[number], np.signbit(expected)[number])


class OnDevice(nn.NdArray):
    """An array that must not be read or written on the host, as ``.data`` and numpy do it."""

    def get_data(self, *args: Any, **named: Any) -> Any:
        raise AssertionError("the array goes to the host")

    data = property(get_data)


def on_device(values: Any) -> Any:
    array = OnDevice(values.shape)
    array.copy_from(nd(values), use_current_context=False)
    return array


COEFFICIENTS = [0.37, np.array(0.37), RNG.random_sample((3, 1, 1)), nd(np.float32(0.37))]


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("c", COEFFICIENTS, ids=["number", "0-d", "image", "NdArray"])
@pytest.mark.parametrize("accumulate", [False, True])
def test_on_another_device_no_array_goes_to_the_host(dtype: Any, c: Any, accumulate: bool) -> None:
    """Its arithmetic runs on a CPU too, and gives the same values there."""
    a, b, *before = RNG.standard_normal((6, 3, 2, 2)).astype(dtype)

    def run(kind: Any, array: Any) -> list[Any]:
        x0, x1, *into = (array(values) for values in (a, b, *before))
        arrays = kind(CPU, x0)
        arrays.copy(x0, into[0])
        arrays.multiply(x0, c, into[1], accumulate)
        arrays.mix(x0, x1, c, into[2], accumulate)
        arrays.split(x0, c, (into[3], None), (accumulate, False))
        return [nn.NdArray.get_data(y, "r") for y in into]

    for ours, theirs in zip(run(DeviceArithmetic, on_device), run(Arithmetic, nd), strict=True):
        if accumulate:  # in float16, one of the two roundings is left out
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=8 * np.finfo(dtype).eps)
            assert ours.dtype == theirs.dtype
        else:
            np.testing.assert_array_equal(ours, theirs, strict=True)


def test_the_check_for_the_host_can_fail() -> None:
    x, y = on_device(np.ones((3, 1), np.float32)), nd(np.ones((3, 1)))
    with pytest.raises(AssertionError, match="goes to the host"):
        Arithmetic(CPU, x).multiply(x, np.ones((3, 1)), y)


def test_the_context_chooses_the_arithmetic() -> None:
    gpu = nn.Context(["cudnn:float", "cuda:float", "cpu:float"], "CudaCachedArray", "0")
    x = nd(np.ones(1, np.float32))
    assert type(arithmetic(gpu, x)) is DeviceArithmetic
    assert type(arithmetic(gpu, nd(np.ones(1)))) is Arithmetic  # nnabla has no float64 there
    for context in (CPU, nn.Context()):
        assert type(arithmetic(context, x)) is Arithmetic


def test_on_a_gpu() -> None:
    try:
        context = get_extension_context("cudnn", device_id="0")
        with nn.context_scope(context):
            nn.functions.identity(nd(np.ones(1, np.float32)))
    except Exception as error:
        pytest.skip(f"no GPU for nnabla: {' '.join(str(error).split())[:120]}")
    x, dy = leaf(np.ones((3, 2))), RNG.standard_normal((3, 2)).astype(np.float32)
    with nn.context_scope(context):
        y = gradient_reversal(x, 0.37)
        y.forward()
        x.grad.zero()
        y.backward(nd(dy))
    np.testing.assert_array_equal(x.g, product(-0.37, dy))
