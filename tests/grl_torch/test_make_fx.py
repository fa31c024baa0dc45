"""make_fx: PyTorch drops a Function's backward in silence; the recorded graph has to have it."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.func import functional_call, grad, hessian, jacfwd, jacrev, jvp, vjp, vmap
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils.checkpoint import checkpoint

from grl_torch import ShakeShake, gradient_reversal, shake_branches
from tests.grl_torch.declared import (
    LAYERS,
    Declared,
    each_layer,
    each_number,
    gradient,
    normal,
    tangent,
)
from tests.grl_torch.networks import each_form, each_name, loss, network, samples

Run = Callable[..., Any]
each_mode = pytest.mark.parametrize("mode", ["real", "fake", "symbolic"])
each_stage = pytest.mark.parametrize("pre_dispatch", [False, True], ids=["", "pre_dispatch"])


@each_layer
@each_number
@each_mode
@each_stage
@pytest.mark.parametrize("wanted", [False, True], ids=["", "with a gradient"])
def test_trained(layer: Declared, number: Any, mode: Any, pre_dispatch: bool, wanted: bool) -> None:
    """Whether the tensor that it was recorded with has a gradient makes no difference."""
    tensors = (number,) if isinstance(number, Tensor) else ()

    def call(x: Tensor, *tensors: Tensor) -> Tensor:
        return layer.call(x, *tensors or (number,))

    example = normal(4, 3).requires_grad_(wanted)
    run = make_fx(call, tracing_mode=mode, pre_dispatch=pre_dispatch)(example, *tensors)
    x, dy = normal(4, 3).requires_grad_(), normal(4, 3).requires_grad_()
    y = run(x, *tensors)
    assert torch.equal(y, call(x, *tensors))
    (dx,) = torch.autograd.grad(y, x, dy, create_graph=True)
    assert torch.equal(dx, layer.factor(number) * dy)
    assert torch.equal(gradient(dx, dy, y), layer.factor(number) * y)


@each_mode
@each_stage
def test_more_branches(mode: Any, pre_dispatch: bool) -> None:
    def call(*branches: Tensor) -> Tensor:
        return shake_branches(branches, (0.25, 0.5), (0.125, 0.375))

    branches = [normal(4, 3).requires_grad_() for _ in range(3)]
    y = make_fx(call, tracing_mode=mode, pre_dispatch=pre_dispatch)(*branches)(*branches)
    dy = normal(4, 3)
    found = torch.autograd.grad(y, branches, dy)
    assert torch.equal(y, call(*branches))
    for dx, beta in zip(found, (0.125, 0.375, 0.5), strict=True):
        assert torch.equal(dx, beta * dy)


@each_name
@each_form
@each_mode
@each_stage
def test_network(name: str, form: str, mode: Any, pre_dispatch: bool) -> None:
    model, x = network(name, form), samples()

    def call(parameters: Any, x: Tensor) -> Tensor:
        return loss(functional_call(model, parameters, (x,)))

    parameters = dict(model.named_parameters())
    run = make_fx(call, tracing_mode=mode, pre_dispatch=pre_dispatch)(parameters, x)
    found = torch.autograd.grad(run(parameters, x), list(parameters.values()))
    expected = torch.autograd.grad(call(parameters, x), list(parameters.values()))
    for got, wanted in zip(found, expected, strict=True):
        assert wanted.any()
        assert torch.equal(got, wanted)


@each_mode
def test_shake_shake_module_draws_anew(mode: Any) -> None:
    layer = ShakeShake()
    ones, zeros = (maker(64, 3, requires_grad=True) for maker in (torch.ones, torch.zeros))
    run = make_fx(layer, tracing_mode=mode)(ones, zeros)
    alpha, again = run(ones, zeros), run(ones, zeros)
    beta, rest = torch.autograd.grad(alpha, (ones, zeros), torch.ones_like(alpha))
    assert len(alpha[:, 0].unique()) > 60
    assert not torch.equal(alpha, again)
    assert not torch.equal(alpha, beta)
    assert torch.equal(beta + rest, torch.ones_like(beta))


def _gradient_inside(f: Run, x: Tensor) -> Tensor:
    (dx,) = torch.autograd.grad(f(x).square().sum(), x, create_graph=True)
    return dx


TRANSFORMS: dict[str, Callable[[Run, Tensor], Tensor]] = {
    "grad": lambda f, x: grad(lambda v: f(v).square().sum())(x),
    "vjp": lambda f, x: vjp(f, x)[1](x)[0] * f(x),
    "jvp": lambda f, x: jvp(lambda v: f(v).square(), (x,), (torch.ones_like(x),))[1],
    "jacrev": lambda f, x: jacrev(lambda v: f(v).square())(x),
    "jacfwd": lambda f, x: jacfwd(lambda v: f(v).square())(x),
    "hessian": lambda f, x: hessian(lambda v: f(v).pow(3).sum())(x),
    "vmap": lambda f, x: vmap(f)(x),
    "vmap(grad)": lambda f, x: vmap(grad(lambda v: f(v).square().sum()))(x),
    "forward_ad": lambda f, x: tangent(lambda v: f(v).square(), x, torch.ones_like(x)),
    "autograd.grad": _gradient_inside,
    "checkpoint": lambda f, x: checkpoint(f, x, use_reentrant=False),
}


@each_layer
@each_mode
@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_transform(layer: Declared, mode: Any, transform: Callable[[Run, Tensor], Tensor]) -> None:
    """The value is right, and so is the gradient of what was recorded."""

    def call(x: Tensor) -> Tensor:
        return transform(lambda v: layer.call(v, 0.375), x)

    example = normal(4, 3).requires_grad_(transform is _gradient_inside)
    run = make_fx(call, tracing_mode=mode)(example)
    x = normal(4, 3).requires_grad_()
    y, expected = run(x), call(x)
    assert torch.equal(y, expected)
    dy = torch.randn_like(y)
    torch.testing.assert_close(gradient(y, x, dy), gradient(expected, x, dy))


AGAIN: dict[str, Callable[[Any, Tensor], Run]] = {
    "compiled": lambda run, x: torch.compile(run, backend="aot_eager", fullgraph=True),
    "inductor": lambda run, x: torch.compile(run, fullgraph=True),
    "exported": lambda run, x: torch.export.export(run, (x,)).module(),
    "recorded again": lambda run, x: make_fx(run)(x),
    "mapped": lambda run, x: lambda v: vmap(run)(v[None])[0],
    "pickled": lambda run, x: pickle.loads(pickle.dumps(run)),
}


@pytest.mark.parametrize("again", AGAIN.values(), ids=AGAIN)
def test_recorded_graph_goes_on(again: Callable[[Run, Tensor], Run]) -> None:
    x, dy = normal(4, 3).requires_grad_(), normal(4, 3)
    y = again(make_fx(lambda v: gradient_reversal(v, 0.375))(x), x)(x)
    assert torch.equal(y, x)
    assert torch.equal(gradient(y, x, dy), -0.375 * dy)


@each_layer
@pytest.mark.parametrize("transform", ["forward_ad", "jvp", "jacfwd", "grad"])
def test_transform_of_the_graph(layer: Declared, transform: str) -> None:
    """Multiplication is recorded as an operator of PyTorch's; for any other there is no rule."""
    derive, x = TRANSFORMS[transform], normal(4, 3)
    run = make_fx(lambda v: layer.call(v, 0.375))(normal(4, 3))
    if layer is LAYERS["mul_scalar"]:
        assert torch.equal(derive(run, x), derive(lambda v: layer.call(v, 0.375), x))
        return
    error = RuntimeError if transform == "grad" else NotImplementedError
    with pytest.raises(error, match=r"has no forward mode|In order to use an autograd"):
        derive(run, x)


# Of its own operators alone.
RUNS_WHAT_IT_RECORDS = torch.__version__ >= "2.9" and torch.__version__ < "2.13"


@each_layer
def test_transform_with_pre_dispatch_is_an_error(layer: Declared) -> None:
    """PyTorch refuses to record a Function, and on most versions cannot run its own operators."""

    def call(x: Tensor) -> Tensor:
        return layer.call(x, 0.375)

    record, x = make_fx(vmap(call), pre_dispatch=True), normal(4, 3)
    if layer is LAYERS["mul_scalar"] and RUNS_WHAT_IT_RECORDS:
        assert torch.equal(record(x)(x), call(x))
        return
    with pytest.raises((AssertionError, RuntimeError), match=r"not registered|escaped|NYI"):
        record(x)(x)
