"""torch.func transforms: each gives the declared gradient, alone, nested and compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, hessian, jacfwd, jacrev, jvp, vjp, vmap

from tests.grl_torch.declared import Declared, each_layer, each_number, normal
from tests.grl_torch.networks import (
    each_form,
    each_name,
    expected_gradients,
    loss,
    network,
    same,
    samples,
)

Layer = Callable[[Tensor], Tensor]

# Each maps a layer f and (x, dy) to the gradient of f at x for dy, or the tangent along dy.
TRANSFORMS: dict[str, Callable[[Layer, Tensor, Tensor], Tensor]] = {
    "grad": lambda f, x, dy: grad(lambda v: (f(v) * dy).sum())(x),
    "vjp": lambda f, x, dy: vjp(f, x)[1](dy)[0],
    "jvp": lambda f, x, dy: jvp(f, (x,), (dy,))[1],
    "jacrev": lambda f, x, dy: (jacrev(f)(x) * dy[..., None, None]).sum((0, 1)),
    "jacfwd": lambda f, x, dy: (jacfwd(f)(x) * dy).sum((2, 3)),
    "grad of grad": lambda f, x, dy: grad(
        lambda u: (grad(lambda v: (f(v) * u).sum())(x) * dy).sum()
    )(x),
    "jvp of vjp": lambda f, x, dy: jvp(lambda u: vjp(f, x)[1](u)[0], (x,), (dy,))[1],
}
each_transform = pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)


@each_layer
@each_number
@each_transform
def test_transform(layer: Declared, number: Any, transform: Any) -> None:
    x, dy = normal(4, 3), normal(4, 3)
    got = transform(lambda v: layer.call(v, number), x, dy)
    assert torch.equal(got, layer.factor(number) * dy)


@each_layer
@each_transform
def test_compiled_transform(layer: Declared, transform: Any) -> None:
    def run(x: Tensor, dy: Tensor) -> Tensor:
        got: Tensor = transform(lambda v: layer.call(v, 0.375), x, dy)
        return got

    x, dy = normal(4, 3), normal(4, 3)
    got = torch.compile(run, backend="aot_eager", fullgraph=True)(x, dy)
    assert torch.equal(got, layer.factor(0.375) * dy)


@each_layer
def test_transform_of_compiled(layer: Declared) -> None:
    compiled = torch.compile(lambda v: layer.call(v, 0.375), backend="aot_eager")
    x, dy = normal(4, 3), normal(4, 3)
    got = grad(lambda v: (compiled(v) * dy).sum())(x)
    assert torch.equal(got, layer.factor(0.375) * dy)


@each_layer
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize(
    "second", [hessian, lambda f: jacrev(jacrev(f)), lambda f: jacrev(jacfwd(f))]
)
def test_second_derivatives(layer: Declared, second: Any, compiled: bool) -> None:
    # d/dx of sum(y**2) is factor * 2y; that differentiates by the factor once more.
    x = normal(3)
    run: Any = second(lambda v: (layer.call(v, 0.5) ** 2).sum())
    derive: Any = torch.compile(run, backend="aot_eager") if compiled else run
    assert torch.equal(derive(x), 2 * layer.factor(0.5) ** 2 * torch.eye(3, dtype=x.dtype))


@each_layer
def test_vmap_over_samples_and_numbers(layer: Declared) -> None:
    x, dy, numbers = normal(4, 3), normal(4, 3), torch.rand(4, dtype=torch.float64)
    y = vmap(layer.call)(x, numbers)
    one_by_one = [layer.call(row, number) for row, number in zip(x, numbers, strict=True)]
    assert torch.equal(y, torch.stack(one_by_one))
    per_sample = vmap(grad(lambda v, n, d: (layer.call(v, n) * d).sum()))(x, numbers, dy)
    assert torch.equal(per_sample, layer.factor(numbers)[:, None] * dy)


@each_layer
def test_backward_through_vmap(layer: Declared) -> None:
    x, numbers = normal(4, 3).requires_grad_(), torch.rand(4, dtype=torch.float64)
    y = vmap(layer.call)(x, numbers)
    dys = normal(5, 4, 3)
    expected = layer.factor(numbers)[:, None] * dys
    batched = torch.autograd.grad(y, x, dys, is_grads_batched=True, retain_graph=True)[0]
    assert torch.equal(batched, expected)
    # The backward pass in a vmap of its own, at the level that the forward pass had.
    mapped = vmap(lambda dy: torch.autograd.grad(y, x, dy, retain_graph=True)[0])(dys)
    assert torch.equal(mapped, expected)


@each_name
@each_form
def test_functional_call(name: str, form: str) -> None:
    model = network(name, form)
    parameters = {key: value.detach().clone() for key, value in model.named_parameters()}
    for parameter in model.parameters():
        nn.init.zeros_(parameter)

    def run(parameters: dict[str, Tensor], x: Tensor) -> Tensor:
        return loss(functional_call(model, parameters, (x,)))

    assert same(grad(run)(parameters, samples()), expected_gradients(name))
    # A gradient for each sample: their mean is that of the batch.
    each = vmap(grad(run), (None, 0), randomness="different")(parameters, samples().unsqueeze(1))
    assert same({key: value.mean(0) for key, value in each.items()}, expected_gradients(name))
