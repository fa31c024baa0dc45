"""Saving: parameters, graphs of native functions in a .nnp that loads back, and a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812
import nnabla.parametric_functions as PF  # noqa: N812
import numpy as np
import pytest
from nnabla.experimental.graph_converters import GraphConverter, IdentityModifier
from nnabla.utils.nnp_graph import NnpLoader
from nnabla.utils.save import save

from grl_nnabla import GradientReversal, MulScalar, ShakeShake, shake_shake
from grl_nnabla.native import native_functions
from grl_nnabla.shake_shake import MODES
from tests.grl_nnabla.graphs import backward, leaf
from tests.grl_nnabla.layers import Layer, every_factor, every_layer

X = np.random.RandomState(0).standard_normal((4, 3)).astype(np.float32)


@pytest.fixture(autouse=True)
def _own_parameters() -> Any:
    with nn.parameter_scope("", {}):
        yield


class Layers:
    """One of each layer."""

    def __init__(self, training: bool) -> None:
        self.reverse, self.mix, self.times = GradientReversal(0.5), ShakeShake(), MulScalar(3.0)
        self.mix.training = training

    def network(self, x: Any) -> Any:
        """The layers between parameters."""
        first = PF.affine(x, 2, name="first")
        mixed = self.mix(self.reverse(first), F.tanh(first))
        return PF.affine(self.times(mixed), 1, name="last")


def gradients(x: Any, y: Any, weights: list[Any]) -> list[Any]:
    x.d = X
    y.forward()
    for weight in weights:
        weight.need_grad = True
        weight.grad.zero()
    y.backward()
    return [y.d.copy(), *(weight.g.copy() for weight in weights)]


@pytest.mark.parametrize("training", [False, True])
def test_a_graph_of_native_functions_loads_back_and_still_reverses(
    tmp_path: Path, training: bool
) -> None:
    layers = Layers(training)
    x = nn.Variable(X.shape)
    with native_functions():
        y = layers.network(x)
    names: list[str] = []
    y.visit(lambda function: names.append(function.info.type_name))
    assert "Assign" in names
    path = str(tmp_path / "network.nnp")
    contents = {
        "networks": [
            {"name": "net", "batch_size": 4, "outputs": {"y": y}, "names": {"x": x}},
        ],
        "executors": [{"name": "run", "network": "net", "data": ["x"], "output": ["y"]}],
    }
    save(path, contents)
    parameters = nn.get_parameters()
    ours = gradients(x, y, list(parameters.values()))
    python = gradients(x, layers.network(x), list(parameters.values()))
    loaded = NnpLoader(path).get_network("net", batch_size=4)
    weights = [loaded.variables[name] for name in parameters]
    theirs = gradients(loaded.inputs["x"], loaded.outputs["y"], weights)
    if training:  # it draws on: two passes differ
        again = gradients(loaded.inputs["x"], loaded.outputs["y"], weights)
        assert (theirs[0] != again[0]).any()
        return
    for a, b, c in zip(ours, theirs, python, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_allclose(a, c, rtol=1e-5, atol=1e-6)


def test_variables_are_inputs_of_a_native_graph() -> None:
    alpha, beta = (nn.Variable.from_numpy_array(np.array(0.5)) for _ in range(2))
    x0, x1 = leaf([[1.0]]), leaf([[2.0]])
    with native_functions():
        y = shake_shake(x0, x1, alpha, beta)
    by_beta, by_alpha = y.parent.inputs
    assert by_beta.need_grad
    assert not by_alpha.need_grad  # its gradient would be zeros, and a second backward pass
    alpha.d, beta.d = 0.25, 0.75
    y.forward()
    for x in (x0, x1):
        x.grad.zero()
    y.backward()
    assert [y.d, x0.g, x1.g] == [1.75, 0.75, 0.25]


def test_what_a_nnp_cannot_keep_is_refused() -> None:
    x = leaf(np.ones((2, 3)))
    wanted = "alpha must be a number or a Variable here, got an array: a .nnp file keeps none"
    with native_functions():
        with pytest.raises(ValueError, match=f"^{wanted}$"):
            shake_shake(x, x, np.ones((2, 1)), 0.5)
        with pytest.raises(ValueError, match=r"^rng must be None here: .*$"):
            ShakeShake(rng=np.random.RandomState(0))(x, x)


@every_layer
@pytest.mark.parametrize("as_module", [False, True])
def test_proto_variables(layer: Layer, as_module: bool, tmp_path: Path) -> None:
    """A graph_def runs, is saved, loads back, and still has the declared gradient."""
    apply = layer.module() if as_module else layer.function
    xs = layer.leaves()
    protos = [nn.ProtoVariable(x.shape, name=f"x{i}") for i, x in enumerate(xs)]
    with nn.graph_def.graph() as graph, native_functions():
        apply(*protos)
    graph.save(path := str(tmp_path / "graph.nnp"))
    for each in (graph, nn.graph_def.load(path, batch_size=2)):
        dxs = backward(y := each(*xs), xs, np.ones((2, 3)))
        np.testing.assert_array_equal(y.d, layer.value(xs))
        for dx, weight in zip(dxs, layer.backward, strict=True):
            np.testing.assert_array_equal(dx, np.full((2, 3), weight))


@pytest.mark.parametrize("mode", MODES)
def test_a_graph_def_of_each_mode_has_one_output(mode: str) -> None:
    """nnabla makes one of whatever is not read, such as a coefficient that is drawn in vain."""
    mix = ShakeShake(mode)
    with nn.graph_def.graph() as graph, native_functions():
        mix(nn.ProtoVariable(X.shape, name="x0"), nn.ProtoVariable(X.shape, name="x1"))
    y = graph(x0 := leaf(np.ones(X.shape)), leaf(np.zeros(X.shape)))
    y.forward()
    x0.grad.zero()
    y.backward()
    drawn = [len(np.unique(values)) == 4 for values in (y.d, x0.g)]
    assert drawn == [mode.startswith("shake"), not mode.endswith("even")]


@pytest.mark.parametrize("level", ["image", "batch"])
def test_a_graph_def_draws_in_every_forward_pass(level: str) -> None:
    mix = ShakeShake(level=level)
    with nn.graph_def.graph() as graph, native_functions():
        mix(nn.ProtoVariable(X.shape, name="x0"), nn.ProtoVariable(X.shape, name="x1"))
    x0, x1 = leaf(np.ones(X.shape)), leaf(np.zeros(X.shape))
    y = graph(x0, x1)
    seen = []
    for _ in range(2):
        y.forward()
        x0.grad.zero()
        y.backward()
        seen += [y.d[:, 0].copy(), x0.g[:, 0].copy()]
    assert [len(np.unique(values)) for values in seen] == [4 if level == "image" else 1] * 4
    assert len(np.unique(seen)) == len(np.unique(seen[0])) * 4


@every_factor
def test_proto_variables_are_refused_where_they_cannot_work(name: str, layer: Any) -> None:
    x = nn.ProtoVariable((2, 3))
    with pytest.raises(TypeError, match=r"^x0? must be .*, got a ProtoVariable: .* within .*$"):
        layer(x, 0.25)
    wanted = f"{name} must be one number here: a ProtoVariable's graph keeps no others"
    for factor in (np.ones((2, 1)), nn.Variable.from_numpy_array(np.array(0.25))):
        with native_functions(), pytest.raises(ValueError, match=f"^{wanted}$"):
            layer(x, factor)


@every_layer
def test_graph_converter(layer: Layer) -> None:
    """It knows nnabla's own functions, and no PythonFunction, nor F.rand, which has no input."""
    xs = layer.leaves()
    converter = GraphConverter([IdentityModifier()])
    with native_functions():
        y = converter.convert(
            F.mul_scalar(layer.function(*[F.add_scalar(x, 0.0) for x in xs]), 2.0)
        )
    y.forward()
    np.testing.assert_array_equal(y.d, 2 * layer.value(xs))
    with pytest.raises(AttributeError, match=r"nnabla\.function"):
        converter.convert(layer.function(*xs))


def test_save_parameters(tmp_path: Path) -> None:
    """The layers add nothing to what is saved, and nothing is missing."""
    x, path = nn.Variable.from_numpy_array(X), str(tmp_path / "parameters.h5")
    y = Layers(training=False).network(x)
    y.forward()
    nn.save_parameters(path)
    assert set(nn.get_parameters()) == {f"{n}/affine/{w}" for n in ("first", "last") for w in "Wb"}
    nn.clear_parameters()
    nn.load_parameters(path)
    z = Layers(training=False).network(x)
    z.forward()
    np.testing.assert_array_equal(z.d, y.d)


def test_a_picture_of_a_graph() -> None:
    pytest.importorskip("graphviz", reason="nnabla's SimpleGraph needs graphviz")
    from nnabla.experimental.viewers import SimpleGraph  # noqa: PLC0415

    x = nn.Variable(X.shape)
    source = SimpleGraph().create_graphviz_digraph(Layers(training=True).network(x)).source
    assert source.count("[label=Callback ") == 3  # nnabla's word for every PythonFunction
