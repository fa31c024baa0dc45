"""Large branches are mixed in parts: the values are those of the whole, without its memory."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from grl_chainer import _arrays, shake_shake
from tests.grl_chainer.layers import each_dtype, random


@pytest.mark.parametrize("part", [1, 7, 24, 1000])
@pytest.mark.parametrize("shape", [(5, 2, 3, 4), (1, 50), (120,), (0, 3), ()])
@pytest.mark.parametrize("level", ["batch", "image"])
@each_dtype
def test_parts_have_every_bit_of_the_whole(
    part: int, shape: tuple[int, ...], level: str, dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    x0, x1 = random(0, dtype, shape), random(1, dtype, shape)
    alpha: Any = 0.3
    if level == "image":
        alpha = random(2, np.float64, (*shape[:1], *(1,) * (len(shape) - 1)))
    whole = shake_shake(x0, x1, alpha, 0.5).array
    compute = np.float64 if dtype == np.float64 else np.float32
    c0, c1 = (np.asarray(c, compute) for c in (alpha, 1 - alpha))
    expected: Any = x0.astype(compute) * c0 + x1.astype(compute) * c1
    expected = np.asarray(expected, dtype)
    np.testing.assert_array_equal(whole, expected)
    monkeypatch.setattr(_arrays, "PART", part)
    parts = shake_shake(x0, x1, alpha, 0.5).array
    assert (parts.dtype, parts.shape, parts.strides) == (x0.dtype, x0.shape, x0.strides)
    np.testing.assert_array_equal(parts, expected)


def test_branches_of_any_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where images do not lie one after the other, parts would cost twenty times as much."""
    mixed: list[Any] = []
    mix = _arrays._mix_into
    monkeypatch.setattr(_arrays, "PART", 8)
    monkeypatch.setattr(_arrays, "_mix_into", lambda *arrays: mixed.append(mix(*arrays)))
    x0, x1 = random(0, shape=(6, 4, 2)), random(1, shape=(6, 4, 2))
    fortran, strided = np.asfortranarray(x0), np.repeat(x0, 2, axis=2)[..., ::2]
    last = np.ascontiguousarray(x0.transpose(0, 2, 1)).transpose(0, 2, 1)
    expanded = np.broadcast_to(x0[:1], x0.shape)
    counts = [(x0, 6), (last, 6), (strided, 6), (fortran, 1), (expanded, 1)]
    for a, parts in counts:
        for b in (x1, np.asfortranarray(x1)):
            mixed.clear()
            y = shake_shake(a, b, 0.3, 0.5).array
            assert len(mixed) == parts
            c0, c1 = np.float32(0.3), np.float32(1 - 0.3)
            np.testing.assert_array_equal(y, c0 * a + c1 * b)
            assert y.strides == np.empty_like(a).strides


@each_dtype
def test_takes_little_memory_but_that_of_the_output(dtype: Any) -> None:
    x = np.ones((64, 1 << 17), dtype)
    tracemalloc.start()
    try:
        shake_shake(x, x, np.full((64, 1), 0.3), 0.5)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    two_parts_in_float64 = 2 * 8 * _arrays.PART
    assert x.nbytes <= peak < x.nbytes + two_parts_in_float64 + 100_000
