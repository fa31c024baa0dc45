"""The link ShakeShake: what it draws, when, and from which generator."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import chainer
import numpy as np
import pytest
from chainer import Variable

from grl_chainer import ShakeShake
from tests.grl_chainer.scaled import Unspeakable

N = 4
SHAPE = (N, 2, 3, 3)
Coefficients = tuple[Any, Any]


def coefficients(
    link: Any, shape: tuple[int, ...] = SHAPE, dtype: Any = np.float64, **given: Any
) -> Coefficients:
    """Measure alpha and beta, element by element: on x0 = 1 and x1 = 0 the mix is alpha."""
    x0, x1 = Variable(np.ones(shape, dtype)), Variable(np.zeros(shape, dtype))
    y = link(x0, x1, **given)
    dx0, dx1 = chainer.grad([y], [x0, x1], [Variable(np.ones(shape, dtype))])
    np.testing.assert_array_equal(dx1.array, 1 - dx0.array)
    return y.array, dx0.array


@pytest.mark.parametrize(
    ("mode", "alpha_drawn", "beta_drawn"),
    [
        ("shake-shake", True, True),
        ("shake-even", True, False),
        ("even-shake", False, True),
        ("even-even", False, False),
    ],
)
@pytest.mark.parametrize("level", ["image", "batch"])
def test_modes_and_levels(mode: str, level: str, alpha_drawn: bool, beta_drawn: bool) -> None:
    link = ShakeShake(mode, level, np.random.RandomState(0))
    for values, drawn in zip(coefficients(link), (alpha_drawn, beta_drawn), strict=True):
        if not drawn:
            np.testing.assert_array_equal(values, 0.5)
            continue
        assert len(np.unique(values)) == (N if level == "image" else 1)
        np.testing.assert_array_equal(values, np.broadcast_to(values[:, :1, :1, :1], SHAPE))


def test_keep_mode_uses_alpha_backward() -> None:
    alpha, beta = coefficients(ShakeShake("shake-keep", rng=np.random.RandomState(0)))
    np.testing.assert_array_equal(alpha, beta)
    assert len(np.unique(alpha)) == N


def test_both_are_drawn_together_once_a_forward_pass() -> None:
    link = ShakeShake(rng=np.random.RandomState(5))
    expected = np.random.RandomState(5).random((3, 2, N, 1, 1, 1))
    for alpha, beta in expected:
        measured = coefficients(link)
        np.testing.assert_array_equal(measured[0], np.broadcast_to(alpha, SHAPE))
        np.testing.assert_array_equal(measured[1], np.broadcast_to(beta, SHAPE))


def test_published_numbers() -> None:
    """From nnabla's article on PythonFunction."""
    link = ShakeShake(level="batch", rng=np.random.RandomState(1223))
    x0, x1 = Variable(np.array(1, np.float32)), Variable(np.array(2, np.float32))
    y = link(x0, x1)
    y.backward()
    assert y.array == np.float32(1.4709232)
    assert x0.grad == np.float32(0.16335437)
    assert x1.grad == np.float32(0.83664566) != np.float32(1) - x0.grad


def test_global_state_is_the_default_generator() -> None:
    np.random.seed(11)
    alpha, _ = coefficients(ShakeShake(level="batch"))
    assert np.unique(alpha) == np.random.RandomState(11).random()


def test_a_generator_of_numpy_is_taken() -> None:
    alpha, beta = coefficients(ShakeShake(level="batch", rng=np.random.default_rng(3)))
    assert [alpha.flat[0], beta.flat[0]] == list(np.random.default_rng(3).random(2))


def test_float32_never_rounds_a_draw_up_to_one() -> None:
    class Highest(np.random.RandomState):
        def random(self, size: Any = None) -> Any:
            return np.full(size, np.nextafter(1, 0))

    for dtype in (np.float32, np.float64):
        alpha, beta = coefficients(ShakeShake(rng=Highest()), dtype=dtype)
        assert alpha.max() < 1
        assert beta.max() < 1


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_eval_is_half_each_way_and_draws_nothing(dtype: Any) -> None:
    rng = np.random.RandomState(0)
    with chainer.using_config("train", False):
        alpha, beta = coefficients(ShakeShake(rng=rng), dtype=dtype)
        largest = np.full(3, np.finfo(dtype).max, dtype)
        np.testing.assert_array_equal(ShakeShake()(largest, largest).array, largest)
    np.testing.assert_array_equal(alpha, 0.5)
    np.testing.assert_array_equal(beta, 0.5)
    assert rng.random() == np.random.RandomState(0).random()


@pytest.mark.parametrize("train", [True, False])
def test_given_coefficients_take_the_place_of_the_drawn_ones(train: bool) -> None:
    with chainer.using_config("train", train):
        link = ShakeShake(rng=np.random.RandomState(0))
        alpha, beta = coefficients(link, alpha=0.125, beta=np.full((N, 1, 1, 1), 0.75))
        assert np.unique(alpha) == 0.125
        assert np.unique(beta) == 0.75
        alpha, beta = coefficients(link, beta=0.75)
        assert len(np.unique(alpha)) == (N if train else 1)
        assert np.unique(beta) == 0.75


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
def test_copies_share_the_generator(build: Any, make: Any) -> None:
    """So that blocks draw different numbers: those of one generator, in the order of the calls."""
    first, second = build(ShakeShake("shake-even", "batch", make(0)))
    drawn = [coefficients(block)[0].flat[0] for block in (first, second, first)]
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


def test_pickle_saves_the_state_of_the_generator() -> None:
    link = ShakeShake("shake-even", "batch", np.random.RandomState(0))
    coefficients(link)
    loaded = pickle.loads(pickle.dumps(link))
    for a, b in zip(coefficients(link), coefficients(loaded), strict=True):
        np.testing.assert_array_equal(a, b)


def test_four_threads() -> None:
    link = ShakeShake()

    def run(_: int) -> int:
        alpha, beta = coefficients(link, (999,))
        return len(np.unique(np.concatenate([alpha, beta])))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(40))) == [2 * 999] * 40


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"mode": "shake"}, ValueError, "mode must be one of shake-shake, .*, got 'shake'"),
        (
            {"mode": Unspeakable()},
            ValueError,
            "mode must be one of .*, got an object that cannot be shown",
        ),
        ({"level": "pixel"}, ValueError, "level must be one of image, batch, got 'pixel'"),
        (
            {"level": ["image"]},
            ValueError,
            r"level must be one of image, .*, got \['im",
        ),
        ({"rng": 1223}, TypeError, "rng must be a RandomState, .* or None, got int: 1223"),
    ],
)
def test_bad_arguments(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{message}"):
        ShakeShake(**arguments)


def test_bad_branches_are_refused_before_a_draw() -> None:
    rng = np.random.RandomState(0)
    with pytest.raises(ValueError, match="x1 must have the shape of x0"):
        ShakeShake(rng=rng)(np.ones((2, 3)), np.ones((1, 3)))
    assert rng.random() == np.random.RandomState(0).random()
