"""The module ShakeShake: what it draws, when, and from which generator."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812
import numpy as np
import pytest

from grl_nnabla import ShakeShake, shake_shake
from tests.grl_nnabla.graphs import DTYPES, backward, half, leaf

N = 4
SHAPE = (N, 2, 3, 3)
Generators = pytest.mark.parametrize("generator", [None, np.random.RandomState], ids=str)


class Measured:
    """A graph that shows alpha and beta: on x0 = 1 and x1 = 0 the mix is alpha."""

    def __init__(
        self, module: Any, shape: tuple[int, ...] = SHAPE, dtype: Any = np.float64, **given: Any
    ) -> None:
        self.xs = [leaf(np.ones(shape), dtype), leaf(np.zeros(shape), dtype)]
        self.y = module(*self.xs, **given)

    def run(self) -> tuple[Any, Any]:
        """alpha and beta of one forward and backward pass, element by element."""
        dx0, dx1 = backward(self.y, self.xs, np.ones(self.y.shape, self.xs[0].d.dtype))
        np.testing.assert_array_equal(dx1, 1 - dx0)
        return self.y.d.copy(), dx0


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
    module = ShakeShake(mode, level, np.random.RandomState(0))
    for values, drawn in zip(Measured(module).run(), (alpha_drawn, beta_drawn), strict=True):
        if not drawn:
            np.testing.assert_array_equal(values, 0.5)
            continue
        assert len(np.unique(values)) == (N if level == "image" else 1)
        np.testing.assert_array_equal(values, np.broadcast_to(values[:, :1, :1, :1], SHAPE))


@Generators
def test_keep_mode_uses_alpha_backward(generator: Any) -> None:
    rng = generator and generator(0)
    alpha, beta = Measured(ShakeShake("shake-keep", rng=rng)).run()
    np.testing.assert_array_equal(alpha, beta)
    assert len(np.unique(alpha)) == N


def test_both_are_drawn_together_in_every_forward_pass_of_one_graph() -> None:
    graph = Measured(ShakeShake(rng=np.random.RandomState(5)))
    for alpha, beta in np.random.RandomState(5).random((3, 2, N, 1, 1, 1)):
        measured = graph.run()
        np.testing.assert_array_equal(measured[0], np.broadcast_to(alpha, SHAPE))
        np.testing.assert_array_equal(measured[1], np.broadcast_to(beta, SHAPE))


def test_published_numbers() -> None:
    """From nnabla's article on PythonFunction."""
    module = ShakeShake(level="batch", rng=np.random.RandomState(1223))
    x0, x1 = leaf(1), leaf(2)
    y = module(x0, x1)
    dx0, dx1 = backward(y, [x0, x1], 1.0)
    published = [np.float32(1.4709232), np.float32(0.16335437), np.float32(0.83664566)]
    assert [y.d, dx0, dx1] == published
    drawn = [v.d.item() for v in y.parent.inputs[2:]]
    assert drawn == [0.5290767986417101, 0.16335436356818256]
    # An ULP less is what float32 makes of 1 - float32(beta).
    assert np.float32(1) - dx0 == np.nextafter(dx1, np.float32(0))
    constants = [nn.Variable.from_numpy_array(np.array(c)) for c in drawn]
    for given in (drawn, map(np.array, drawn), constants):
        y = shake_shake(x0, x1, *given)
        gradients = backward(y, [x0, x1], 1.0)
        assert [y.d, *gradients] == published


@Generators
def test_recomputation_does_not_draw_again(generator: Any) -> None:
    x0, x1 = leaf(np.ones((N, 1))), leaf(np.zeros((N, 1)))
    with nn.recompute():
        h = ShakeShake(rng=generator and generator(0))(F.add_scalar(x0, 0.0), x1)
        squares = h * h  # its gradient needs the recomputed mix
    y = F.sum(squares)
    dx0, dx1 = backward(y, [x0, x1], 1.0)
    alpha = (dx0 + dx1) / 2
    np.testing.assert_allclose(y.d, np.sum(alpha**2), rtol=1e-6)


@Generators
def test_double_backward_uses_the_same_draw(generator: Any) -> None:
    x0, x1 = leaf(np.ones(SHAPE)), leaf(np.zeros(SHAPE))
    y = ShakeShake(rng=generator and generator(0))(x0, x1)
    (g0,) = nn.grad([F.sum(y * y)], [x0])
    nn.forward_all([y, g0])
    alpha, beta = y.d.copy(), g0.d / (2 * y.d)
    x0.grad.zero()
    g0.backward()
    np.testing.assert_allclose(x0.g, 2 * beta**2, rtol=1e-5)
    assert len(np.unique(alpha)) == N


