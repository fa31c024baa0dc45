"""torch.export: PyTorch drops a Function's backward in silence; here it has to be there still."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.export import ExportedProgram
from torch.fx.experimental.proxy_tensor import make_fx
from torch.library import opcheck

from grl_torch import (
    GradientReversal,
    MulScalar,
    gradient_reversal,
    mul_scalar,
    shake_branches,
    shake_shake,
)
from tests.grl_torch.declared import normal, tangent
from tests.grl_torch.versions import since

COLUMN = torch.tensor([[0.5], [0.25], [2.0], [0.375], [0.125]])
Layer = Callable[[Tensor, Tensor], Tensor]
LAYERS: dict[str, Layer] = {  # of the features, and a column of numbers per sample
    "reversal": lambda h, _: gradient_reversal(h, 0.5),
    "reversal, copied": lambda h, _: gradient_reversal(h, 0.5, copy=True).relu_(),
    "reversal per sample": gradient_reversal,
    "scalar": lambda h, _: mul_scalar(h, 0.37),
    "shake": lambda h, _: shake_shake(h, 2 * h, 0.25, 0.75),
    "shake per image": lambda h, column: shake_shake(h, 2 * h, column, column.flip(0)),
    "three branches": lambda h, column: shake_branches((h, 2 * h, -h), (0.25, column), (0.5, 0.1)),
}


class Network(nn.Module):
    column: Tensor

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.register_buffer("column", COLUMN.clone())
        self.first, self.layer, self.last = nn.Linear(3, 4), layer, nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.last(self.layer(self.first(x), self.column))
        return y


def _loaded(program: ExportedProgram) -> ExportedProgram:
    file = io.BytesIO()
    torch.export.save(program, file)
    file.seek(0)
    return torch.export.load(file)


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
def test_trains_as_in_eager_mode(layer: Layer, strict: bool) -> None:
    network, x = Network(layer).double(), normal(5, 3)
    # A copy, for the program shares the parameters of what it was exported from.
    exported = torch.export.export(copy.deepcopy(network), (x,), strict=strict)
    loaded, decomposed = _loaded(exported), exported.run_decompositions()
    forms = [exported, loaded, decomposed, loaded.run_decompositions(), _loaded(decomposed)]
    before, trained = copy.deepcopy(network.state_dict()), _trained(network, x)
    for form in forms:
        module = form.module()
        # A strict export leaves out a buffer that is not used.
        module.load_state_dict({key: before[key] for key in module.state_dict()})
        for got, expected in zip(_trained(module, x), trained, strict=True):
            # Not bit by bit: a program may add in another order, and fuse other products and sums.
            torch.testing.assert_close(got, expected)


def _exported_reversal() -> nn.Module:
    class Reversal(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return gradient_reversal(x, 0.5)

    return torch.export.export(Reversal(), (normal(3),), strict=False).module()


def _tangent(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    return tangent(function, x, torch.ones_like(x))


def _pushed(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    tangent: Tensor = torch.func.jvp(function, (x,), (torch.ones_like(x),))[1]
    return tangent


# torch.compile looks whether its inputs have one, and hides that only where no filter is set.
looks_for_gradients = pytest.mark.filterwarnings(
    r"ignore:The \.grad attribute of a Tensor that is not a leaf"
)


@pytest.mark.parametrize("derive", [_tangent, _pushed])
@pytest.mark.parametrize("wanted", [False, True], ids=["", "with a gradient"])
@looks_for_gradients
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


@pytest.mark.parametrize("gradients", [True, False])
def test_forward_mode_in_a_program_is_an_error(gradients: bool) -> None:
    class Tangent(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return _tangent(lambda v: gradient_reversal(v, 0.5), x)

    error = pytest.raises(NotImplementedError, match="recorded program has no forward mode")
    with torch.set_grad_enabled(gradients), error:
        torch.export.export(Tangent(), (normal(3),), strict=False)


@looks_for_gradients
def test_operator() -> None:
    """PyTorch's own check of the registrations, and that for vmap."""
    operator = torch.ops.grl_torch.with_derivative_of.default
    value, surrogate = torch.randn(3, 4), torch.randn(3, 4, requires_grad=True)
    opcheck(operator, (value, surrogate))
    one = value[:, 0]
    assert torch.equal(torch.vmap(operator, in_dims=(1, None))(value, one), value.mT)
    assert torch.equal(torch.vmap(operator, in_dims=(None, 1))(one, surrogate), one.expand(4, 3))


def _operators(program: ExportedProgram) -> set[str]:
    return {str(node.target) for node in program.graph.nodes if "grl_torch" in str(node.target)}


MODULES: dict[str, Callable[[], nn.Module]] = {
    "reversal": lambda: GradientReversal(0.5),
    "reversal, copied": lambda: GradientReversal(0.5, copy=True),
    "scalar": lambda: MulScalar(0.5),
}


knows = since("2.12", "Dynamo takes compiled code for an export too (pytorch issue 176347)")


@pytest.mark.parametrize("module", MODULES.values(), ids=MODULES)
@pytest.mark.parametrize("strict", [False, pytest.param(True, marks=knows)])
def test_a_program_for_inference_holds_no_operator(
    module: Callable[[], nn.Module], strict: bool
) -> None:
    """In eval mode, or without gradients, the layers are what PyTorch has: nothing to import."""
    model, x = nn.Sequential(nn.Linear(3, 4), module(), nn.Tanh()), torch.randn(5, 3)
    trained = torch.export.export(model, (x,), strict=strict)
    assert bool(_operators(trained)) == isinstance(model[1], GradientReversal)
    with torch.no_grad():
        programs = [torch.export.export(model, (x,), strict=strict)]
    programs.append(torch.export.export(model.eval(), (x,), strict=strict))
    for program in programs:
        assert _operators(program) == set()
        assert torch.equal(program.module()(x), model(x))


def test_a_program_for_inference_has_no_gradient_from_a_reversal() -> None:
    """And so none of the wrong sign."""
    layer, x = GradientReversal(0.5).eval(), torch.randn(3)
    program = torch.export.export(layer, (x,), strict=False).module()
    assert not program(torch.randn(3, requires_grad=True)).requires_grad


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("gradients", [True, False])
def test_a_program_that_derives_is_not_for_inference(
    training: bool, strict: bool, gradients: bool
) -> None:
    """PyTorch cannot record that, and a derivative of the forward pass would be silent."""

    class Tangent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.reverse = GradientReversal(0.5)

        def forward(self, x: Tensor) -> Tensor:
            return _pushed(self.reverse, x)

    model = Tangent().train(training)
    with torch.set_grad_enabled(gradients), pytest.raises((AssertionError, RuntimeError)):
        torch.export.export(model, (torch.ones(3),), strict=strict)


@pytest.mark.filterwarnings("ignore")  # of Inductor's own
def test_compiled_ahead_of_time(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(3, 4), GradientReversal(0.5), MulScalar(0.37)).eval()
    x = torch.randn(5, 3)
    program = torch.export.export(model, (x,))
    file = torch._inductor.aoti_compile_and_package(
        program, package_path=str(tmp_path / "model.pt2")
    )
    torch.testing.assert_close(torch._inductor.aoti_load_package(file)(x), model(x))
