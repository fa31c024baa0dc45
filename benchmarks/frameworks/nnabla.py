"""nnabla: a static graph, built once and run many times."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import numpy as np
from nnabla.ext_utils import get_extension_context, import_extension_module

from benchmarks import clock
from benchmarks.frameworks.bench import Arrays, Operations
from benchmarks.operations import NumpyOperations

GPU = "0"


class NnablaBench:
    """See :class:`benchmarks.frameworks.bench.Bench` for every method."""

    def __init__(self, device: str = "cpu") -> None:
        self.device = device
        nn.set_default_context(_context(device))

    def describe(self) -> dict[str, Any]:
        return {
            "version": nn.__version__,
            "device": _gpu_name() if self.device == "cuda" else "cpu",
            # Its own functions turn float64 into float32, and there is no bfloat16.
            "dtypes": ["float16", "float32"],
        }

    def graph(self, subject: Callable[..., Any], arrays: Arrays) -> NnablaGraph:
        # Its own functions compute, and its arrays stay, in float16 only where they are told to.
        half = arrays.inputs[0].dtype == np.float16
        with nn.context_scope(_context(self.device, "half" if half else "float")):
            return NnablaGraph(subject, arrays)

    def operations(self, threads: int) -> Operations:
        return NnablaCpuOperations(threads) if self.device == "cpu" else NnablaOperations()

    def cache_bytes(self) -> int:
        return _gpu_cache_bytes() if self.device == "cuda" else 0

    def elapsed(self, run: Callable[[], None], loops: int) -> float:
        if self.device == "cpu":
            return clock.elapsed(run, loops)
        gpu = import_extension_module("cudnn")
        gpu.device_synchronize(GPU)
        begun = time.perf_counter()
        clock.elapsed(run, loops)
        gpu.device_synchronize(GPU)
        return time.perf_counter() - begun

    def set_threads(self, threads: int) -> None:
        """nnabla has one thread on a CPU: its wheels are built without OpenMP."""


class NnablaGraph:
    """See :class:`benchmarks.frameworks.bench.Graph` for every method."""

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
        self.forward()

    # As a training loop calls it: what no gradient needs is freed on the way. The backward pass
    # frees nothing (clear_buffer), for another one over the same graph may follow. Neither makes
    # a measurable difference, be the layer one function or several.
    def forward(self) -> None:
        self.y.forward(clear_no_need_grad=True)

    def backward(self) -> None:
        for x in self.inputs:
            x.grad.zero()  # It only sets a flag: the next to write does not read what is there.
        self.y.backward(self.cotangent)

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


class NnablaCpuOperations(NumpyOperations):
    """numpy's, but for new memory, which nnabla has a cache of its own for."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self.owners: list[nn.NdArray] = []  # of the memory that ``own`` returned views of

    def own(self, values: Any) -> Any:
        self.owners.append(nn.NdArray(values.shape))
        view = self.owners[-1].get_data("w", values.dtype)
        self.copy(values, view)
        return view

    def fresh_copy(self, x: Any) -> None:
        self.copy(x, nn.NdArray(x.shape).get_data("w", x.dtype))


class NnablaOperations:
    """See :class:`benchmarks.frameworks.bench.Operations`: on a GPU, where numpy cannot reach."""

    def array(self, values: Any) -> nn.NdArray:
        array = nn.NdArray.from_numpy_array(values)
        array.cast(values.dtype, nn.get_current_context())  # moves it to the device
        return array

    def own(self, values: Any) -> nn.NdArray:
        return self.array(values)

    def empty(self, like: nn.NdArray) -> nn.NdArray:
        out = nn.NdArray(like.shape)
        self.copy(like, out)
        return out

    def copy(self, x: nn.NdArray, out: nn.NdArray) -> None:
        # Where x is and in its dtype: the current context would make float32 of it.
        out.copy_from(x, use_current_context=False)

    def fresh_copy(self, x: nn.NdArray) -> None:
        self.copy(x, nn.NdArray(x.shape))

    def multiply(self, x: nn.NdArray, factor: float, out: nn.NdArray) -> None:
        F.mul_scalar(x, factor, outputs=[out])

    def add(self, x: nn.NdArray, y: nn.NdArray, out: nn.NdArray) -> None:
        F.add2(x, y, outputs=[out])


def _context(device: str, type_config: str = "float") -> nn.Context:
    extension = "cudnn" if device == "cuda" else "cpu"
    return get_extension_context(extension, type_config=type_config)


def _variable(array: Any) -> nn.Variable:
    x = nn.Variable.from_numpy_array(array, need_grad=True)
    x.grad.cast(array.dtype)
    return x


# nnabla tells neither of these; the driver's own library does, which is there with any GPU.
# This has not been run: see docs/environments.md.
def _gpu_name() -> str:
    name = ctypes.create_string_buffer(256)
    _asked("cuDeviceGetName", name, len(name), int(GPU))
    return name.value.decode()


def _gpu_cache_bytes() -> int:
    size = ctypes.c_int()
    level_2_cache_size = 38  # CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE
    _asked("cuDeviceGetAttribute", ctypes.byref(size), level_2_cache_size, int(GPU))
    return size.value


def _asked(function: str, *arguments: Any) -> None:
    error = getattr(ctypes.CDLL("libcuda.so.1"), function)(*arguments)
    if error:
        raise RuntimeError(f"{function} of the CUDA driver failed with the error {error}")
