"""ShakeShake, the layer that draws: modes, levels, generators, and what evaluation does."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from grl_torch import ShakeShake
from tests.grl_torch.declared import normal

IMAGES = 64


def _drawn(layer: ShakeShake, *shape: int) -> tuple[Tensor, Tensor]:
    """alpha and beta, element by element: the output, and the gradient of the first branch."""
    x0 = torch.ones(shape, requires_grad=True)
    x1 = torch.zeros(shape, requires_grad=True)
    y = layer(x0, x1)
    dx0, dx1 = torch.autograd.grad(y, (x0, x1), torch.ones_like(y))
    assert torch.equal(dx0 + dx1, torch.ones_like(y))
    return y.detach(), dx0


@pytest.mark.parametrize(
    ("mode", "alpha_drawn", "beta_drawn"),
    [
        ("shake-shake", True, True),
        ("shake-even", True, False),
        ("shake-keep", True, True),
        ("even-shake", False, True),
        ("even-even", False, False),
    ],
)
def test_modes(mode: str, alpha_drawn: bool, beta_drawn: bool) -> None:
    alpha, beta = _drawn(ShakeShake(mode), IMAGES, 3)
    for coefficient, drawn in ((alpha, alpha_drawn), (beta, beta_drawn)):
        assert torch.all(coefficient == 0.5).item() is not drawn
    assert torch.equal(alpha, beta) is (mode in ("shake-keep", "even-even"))


@pytest.mark.parametrize("shape", [(IMAGES,), (IMAGES, 3), (IMAGES, 3, 2, 2)])
@pytest.mark.parametrize(("level", "values"), [("image", IMAGES), ("batch", 1)])
def test_levels(level: str, values: int, shape: tuple[int, ...]) -> None:
    for coefficient in _drawn(ShakeShake(level=level), *shape):
        images = coefficient.reshape(IMAGES, -1)
        assert coefficient.shape == shape
        assert torch.equal(images, images[:, :1].expand_as(images))
        assert len(images[:, 0].unique()) == values


def test_single_number() -> None:
    alpha, beta = _drawn(ShakeShake())
    assert alpha.shape == ()
    assert alpha != beta


def test_draws_from_the_default_generator() -> None:
    layer = ShakeShake()
    torch.manual_seed(3)
    first = _drawn(layer, 8, 3)
    torch.manual_seed(3)
    again = _drawn(layer, 8, 3)
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], _drawn(layer, 8, 3)[0])


def test_draws_from_its_own_generator() -> None:
    """And nothing from the default one."""
    layer = ShakeShake(generator=torch.Generator().manual_seed(3))
    state = torch.get_rng_state()
    first = _drawn(layer, 8, 3)
    assert torch.equal(torch.get_rng_state(), state)
    same = _drawn(ShakeShake(generator=torch.Generator().manual_seed(3)), 8, 3)
    assert torch.equal(first[0], same[0])
    assert torch.equal(first[1], same[1])


def test_backward_draws_nothing() -> None:
    x0, x1 = (normal(8, 3).requires_grad_() for _ in range(2))
    y = ShakeShake()(x0, x1)
    state = torch.get_rng_state()
    passes = [torch.autograd.grad(y.sum(), x0, retain_graph=True)[0] for _ in range(2)]
    assert torch.equal(*passes)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("mode", ["shake-shake", "shake-keep", "even-even"])
def test_evaluation(mode: str, dtype: torch.dtype) -> None:
    most = torch.full((4, 3), torch.finfo(dtype).max * 0.75, dtype=dtype, requires_grad=True)
    state = torch.get_rng_state()
    y = ShakeShake(mode).eval()(most, most.detach())
    y.backward(torch.ones_like(y))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(y, most)
    assert most.grad is not None
    assert torch.equal(most.grad, torch.full_like(most, 0.5))


@pytest.mark.parametrize("training", [True, False])
def test_given_coefficients(training: bool) -> None:
    layer = ShakeShake().train(training)
    x0, x1 = torch.ones(4, 3, requires_grad=True), torch.zeros(4, 3)
    alpha, beta = torch.rand(4, 1), torch.rand(4, 1)
    y = layer(x0, x1, alpha=alpha, beta=beta)
    assert torch.equal(y, alpha.expand(4, 3))
    assert torch.equal(torch.autograd.grad(y.sum(), x0)[0], beta.expand(4, 3))
    only_alpha = layer(x0, x1, alpha=alpha)
    assert torch.equal(only_alpha, y)
    assert not torch.equal(torch.autograd.grad(only_alpha.sum(), x0)[0], beta.expand(4, 3))


@pytest.mark.parametrize("count", [2, 3])
def test_given_coefficients_leave_nothing_to_draw(count: int) -> None:
    xs = [torch.ones(4, 3)] * count
    given: Any = 0.5 if count == 2 else (0.5, 0.25)
    state = torch.get_rng_state()
    ShakeShake()(*xs, alpha=given, beta=given)
    assert torch.equal(torch.get_rng_state(), state)
    ShakeShake()(*xs, alpha=given)
    assert not torch.equal(torch.get_rng_state(), state)


def test_draws_in_float64_for_float64() -> None:
    """A float32 draw has no bits below 2**-24."""
    x0, x1 = torch.ones(IMAGES, 1).double(), torch.zeros(IMAGES, 1).double()
    alpha = ShakeShake()(x0, x1)
    assert not torch.equal(alpha, alpha.float().double())


@pytest.mark.parametrize("reentrant", [True, False])
def test_recomputation_draws_the_same(reentrant: bool) -> None:
    layer = ShakeShake("shake-keep")
    ones = torch.ones(8, 3, requires_grad=True)
    y = checkpoint(lambda x: layer(x * 1, torch.zeros_like(x)), ones, use_reentrant=reentrant)
    alpha = y.detach().clone()
    y.backward(torch.ones_like(y))
    assert ones.grad is not None
    assert torch.equal(ones.grad, alpha)


def test_under_vmap_each_sample_draws_its_own() -> None:
    ones, zeros = torch.ones(8, 1, 3), torch.zeros(8, 1, 3)
    alphas = torch.vmap(ShakeShake(), randomness="different")(ones, zeros)
    assert len(alphas[:, 0, 0].unique()) == 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"mode": "shake"},
            "mode must be one of shake-shake, shake-even, shake-keep, even-shake, even-even, "
            "got 'shake'",
        ),
        ({"mode": None}, "mode must be one of shake-shake, .*, got None"),
        ({"level": "pixel"}, "level must be one of image, batch, got 'pixel'"),
    ],
)
def test_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        ShakeShake(**arguments)


def test_branches_are_checked_before_anything_is_drawn() -> None:
    state = torch.get_rng_state()
    with pytest.raises(ValueError, match=r"^x1 must have the shape of x0"):
        ShakeShake()(torch.ones(4, 3), torch.ones(1, 3))
    assert torch.equal(torch.get_rng_state(), state)


def test_repr() -> None:
    layer = ShakeShake("shake-even", "batch")
    assert repr(layer) == "ShakeShake(mode='shake-even', level='batch')"
