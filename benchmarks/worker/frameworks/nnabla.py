"""nnabla: a static graph, built once and run many times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nnabla as nn
import numpy as np
from nnabla.ext_utils import get_extension_context, import_extension_module

from benchmarks.worker.frameworks.bench import Arrays, Bench
from benchmarks.worker.operations import Operations

EXTENSIONS = {"cpu": "cpu", "cuda": "cudnn"}


class NnablaBench(Bench):
    """See :class:`benchmarks.worker.frameworks.bench.Bench` for every method."""

    version = nn.__version__
    # Its own functions turn float64 into float32, and there is no bfloat16.
    dtypes = ("float16", "float32")

    def __init__(self, device: str = "cpu") -> None:
        super().__init__(device)
        self.extension = EXTENSIONS[device]
        nn.set_default_context(get_extension_context(self.extension))

    def graph(self, subject: Callable[..., Any], arrays: Arrays) -> NnablaGraph:
        # Its own functions compute, and its arrays stay, in float16 only where they are told to.
        kind = "half" if arrays.inputs[0].dtype == np.float16 else "float"
        with nn.context_scope(get_extension_context(self.extension, type_config=kind)):
            return NnablaGraph(subject, arrays)

    def operations(self) -> Any:
        return NnablaOperations() if self.device == "cpu" else DeviceOperations()

    def synchronize(self) -> None:
        import_extension_module(self.extension).device_synchronize("0")


class NnablaGraph:
    """See :class:`benchmarks.worker.frameworks.bench.Graph` for every method."""

    def __init__(self, subject: Callable[..., Any], arrays: Arrays) -> None:
        self.inputs = [_variable(array) for array in arrays.inputs]
        # An NdArray is taken as it is, where a numpy array would be copied by every pass.
        self.cotangent = nn.NdArray.from_numpy_array(arrays.cotangent)
        self.gradients = arrays.gradients
        coefficients = [
            value if isinstance(value, float) else nn.NdArray.from_numpy_array(value)
            for value in arrays.coefficients.values()
        ]
        self.y = subject(*self.inputs, *coefficients)

    # As a training loop calls it: what no gradient needs is freed on the way. The backward pass
    # frees nothing (clear_buffer), for another one over the same graph may follow. Neither makes
    # a measurable difference, be the layer one function or several.
    def forward(self) -> None:
        self.y.forward(clear_no_need_grad=True)

    def backward(self) -> None:
        for x in self.inputs:
            x.grad.zero()  # It only sets a flag: the next to write does not read what is there.
        self.accumulate()

    def both(self) -> None:
        self.forward()
        self.backward()

    def accumulate(self) -> None:
        self.y.backward(self.cotangent)

    def fill_gradients(self) -> None:
        for x, gradient in zip(self.inputs, self.gradients, strict=True):
            x.grad.data = gradient

    def output(self) -> Any:
        return self.y.data.get_data("r")

    def input_gradients(self) -> list[Any]:
        return [None if x.grad.zeroing else x.grad.get_data("r") for x in self.inputs]


def _variable(array: Any) -> nn.Variable:
    x = nn.Variable.from_numpy_array(array, need_grad=True)
    if array.dtype != np.float32:
        x.grad.cast(array.dtype)  # this allocates it
    return x


class NnablaOperations(Operations):
    """numpy's, but for new memory, which nnabla has a cache of its own for."""

    def own(self, values: Any) -> Any:
        view = nn.NdArray(values.shape).get_data("w", values.dtype)
        self.copy(values, view)
        return view

    def fresh_copy(self, x: Any) -> None:
        self.copy(x, nn.NdArray(x.shape).get_data("w", x.dtype))


class DeviceOperations:
    """On a GPU, where numpy cannot reach; they run on a CPU too."""

    def array(self, values: Any) -> nn.NdArray:
        array = nn.NdArray.from_numpy_array(values)
        array.cast(values.dtype, nn.get_current_context())  # moves it to the device
        return array

    def empty(self, like: nn.NdArray) -> nn.NdArray:
        out = nn.NdArray(like.shape)
        self.copy(like, out)
        return out

    def copy(self, x: nn.NdArray, out: nn.NdArray) -> None:
        # Where x is and in its dtype: the current context would make float32 of it.
        out.copy_from(x, use_current_context=False)

    def fresh_copy(self, x: nn.NdArray) -> None:
        self.copy(x, nn.NdArray(x.shape))
