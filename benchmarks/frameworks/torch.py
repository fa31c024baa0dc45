"""torch: a graph is recorded by each forward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from benchmarks import clock
from benchmarks.frameworks.bench import Arrays, Operations
from benchmarks.operations import NumpyOperations
from conformance.remote import Bits


class TorchBench:
    """See :class:`benchmarks.frameworks.bench.Bench` for every method."""

    def __init__(self, device: str = "cpu") -> None:
        self.device = device

    def describe(self) -> dict[str, Any]:
        cuda = torch.cuda.get_device_name() if self.device == "cuda" else ""
        return {
            "version": str(torch.__version__),
            "device": cuda or "cpu",
            "dtypes": ["float16", "bfloat16", "float32", "float64"],
        }

    def graph(self, subject: Callable[..., Any], arrays: Arrays) -> TorchGraph:
        return TorchGraph(subject, arrays, self.device)

    def operations(self, threads: int) -> Operations:
        return TorchCpuOperations(threads) if self.device == "cpu" else TorchOperations(self.device)

    def cache_bytes(self) -> int:
        return torch.cuda.get_device_properties().L2_cache_size if self.device == "cuda" else 0

    def elapsed(self, run: Callable[[], None], loops: int) -> float:
        if self.device == "cpu":
            return clock.elapsed(run, loops)
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda.synchronize()
        begin.record()
        clock.elapsed(run, loops)
        end.record()
        end.synchronize()
        milliseconds: float = begin.elapsed_time(end)
        return milliseconds / 1e3

    def set_threads(self, threads: int) -> None:
        torch.set_num_threads(threads)


class TorchGraph:
    """See :class:`benchmarks.frameworks.bench.Graph` for every method."""

    def __init__(self, subject: Callable[..., Any], arrays: Arrays, device: str) -> None:
        self.subject = subject
        self.inputs = [_tensor(array, device).requires_grad_() for array in arrays.inputs]
        self.cotangent = _tensor(arrays.cotangent, device)
        self.gradients = [_tensor(array, device) for array in arrays.gradients]
        self.coefficients = [
            value if isinstance(value, float) else _tensor(value, device)
            for value in arrays.coefficients.values()
        ]
        self.y: Any = None
        self.forward()

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


def _tensor(array: Any, device: str) -> torch.Tensor:
    """A tensor that, on the CPU, shares the array's memory."""
    if isinstance(array, Bits):
        return torch.from_numpy(array.bits).view(torch.bfloat16).to(device)
    return torch.from_numpy(array).to(device)


def _array(tensor: torch.Tensor) -> Any:
    values = tensor.detach().cpu()
    if values.dtype == torch.bfloat16:
        return Bits("bfloat16", values.view(torch.uint16).numpy())
    return np.asarray(values)


class TorchCpuOperations(NumpyOperations):
    """numpy's, but for new memory, which torch has an allocator of its own for."""

    def own(self, values: Any) -> Any:
        return torch.from_numpy(values).clone().numpy()

    def fresh_copy(self, x: Any) -> None:
        torch.from_numpy(x).clone()


class TorchOperations:
    """See :class:`benchmarks.frameworks.bench.Operations`: on a GPU, where numpy cannot reach."""

    def __init__(self, device: str) -> None:
        self.device = device

    def array(self, values: Any) -> torch.Tensor:
        return _tensor(values, self.device)

    def own(self, values: Any) -> torch.Tensor:
        return self.array(values).clone()

    def empty(self, like: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(like)

    def copy(self, x: torch.Tensor, out: torch.Tensor) -> None:
        out.copy_(x)

    def fresh_copy(self, x: torch.Tensor) -> None:
        x.clone()

    def multiply(self, x: torch.Tensor, factor: float, out: torch.Tensor) -> None:
        torch.mul(x, factor, out=out)

    def add(self, x: torch.Tensor, y: torch.Tensor, out: torch.Tensor) -> None:
        torch.add(x, y, out=out)
