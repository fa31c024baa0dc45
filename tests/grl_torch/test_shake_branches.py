"""Shake-Shake for more than two branches, and what PyTorch does with the draws of the module."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.func import jvp, vmap

from grl_torch import ShakeShake, shake_branches, shake_shake
from tests.grl_torch.declared import normal, same_bits

COLUMN = torch.tensor([[0.5], [0.25], [0.125], [0.0]])


def _branches(count: int, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    return [normal(4, 3, dtype=dtype).requires_grad_() for _ in range(count)]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("count", [2, 3, 5])
def test_values_and_gradients(count: int, dtype: torch.dtype) -> None:
    # Small integers times eighths: every sum is exact, in half precision too.
    xs = [torch.randint(-8, 8, (4, 3)).to(dtype).requires_grad_() for _ in range(count)]
    dy = torch.randint(-8, 8, (4, 3)).to(dtype)
    alpha: list[Any] = [COLUMN, *[0.125] * (count - 2)]
    beta: list[Any] = [*[0.125] * (count - 2), COLUMN]
    y = shake_branches(xs, alpha, beta)
    dxs = torch.autograd.grad(y, xs, dy)
    column = COLUMN.to(dtype)
    last = 1 - column - 0.125 * (count - 2)
    alphas: list[Any] = [column, *[0.125] * (count - 2), last]
    betas: list[Any] = [*[0.125] * (count - 2), column, last]
    assert torch.equal(y, sum(a * x for a, x in zip(alphas, xs, strict=True)))
    for dx, b in zip(dxs, betas, strict=True):
        assert torch.equal(dx, (b * dy).to(dtype))


@pytest.mark.parametrize("kind", ["numbers", "tensors"])
def test_two_branches_are_shake_shake(kind: str) -> None:
    x0, x1 = _branches(2, torch.float32)
    # 1 - beta is formed of a number as it is, and rounded then.
    alpha, beta = torch.rand(2, 4, 1) if kind == "tensors" else (0.529, 0.16335436356818256)
    y, expected = shake_branches((x0, x1), [alpha], [beta]), shake_shake(x0, x1, alpha, beta)
    assert same_bits(y, expected)
    dy = torch.randn(4, 3)
    for dx, wanted in zip(
        torch.autograd.grad(y, (x0, x1), dy),
        torch.autograd.grad(expected, (x0, x1), dy),
        strict=True,
    ):
        assert same_bits(dx, wanted)


def test_only_wanted_gradients() -> None:
    xs = _branches(3)
    xs[1].requires_grad_(False)
    shake_branches(xs, (0.25, 0.5), (0.5, 0.125)).sum().backward()
    assert xs[1].grad is None
    for x, beta in ((xs[0], 0.5), (xs[2], 0.375)):
        assert x.grad is not None
        assert torch.equal(x.grad, torch.full_like(x, beta))


def test_under_transforms() -> None:
    xs, dxs = [x.detach() for x in _branches(3)], _branches(3)

    def call(*branches: Tensor) -> Tensor:
        return shake_branches(branches, (0.25, 0.5), (0.5, 0.125))

    tangent = jvp(call, tuple(xs), tuple(dxs))[1]
    torch.testing.assert_close(tangent, 0.5 * dxs[0] + 0.125 * dxs[1] + 0.375 * dxs[2])
    # Only one of the branches is batched.
    mapped = vmap(call, in_dims=(None, 0, None))(xs[0], torch.stack([xs[1], xs[2]]), xs[2])
    torch.testing.assert_close(mapped[1], call(xs[0], xs[2], xs[2]))


@pytest.mark.parametrize("training", [True, False])
def test_compiled(training: bool) -> None:
    layer = ShakeShake("even-even").train(training)
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
    xs = _branches(4)
    y = compiled(*xs)
    torch.testing.assert_close(y, sum(xs) / 4)
    for dx in torch.autograd.grad(y.sum(), xs):
        assert torch.equal(dx, torch.full_like(dx, 0.25))


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
@pytest.mark.parametrize("level", ["image", "batch"])
def test_drawn_coefficients(mode: str, alpha_drawn: bool, beta_drawn: bool, level: str) -> None:
    """Convex, their sum exactly 1, and one set for each image or for the batch."""
    ones = torch.eye(3)[:, None].expand(3, 64, 3)  # branch i is 1 in column i: y shows all alphas
    xs = [x.clone().requires_grad_() for x in ones]
    y = ShakeShake(mode, level)(*xs)
    betas = torch.stack([dx[:, 0] for dx in torch.autograd.grad(y, xs, torch.ones_like(y))], 1)
    for coefficients, drawn in ((y.detach(), alpha_drawn), (betas, beta_drawn)):
        assert (coefficients >= 0).all()
        if drawn:
            assert torch.equal(coefficients.double().sum(1), torch.ones(64).double())
        sets = 64 if drawn and level == "image" else 1
        assert len(coefficients.unique(dim=0)) == sets
        if not drawn:
            assert torch.equal(coefficients, torch.full((64, 3), 1 / 3))
    assert torch.equal(y, betas) is (mode in ("shake-keep", "even-even"))


def test_drawn_evenly_from_the_simplex() -> None:
    """Each of n coefficients is then Beta(1, n - 1): its distribution is 1 - (1 - t)**(n - 1)."""
    count, images = 4, 100_000
    eye = torch.eye(count)[:, None].expand(count, images, count)
    alphas = ShakeShake("shake-even")(*eye)
    levels = torch.linspace(0, 1, 21)
    for column in alphas.T:
        measured = (column[:, None] <= levels).float().mean(0)
        # Dvoretzky-Kiefer-Wolfowitz: further off than 0.01 with a probability of 2 exp(-20).
        assert (measured - (1 - (1 - levels) ** (count - 1))).abs().max() < 0.01
    correlation = torch.corrcoef(alphas.T)[0, 1].item()
    assert correlation == pytest.approx(-1 / (count - 1), abs=0.02)


def test_largest_numbers() -> None:
    for dtype in (torch.float16, torch.float32):
        most = torch.full((2, 3), torch.finfo(dtype).max, dtype=dtype)
        assert torch.equal(ShakeShake().eval()(most, most, most), most)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([torch.ones(2)], (), ()), "branches must be two or more, got 1"),
        (
            ([torch.ones(2)] * 3, (0.5,), (0.5, 0.5)),
            "alpha must hold 2 coefficients, one for each branch but the last, got 1",
        ),
        (
            ([torch.ones(2), torch.ones(2), torch.ones(3)], (0.5, 0.5), (0.5, 0.5)),
            "x2 must have the shape of x0, torch.Size([2]), got torch.Size([3])",
        ),
        (
            ([torch.ones(2), torch.ones(2).half()], (0.5,), (0.5,)),
            "x1 must have the dtype of x0, torch.float32, got torch.float16",
        ),
        (
            ([torch.ones(2), torch.ones(2, device="meta")], (0.5,), (0.5,)),
            "x1 must have the device of x0, cpu, got meta",
        ),
        (
            ([torch.ones(2)] * 3, (0.5, float("nan")), (0.5, 0.5)),
            "alpha[1] must be finite, got nan",
        ),
    ],
)
def test_refused(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=r"must") as raised:
        shake_branches(*arguments)
    assert str(raised.value) == message


IMAGES = 64


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


def test_under_vmap_each_sample_draws_its_own() -> None:
    ones, zeros = torch.ones(8, 1, 3), torch.zeros(8, 1, 3)
    alphas = torch.vmap(ShakeShake(), randomness="different")(ones, zeros)
    assert len(alphas[:, 0, 0].unique()) == 8
