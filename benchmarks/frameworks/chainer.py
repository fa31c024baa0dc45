"""Chainer: a graph is recorded by each forward pass; arrays are numpy's, or CuPy's on a GPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import chainer
from chainer import Variable
from chainer.backends.cuda import cupy, to_cpu

from benchmarks import clock
from benchmarks.frameworks.bench import Arrays, Operations
from benchmarks.operations import NumpyOperations


class ChainerBench:
    """See :class:`benchmarks.frameworks.bench.Bench` for every method."""

    def __init__(self, device: str = "cpu") -> None:
        self.on_gpu = device == "cuda"
        self.device = chainer.get_device("@cupy:0" if self.on_gpu else "@numpy")

    def describe(self) -> dict[str, Any]:
        return {
            "version": chainer.__version__,
            "device": _gpu_name() if self.on_gpu else "cpu",
            "dtypes": ["float16", "float32", "float64"],
        }

    def graph(self, subject: Callable[..., Any], arrays: Arrays) -> ChainerGraph:
        return ChainerGraph(subject, arrays, self.device)

    def operations(self, threads: int) -> Operations:
        return CupyOperations() if self.on_gpu else NumpyOperations(threads)

    def cache_bytes(self) -> int:
        return int(cupy.cuda.Device().attributes["L2CacheSize"]) if self.on_gpu else 0

    def elapsed(self, run: Callable[[], None], loops: int) -> float:
        if not self.on_gpu:
            return clock.elapsed(run, loops)
        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        cupy.cuda.Device().synchronize()
        begin.record()
        clock.elapsed(run, loops)
        end.record()
        end.synchronize()
        milliseconds: float = cupy.cuda.get_elapsed_time(begin, end)
        return milliseconds / 1e3

    def set_threads(self, threads: int) -> None:
        """There is nothing to set: numpy computes elementwise on one core."""


class ChainerGraph:
    """See :class:`benchmarks.frameworks.bench.Graph` for every method.

    ``y.grad = dy; y.backward()`` is what Chainer documents, and it always keeps the graph. At one
    element ``chainer.backward([y], [dy])`` is about a tenth faster, but its documentation calls
    it experimental; ``chainer.grad`` does not add to the gradients that are there.
    """

    def __init__(self, subject: Callable[..., Any], arrays: Arrays, device: Any) -> None:
        self.subject = subject
        # On the CPU these share the memory of what is given, as Chainer does with any array.
        self.inputs = [Variable(device.send(array)) for array in arrays.inputs]
        self.cotangent = device.send(arrays.cotangent)
        self.gradients = [device.send(array) for array in arrays.gradients]
        self.coefficients = [
            value if isinstance(value, float) else device.send(value)
            for value in arrays.coefficients.values()
        ]
        self.forward()

    def forward(self) -> None:
        self.y = self.subject(*self.inputs, *self.coefficients)

    def backward(self) -> None:
        for x in self.inputs:
            x.cleargrad()
        self.y.grad = self.cotangent
        self.y.backward()

    def both(self) -> None:
        self.forward()
        self.backward()

    def accumulate(self) -> None:
        self.y.grad = self.cotangent
        self.y.backward()

    def fill_gradients(self) -> None:
        for x, gradient in zip(self.inputs, self.gradients, strict=True):
            x.grad = gradient.copy()  # a subject may add in place

    def output(self) -> Any:
        return to_cpu(self.y.array)

    def input_gradients(self) -> list[Any]:
        return [to_cpu(x.grad) for x in self.inputs]


class CupyOperations:
    """See :class:`benchmarks.frameworks.bench.Operations`: on a GPU, where numpy cannot reach."""

    def array(self, values: Any) -> Any:
        return cupy.asarray(values)

    def own(self, values: Any) -> Any:
        return self.array(values)

    def empty(self, like: Any) -> Any:
        return cupy.zeros_like(like)

    def copy(self, x: Any, out: Any) -> None:
        cupy.copyto(out, x)

    def fresh_copy(self, x: Any) -> None:
        x.copy()

    def multiply(self, x: Any, factor: float, out: Any) -> None:
        cupy.multiply(x, x.dtype.type(factor), out=out)

    def add(self, x: Any, y: Any, out: Any) -> None:
        cupy.add(x, y, out=out)


def _gpu_name() -> str:
    return str(cupy.cuda.runtime.getDeviceProperties(0)["name"].decode())
