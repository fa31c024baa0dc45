"""Chainer: a graph is recorded by each forward pass; arrays are numpy's, or CuPy's on a GPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import chainer
import numpy as np
from chainer import Variable
from chainer.backends.cuda import to_cpu

from benchmarks.worker.frameworks.bench import Arrays, Bench
from benchmarks.worker.operations import Operations


class ChainerBench(Bench):
    """See :class:`benchmarks.worker.frameworks.bench.Bench` for every method."""

    version = chainer.__version__
    dtypes = ("float16", "float32", "float64")

    def __init__(self, device: str = "cpu") -> None:
        super().__init__(device)
        self.place = chainer.get_device("@cupy:0" if device == "cuda" else "@numpy")

    def graph(self, subject: Callable[..., Any], arrays: Arrays) -> ChainerGraph:
        return ChainerGraph(subject, arrays, self.place)

    def operations(self) -> Operations:
        return Operations(self.place.xp)

    def synchronize(self) -> None:
        if self.place.xp is not np:
            self.place.xp.cuda.Device().synchronize()


class ChainerGraph:
    """See :class:`benchmarks.worker.frameworks.bench.Graph` for every method.

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
        self.y: Any = None

    def forward(self) -> None:
        self.y = self.subject(*self.inputs, *self.coefficients)

    def backward(self) -> None:
        for x in self.inputs:
            x.cleargrad()
        self.accumulate()

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
