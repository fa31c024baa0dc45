"""Tracers and counters that take the tensors of a ``state_dict``: fvcore, torch's own."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from grl_torch import GradientReversal
from tests.grl_torch.ecosystem.libraries import SCALE, Network, check_reverses, samples


def test_flop_counter() -> None:
    counts = []
    for layer in (GradientReversal(SCALE), nn.Identity()):
        model = Network()
        model.grl = layer  # type: ignore[assignment]
        with FlopCounterMode(display=False) as counter:
            model(samples()).sum().backward()
        counts.append(counter.get_total_flops())
    # 3 samples, 4 x 4 and 4 x 2 weights, 2 operations each; the backward pass of the first layer
    # has one product, that of the second has two.
    assert counts == [2 * 3 * (4 * 4 * 2 + 4 * 2 * 3)] * 2


def test_flop_counter_leaves_the_gradient_alone() -> None:
    model = Network()
    with FlopCounterMode(display=False):
        check_reverses(model.grl, SCALE, lambda: model(samples()))


@pytest.mark.parametrize("persistent", [False, True])
def test_graph_of_fvcore(persistent: bool) -> None:
    model = Network(persistent=persistent)
    # What FlopCountAnalysis begins with; it asks the state_dict for tensors.
    graph, y = torch.jit._get_trace_graph(  # type: ignore[attr-defined, no-untyped-call]
        model, (samples(),)
    )
    assert torch.equal(y, model(samples()))
    kinds = [node.kind() for node in graph.nodes()]
    assert kinds.count("aten::linear") == 2
