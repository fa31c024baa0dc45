"""Export to ONNX: the recipe of docs/chainer.md, and the names that it is made of."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from typing import Any

import chainer
import numpy as np
import pytest
from chainer import Chain, Variable, links

import grl_chainer
from grl_chainer import GradientReversal, MulScalar, ShakeShake
from tests.grl_chainer.layers import Layer, each_layer, random

PAGE = (Path(__file__).parents[2] / "docs" / "chainer.md").read_text("utf-8")
needs_onnx = pytest.mark.skipif(
    importlib.util.find_spec("onnx") is None, reason="not installed: onnx==1.15.0"
)


@each_layer
def test_nodes_have_the_public_names_that_converters_need(
    layer: Layer, factors: tuple[float, ...]
) -> None:
    node = layer(Variable(random(0))).creator_node
    name = type(node).__name__  # what onnx_chainer looks for among the converters
    assert name in grl_chainer.__all__
    assert getattr(grl_chainer, name) is type(node)
    assert name in PAGE


class Net(Chain):
    def __init__(self) -> None:
        super().__init__()
        with self.init_scope():
            self.linear = links.Linear(4, 4, initialW=random(1, shape=(4, 4)))
            self.reverse = GradientReversal(0.5)
            self.times = MulScalar(0.3)
            self.mix = ShakeShake()

    def forward(self, x: Any) -> Variable:
        h = self.linear(x)
        return self.mix(self.reverse(h), self.times(h))


@needs_onnx
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("ignore")  # of the export, which is experimental, and of onnx
def test_the_recipe_gives_the_same_values(dtype: Any) -> None:
    (recipe,) = re.findall(r"^```python\n(.*?)^```", PAGE.partition("## ONNX")[2], re.M | re.S)
    names: dict[str, Any] = {"np": np}
    exec(recipe, names)
    with chainer.using_config("dtype", dtype):
        net, x = Net(), random(0, dtype)
    converters = names["CONVERTERS"]
    model = names["onnx_chainer"].export(net, x, input_names=["x"], external_converters=converters)
    evaluator = importlib.import_module("onnx.reference").ReferenceEvaluator(model)
    (y,) = evaluator.run(None, {"x": x})
    with chainer.using_config("train", False):
        expected = net(x).array
    np.testing.assert_allclose(y, expected, rtol=32 * np.finfo(dtype).eps)
    assert y.dtype == dtype


@needs_onnx
@pytest.mark.filterwarnings("ignore")
def test_an_export_of_drawn_numbers_is_refused() -> None:
    export = importlib.import_module("onnx_chainer").export
    with pytest.raises(RuntimeError, match="nothing was drawn here"):
        export(Net(), random(0), train=True, external_converters={})
