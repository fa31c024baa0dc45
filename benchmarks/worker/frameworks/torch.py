"""torch: a graph is recorded by each forward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from benchmarks.worker.frameworks.bench import Arrays, Bench
from benchmarks.worker.operations import Operations
from conformance.remote import Bits


class TorchBench(Bench):
    """See :class:`benchmarks.worker.frameworks.bench.Bench` for every method."""

    version = str(torch.__version__)
    dtypes = ("float16", "bfloat16", "float32", "float64")

    def __init__(self, device: str = "cpu") -> None:
        super().__init__(device)
        torch.empty(1, device=device)  # raises where there is no such device
        self.module = torch.get_device_module(device)
        torch.set_num_threads(1)  # as many as numpy and nnabla use on a CPU

    def graph(self, subject: Callable[..., Any], arrays: Arrays) -> TorchGraph:
        return TorchGraph(subject, arrays, self)

    def operations(self) -> Any:
        return TorchOperations() if self.device == "cpu" else DeviceOperations(self)

    def synchronize(self) -> None:
        self.module.synchronize()

    def tensor(self, array: Any) -> torch.Tensor:
        """A tensor that, on the CPU, shares the array's memory."""
        if isinstance(array, Bits):
            return torch.from_numpy(array.bits).view(torch.bfloat16).to(self.device)
        return torch.from_numpy(array).to(self.device)


class TorchGraph:
    """See :class:`benchmarks.worker.frameworks.bench.Graph` for every method."""

    def __init__(self, subject: Callable[..., Any], arrays: Arrays, bench: TorchBench) -> None:
        self.subject = subject
        self.inputs = [bench.tensor(array).requires_grad_() for array in arrays.inputs]
        self.cotangent = bench.tensor(arrays.cotangent)
        self.gradients = [bench.tensor(array) for array in arrays.gradients]
        self.coefficients = [
            value if isinstance(value, float) else bench.tensor(value)
            for value in arrays.coefficients.values()
        ]
        self.y: Any = None

    def forward(self) -> None:
        self.y = self.subject(*self.inputs, *self.coefficients)

    def backward(self) -> None:
        for x in self.inputs:
            x.grad = None
        self.y.backward(self.cotangent, retain_graph=True)

    def both(self) -> None:
        for x in self.inputs:
            x.grad = None
        self.y = self.subject(*self.inputs, *self.coefficients)
        self.y.backward(self.cotangent)

    def accumulate(self) -> None:
        self.y.backward(self.cotangent, retain_graph=True)

    def fill_gradients(self) -> None:
        for x, gradient in zip(self.inputs, self.gradients, strict=True):
            x.grad = gradient.clone()

    def output(self) -> Any:
        return _array(self.y)

    def input_gradients(self) -> list[Any]:
        return [None if x.grad is None else _array(x.grad) for x in self.inputs]


def _array(tensor: torch.Tensor) -> Any:
    values = tensor.detach().cpu()
    if values.dtype == torch.bfloat16:
        return Bits("bfloat16", values.view(torch.uint16).numpy())
    return np.asarray(values)


class TorchOperations(Operations):
    """numpy's, but for new memory, which torch has an allocator of its own for."""

    def own(self, values: Any) -> Any:
        return torch.from_numpy(values).clone().numpy()

    def fresh_copy(self, x: Any) -> None:
        torch.from_numpy(x).clone()


class DeviceOperations:
    """On a GPU, where numpy cannot reach."""

    def __init__(self, bench: TorchBench) -> None:
        self.array = bench.tensor
        self.empty = torch.zeros_like

    def copy(self, x: torch.Tensor, out: torch.Tensor) -> None:
        out.copy_(x)

    def fresh_copy(self, x: torch.Tensor) -> None:
        x.clone()
