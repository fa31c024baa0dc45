"""nnabla's memory: see :mod:`benchmarks.footprint`."""

from __future__ import annotations

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
from nnabla.ext_utils import import_extension_module

from benchmarks.footprint import Gauge
from benchmarks.frameworks.nnabla import NnablaGraph
from benchmarks.resident import Resident, Unmeasured


def gauge(device: str) -> Gauge:
    if device != "cpu":
        raise Unmeasured("nnabla does not tell how much of a GPU's memory is in use")
    return Resident(import_extension_module("cpu").clear_memory_cache)


def intermediate(x: nn.Variable) -> nn.Variable:
    return F.identity(x)  # in nnabla that is a copy


def forget(graph: NnablaGraph) -> None:
    # Clearing gives memory back to nnabla's cache. A static graph needs its variables themselves.
    graph.y.data.clear()
    for x in graph.inputs:
        x.grad.clear()