def test_nnablas_seed_seeds_the_default_generator() -> None:
    graph = Measured(ShakeShake())
    runs = []
    for seed in (7, 7, 8):
        nn.seed(seed)
        runs.append(graph.run())
    np.testing.assert_array_equal(runs[0], runs[1])
    assert (runs[0][0] != runs[2][0]).all()
    assert (runs[0][0] != runs[0][1]).all()


def test_a_generator_of_numpy_is_taken() -> None:
    alpha, beta = Measured(ShakeShake(level="batch", rng=np.random.default_rng(3))).run()
    assert [alpha.flat[0], beta.flat[0]] == list(np.random.default_rng(3).random(2))


def test_float32_never_rounds_a_draw_up_to_one() -> None:
    class Highest(np.random.RandomState):
        def random(self, size: Any = None) -> Any:
            return np.full(size, np.nextafter(1, 0))

    for dtype in (np.float32, np.float64):
        alpha, beta = Measured(ShakeShake(rng=Highest()), dtype=dtype).run()
        assert alpha.max() < 1
        assert beta.max() < 1


def test_a_half_precision_network_draws_in_full_precision() -> None:
    """F.rand in half precision gives multiples of 2**-11, and 1 itself."""
    with half():
        y = ShakeShake()(leaf(np.ones(1000)), leaf(np.zeros(1000)))
        y.forward()
    for drawn in y.parent.inputs[2:]:
        assert (drawn.d * 2**11 % 1 != 0).any()
        assert drawn.d.max() < 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_eval_is_half_each_way_and_draws_nothing(dtype: Any) -> None:
    rng = np.random.RandomState(0)

    class Network(nn.Module):
        def __init__(self) -> None:
            self.shake = ShakeShake(rng=rng)

    network = Network()
    network.training = False  # nnabla passes it on to the modules inside
    alpha, beta = Measured(network.shake, dtype=dtype).run()
    np.testing.assert_array_equal(alpha, 0.5)
    np.testing.assert_array_equal(beta, 0.5)
    largest = nn.NdArray.from_numpy_array(np.full(3, np.finfo(dtype).max, dtype))
    np.testing.assert_array_equal(network.shake(largest, largest).data, largest.data)
    assert rng.random() == np.random.RandomState(0).random()


@pytest.mark.parametrize("training", [True, False])
def test_given_coefficients_take_the_place_of_the_drawn_ones(training: bool) -> None:
    module = ShakeShake(rng=np.random.RandomState(0))
    module.training = training
    alpha, beta = Measured(module, alpha=0.125, beta=np.full((N, 1, 1, 1), 0.75)).run()
    assert np.unique(alpha) == 0.125
    assert np.unique(beta) == 0.75
    alpha, beta = Measured(module, beta=0.75).run()
    assert len(np.unique(alpha)) == (N if training else 1)
    assert np.unique(beta) == 0.75


@Generators
def test_ndarrays_are_mixed_at_once(generator: Any) -> None:
    module = ShakeShake(rng=generator and generator(0))
    ones, zeros = (nn.NdArray.from_numpy_array(np.full(SHAPE, value)) for value in (1.0, 0.0))
    first, second = (module(ones, zeros).data.copy() for _ in range(2))
    assert (first != second).all()
    assert len(np.unique(first)) == N


@pytest.mark.parametrize(
    "clone", [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))]
)
def test_a_copy_draws_on_from_the_same_state(clone: Any) -> None:
    module = ShakeShake("shake-even", "batch", np.random.RandomState(0))
    Measured(module).run()
    cloned = clone(module)
    for a, b in zip(Measured(module).run(), Measured(cloned).run(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert repr(cloned) == "ShakeShake(mode='shake-even', level='batch')"
    assert not cloned.get_parameters()


def test_four_threads() -> None:
    module = ShakeShake(rng=np.random.RandomState(0))

    def run(_: int) -> int:
        alpha, beta = Measured(module, (999,)).run()
        return len(np.unique(np.concatenate([alpha, beta])))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(40))) == [2 * 999] * 40


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"mode": "shake"}, ValueError, "mode must be one of shake-shake, .*, got 'shake'"),
        ({"level": "pixel"}, ValueError, "level must be one of image, batch, got 'pixel'"),
        ({"rng": 1223}, TypeError, "rng must be a RandomState, .* or None, got int: 1223"),
    ],
)
def test_bad_arguments(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{message}$"):
        ShakeShake(**arguments)


def test_bad_branches_are_refused_before_a_draw() -> None:
    rng = np.random.RandomState(0)
    arrays = [nn.NdArray.from_numpy_array(np.ones(shape)) for shape in ((2, 3), (1, 3))]
    with pytest.raises(ValueError, match="x1 must have the shape of x0"):
        ShakeShake(rng=rng)(*arrays)
    with pytest.raises(TypeError, match="x0 must be an nnabla Variable or NdArray, got NoneType"):
        ShakeShake(rng=rng)(None, arrays[0])
    assert rng.random() == np.random.RandomState(0).random()
