"""Shake-Shake: the errors of the function, its parts, its link, and how copies of that draw."""

from __future__ import annotations

import copy
import tracemalloc
from collections.abc import Callable
from typing import Any

import chainer
import numpy as np
import pytest
from chainer import Variable, functions, memory_layouts

from conformance.procedures.driver import Driver
from grl_chainer import ShakeShake, _arrays, shake_shake
from tests.grl_chainer.layers import each_dtype, random
from tests.layers import normal
from tests.layers.drawing import Measured

PER_IMAGE = np.array([0.1, 0.9]).reshape(2, 1, 1, 1)


def branches(shape: tuple[int, ...], dtype: Any = np.float32) -> tuple[Variable, Variable]:
    return Variable(normal(shape, dtype)), Variable(normal(shape, dtype, seed=1))


def test_a_branch_may_be_an_array() -> None:
    x0, x1 = branches((3,))
    y = shake_shake(x0, x1.array, 0.2, 0.7)
    functions.sum(y).backward()
    np.testing.assert_array_equal(x0.grad, np.full(3, 0.7, np.float32))


def test_memory_layouts_of_chainer() -> None:
    layout = memory_layouts.CUDNN_CHANNEL_LAST_X
    x0, x1 = branches((2, 3, 4, 5))
    expected = shake_shake(x0, x1, PER_IMAGE, PER_IMAGE)
    y = shake_shake(x0.as_layout(layout), x1.as_layout(layout), PER_IMAGE, PER_IMAGE)
    assert y.layout == layout
    np.testing.assert_array_equal(y.as_layout(None).array, expected.array)
    z = y.as_layout(None)
    z.grad = dy = normal((2, 3, 4, 5), seed=2)
    z.backward()
    np.testing.assert_array_equal(x0.grad, dy * PER_IMAGE.astype(np.float32))
    with pytest.raises(ValueError, match=r"x1 must have the layout of x0, CUDNN_.*, got None"):
        shake_shake(x0.as_layout(layout), x1, 0.5, 0.5)


def test_what_the_compute_type_cannot_hold_is_refused() -> None:
    x = np.ones(3, np.float32)
    with pytest.raises(ValueError, match=r"^alpha must be finite as a float32, the compute type"):
        shake_shake(x, x, 1e39, 0.5)


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


BLOCKS: dict[str, Callable[[Any], Any]] = {
    "repeat init": lambda link: link.repeat(2),
    "repeat copy": lambda link: link.repeat(2, "copy"),
    "repeat share": lambda link: link.repeat(2, "share"),
    "Sequential.repeat": lambda link: [s[0] for s in chainer.Sequential(link).repeat(2)],
    "copy": lambda link: [link, link.copy("copy")],
    "deepcopy": lambda link: [link, copy.deepcopy(link)],
}


@pytest.mark.parametrize("build", BLOCKS.values(), ids=BLOCKS)
@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_copies_share_the_generator(driver: Driver, build: Any, make: Any) -> None:
    """So that blocks draw different numbers: those of one generator, in the order of the calls."""
    first, second = build(ShakeShake("shake-even", "batch", make(0)))
    drawn = [Measured(driver, block).run()[0].flat[0] for block in (first, second, first)]
    assert drawn == [make(0).random(6)[i] for i in (0, 2, 4)]
    assert first.rng is second.rng
    assert first is not second
    assert str(second) == "ShakeShake(mode=shake-even, level=batch)"


def test_a_deep_copy_of_a_chain_is_one() -> None:
    chain = chainer.Sequential(ShakeShake(rng=np.random.RandomState(0)))
    chain.append(chain[0])
    copied = copy.deepcopy(chain)
    assert copied[0] is copied[1] is not chain[0]
    assert copied[0].rng is chain[0].rng
