"""torch.export: PyTorch drops a Function's backward in silence; here it has to be there still."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.export import ExportedProgram
from torch.fx.experimental.proxy_tensor import make_fx
from torch.library import opcheck

from grl_torch import gradient_reversal, mul_scalar, shake_branches, shake_shake
from tests.grl_torch.declared import normal

COLUMN = torch.tensor([[0.5], [0.25], [2.0], [0.375], [0.125]])
LAYERS: dict[str, Callable[[Tensor], Tensor]] = {
    "reversal": lambda h: gradient_reversal(h, 0.5),
    "reversal, copied": lambda h: gradient_reversal(h, 0.5, copy=True).relu_(),
    "reversal per sample": lambda h: gradient_reversal(h, COLUMN),
    "scalar": lambda h: mul_scalar(h, 0.37),
    "shake": lambda h: shake_shake(h, 2 * h, 0.25, 0.75),
    "shake per image": lambda h: shake_shake(h, 2 * h, COLUMN, COLUMN.flip(0)),
    "three branches": lambda h: shake_branches((h, 2 * h, -h), (0.25, COLUMN), (0.5, 0.125)),
}


class Network(nn.Module):
    def __init__(self, layer: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.first, self.layer, self.last = nn.Linear(3, 4), layer, nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.last(self.layer(self.first(x)))
        return y


def _loaded(program: ExportedProgram) -> ExportedProgram:
    file = io.BytesIO()
    torch.export.save(program, file)
    file.seek(0)
    return torch.export.load(file)


FORMS: dict[str, Callable[[ExportedProgram], ExportedProgram]] = {
    "exported": lambda program: program,
    "loaded": _loaded,
    "decomposed": lambda program: program.run_decompositions(),
    "loaded, decomposed": lambda program: _loaded(program).run_decompositions(),
    "decomposed, loaded": lambda program: _loaded(program.run_decompositions()),
}


def _trained(module: nn.Module, x: Tensor) -> list[Tensor]:
    """The output, the input's gradient, and all parameters after three steps."""
    optimiser = torch.optim.SGD(module.parameters(), 0.1, momentum=0.9)
    leaf = x.clone().requires_grad_()
    for _ in range(3):
        optimiser.zero_grad()
        y = module(leaf)
        y.square().sum().backward()
        optimiser.step()
    assert leaf.grad is not None
    return [y.detach(), leaf.grad, *(p.detach().clone() for p in module.parameters())]


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_trains_as_in_eager_mode(
    layer: Callable[[Tensor], Tensor],
    strict: bool,
    form: Callable[[ExportedProgram], ExportedProgram],
) -> None:
    network, x = Network(layer).double(), normal(5, 3)
    # A copy, for the program shares the parameters of what it was exported from.
    exported = form(torch.export.export(copy.deepcopy(network), (x,), strict=strict)).module()
    for got, expected in zip(_trained(exported, x), _trained(network, x), strict=True):
        # Not bit by bit: a program may add in another order, and fuse other products and sums.
        torch.testing.assert_close(got, expected)


def test_second_derivatives() -> None:
    network, x = Network(LAYERS["reversal"]), torch.randn(5, 3)
    exported = torch.export.export(network, (x,), strict=False).module()

    def penalty(module: nn.Module) -> Tensor:
        leaf = x.clone().requires_grad_()
        (dx,) = torch.autograd.grad(module(leaf).square().sum(), leaf, create_graph=True)
        (ddx,) = torch.autograd.grad(dx.square().sum(), leaf)
        return ddx

    assert torch.equal(penalty(exported), penalty(network))


def _exported_reversal() -> nn.Module:
    class Reversal(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return gradient_reversal(x, 0.5)

    return torch.export.export(Reversal(), (normal(3),), strict=False).module()


def test_under_vmap() -> None:
    exported, x = _exported_reversal(), normal(2, 3).requires_grad_()
    y = torch.vmap(exported.forward, in_dims=1)(x.mT)
    (dx,) = torch.autograd.grad(y.sum(), x)
    assert torch.equal(y, x)
    assert torch.equal(dx, torch.full_like(x, -0.5))


def test_compiled() -> None:
    exported, x = _exported_reversal(), normal(3).requires_grad_()
    compiled = torch.compile(exported, backend="aot_eager", fullgraph=True)
    (dx,) = torch.autograd.grad(compiled(x).sum(), x)
    assert torch.equal(dx, torch.full_like(x, -0.5))


def _tangent(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, torch.ones_like(x))
        tangent: Tensor = forward_ad.unpack_dual(function(dual)).tangent
        return tangent


def _pushed(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    tangent: Tensor = torch.func.jvp(function, (x,), (torch.ones_like(x),))[1]
    return tangent


@pytest.mark.parametrize("derive", [_tangent, _pushed])
@pytest.mark.parametrize("wanted", [False, True], ids=["", "with a gradient"])
# torch.compile looks whether its inputs have one, and hides that only where no filter is set.
@pytest.mark.filterwarnings(r"ignore:The \.grad attribute of a Tensor that is not a leaf")
def test_forward_mode_is_an_error(derive: Callable[..., Tensor], wanted: bool) -> None:
    """It would be a tangent of 0, or none."""
    exported, x = _exported_reversal(), normal(3).requires_grad_(wanted)
    compiled = torch.compile(exported, backend="aot_eager")
    runs: list[Callable[[Tensor], object]] = [
        lambda v: derive(exported, v),
        lambda v: derive(compiled, v),
        torch.compile(lambda v: derive(exported, v), backend="aot_eager"),
        make_fx(lambda v: derive(exported, v)),
        make_fx(lambda v: derive(exported, v), tracing_mode="symbolic"),
    ]
    for run in runs:
        # The second one is PyTorch's, where compiled code is asked for a gradient as well.
        with pytest.raises(NotImplementedError, match=r"has no forward mode|implement the jvp"):
            run(x)


def test_forward_mode_in_a_program_is_an_error() -> None:
    class Tangent(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return _tangent(lambda v: gradient_reversal(v, 0.5), x)

    with pytest.raises(NotImplementedError, match="recorded program has no forward mode"):
        torch.export.export(Tangent(), (normal(3),), strict=False)


def test_under_grad_is_an_error() -> None:
    exported, x = _exported_reversal(), normal(3)
    with pytest.raises(RuntimeError, match="In order to use an autograd"):
        torch.func.grad(lambda v: exported(v).sum())(x)


def test_operator() -> None:
    """PyTorch's own check of the registrations."""
    value, surrogate = torch.randn(3, 4), torch.randn(3, 4, requires_grad=True)
    opcheck(torch.ops.grl_torch.with_derivative_of.default, (value, surrogate))
