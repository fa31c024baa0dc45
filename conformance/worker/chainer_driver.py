"""Chainer: define-by-run, NumPy on the CPU and CuPy on a GPU."""

from __future__ import annotations

import gc
import io
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import chainer
import numpy as np
from chainer import Function, FunctionAdapter, FunctionNode, Link, Variable, functions, serializers
from chainer.backends import cuda

from ..procedures.driver import LAYOUTS, Driver


class ChainerDriver(Driver):
    """See :class:`Driver` for every method."""

    name = "chainer"

    def __init__(self, device: str = "cpu") -> None:
        self.device = device

    def describe(self) -> dict[str, Any]:
        on_gpu = self.device == "cuda"
        return {
            "version": chainer.__version__,
            "device": _gpu_name() if on_gpu else "cpu",
            "dtypes": ["float16", "float32", "float64"],
            "layouts": list(LAYOUTS),
            "views": True,
            "forward_mode": False,
            "integer_inputs": True,
            "global_mode": True,
            "autocast": False,
            "static_graph": False,
        }

    def is_usable(self) -> str | None:
        if self.device == "cpu":
            return None
        try:
            cuda.check_cuda_available()
            (cuda.cupy.ones(1) + 1).item()
        except RuntimeError as error:  # CUDARuntimeError is one
            return " ".join(str(error).split())
        return None

    def as_function(self, subject: Any, count: int) -> Callable[..., Variable] | None:
        if not isinstance(subject, type):
            return subject  # type: ignore[no-any-return]
        if issubclass(subject, FunctionNode):
            return lambda *given: subject(*given[count:]).apply(given[:count])[0]
        if issubclass(subject, Function):
            return lambda *given: subject(*given[count:])(*given[:count])
        return None

    def apply(
        self,
        layer: Any,
        inputs: Sequence[Variable],
        injected: Mapping[str, Any],
        training: bool = True,
    ) -> Variable:
        if isinstance(layer, Link):
            layer.to_device(self._device)
        with self.mode(layer, training):
            return layer(*inputs, **injected)

    def mode(self, layer: Any, training: bool) -> AbstractContextManager[Any]:
        return chainer.using_config("train", training)  # type: ignore[no-any-return]

    def coefficient(self, value: Any) -> Any:
        return self._array(value) if isinstance(value, np.ndarray) else value

    def change_coefficient(self, value: Any) -> bool:
        is_array = isinstance(value, chainer.get_array_types())
        if is_array:
            value.fill(7.0)
        return is_array

    def round_trips(self, layer: Any, fresh: Callable[[], Any]) -> dict[str, Callable[[], Any]]:
        def loaded() -> Any:
            file, other = io.BytesIO(), fresh()
            serializers.save_npz(file, layer)
            file.seek(0)
            serializers.load_npz(file, other)
            return other

        def copied() -> Any:
            other = fresh()
            other.copyparams(layer)
            return other

        ways = super().round_trips(layer, fresh)
        return {**ways, "npz": loaded, "copyparams": copied} if isinstance(layer, Link) else ways

    def variable(
        self, array: Any, *, needs_grad: bool = True, layout: str = "contiguous"
    ) -> Variable:
        # Laid out last, because sending an array to a GPU can change its strides.
        return Variable(_laid_out(self._array(array), layout), requires_grad=needs_grad)

    def value(self, variable: Variable) -> Any:
        return np.array(cuda.to_cpu(variable.array), order="C")

    def strides(self, variable: Variable) -> list[int]:
        array = variable.array
        return [stride // array.itemsize for stride in array.strides]

    def seed(self, number: int) -> None:
        self._device.xp.random.seed(number)

    def drawn(self) -> list[float]:
        return [float(self._device.xp.random.random_sample())]

    def generator(self, number: int) -> dict[str, Any]:
        return {"rng": np.random.RandomState(number)}

    def matmul(self, a: Variable, b: Variable) -> Variable:
        return functions.matmul(a, b)

    def tanh(self, a: Variable) -> Variable:
        return functions.tanh(a)

    def softplus(self, a: Variable) -> Variable:
        return functions.softplus(a)

    def sum(self, a: Variable) -> Variable:
        return functions.sum(a)

    def backward(self, y: Variable, dy: Variable, keep: bool = False) -> None:
        # In y's dtype, as a next function would give it, or Chainer refuses it. No copy else.
        y.grad = dy.array.astype(y.dtype, copy=False)
        y.backward()  # the graph always stays

    def gradient(self, variable: Variable) -> Any:
        return None if variable.grad is None else self.value(variable.grad_var)

    def set_gradient(self, variable: Variable, array: Any) -> None:
        variable.grad = self._array(array)

    def clear_gradient(self, variable: Variable) -> None:
        variable.cleargrad()

    def differentiate(
        self, ys: Sequence[Variable], xs: Sequence[Variable], dys: Sequence[Variable]
    ) -> list[Variable | None]:
        return chainer.grad(ys, xs, dys, enable_double_backprop=True)  # type: ignore[no-any-return]

    def no_grad(self) -> AbstractContextManager[Any]:
        return chainer.no_backprop_mode()  # type: ignore[no-any-return]

    def has_graph(self, y: Variable) -> bool:
        return y.requires_grad and y.creator_node is not None

    def shares_memory(self, y: Variable, x: Variable) -> bool:
        return _address(y.array) == _address(x.array)

    def retained(self, function: Callable[..., Variable], arrays: Sequence[Any]) -> list[str]:
        inputs = [self.variable(array) + 0 for array in arrays]
        y = function(*inputs)
        watched = {f"x{i}": weakref.ref(x.array) for i, x in enumerate(inputs)}
        watched["y"] = weakref.ref(y.array)
        graph = y.node  # what a later function would keep of y
        del inputs, y
        gc.collect()
        kept = [name for name, array in watched.items() if array() is not None]
        del graph  # it has to live until here
        return kept

    def computed(
        self,
        function: Callable[..., Variable],
        arrays: Sequence[Any],
        wanted: Sequence[bool],
        dy: Any,
    ) -> list[bool]:
        pairs = zip(arrays, wanted, strict=True)
        leaves = [self.variable(array, needs_grad=need) for array, need in pairs]
        y = function(*leaves)
        reached: set[Any] = set()
        for node in _graph(y):
            _watch(node, reached)
        self.backward(y, self.variable(dy, needs_grad=False))
        return [leaf.grad is not None or leaf.node in reached for leaf in leaves]

    @property
    def _device(self) -> Any:
        return chainer.get_device("@cupy:0" if self.device == "cuda" else "@numpy")

    def _array(self, array: Any) -> Any:
        return self._device.send(np.array(array))  # a copy: the case stays as it was


def _watch(node: FunctionNode, reached: set[Any]) -> None:
    """Note the inputs of a node that its backward returns a gradient for, wanted or not.

    Chainer itself drops the gradients that nobody wants, so they are seen only here.
    """
    # Behind an old-style Function stands an adapter, which drops them too.
    owner = node.function if isinstance(node, FunctionAdapter) else node
    backward = owner.backward

    def watched(*arguments: Any) -> Any:
        gradients = backward(*arguments)
        if len(gradients) == len(node.inputs):
            pairs = zip(node.inputs, gradients, strict=True)
            reached.update(x for x, gradient in pairs if gradient is not None)
        return gradients

    owner.backward = watched


def _graph(y: Variable) -> Iterator[FunctionNode]:
    """Every function above y, once."""
    waiting, found = [y.creator_node], set()
    while waiting:
        node = waiting.pop()
        if node is not None and node not in found:
            found.add(node)
            waiting += [x.creator_node for x in node.inputs]
            yield node


def _laid_out(array: Any, layout: str) -> Any:
    xp = chainer.backend.get_array_module(array)
    if layout == "transposed":
        return xp.ascontiguousarray(array.swapaxes(0, -1)).swapaxes(0, -1)
    if layout == "strided":
        return xp.stack([array, xp.full_like(array, 99.0)], axis=-1)[..., 0]
    if layout == "channels_last":
        return xp.ascontiguousarray(array.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    if layout == "expanded":
        return xp.broadcast_to(array[:1], array.shape)
    if layout == "offset":
        buffer = xp.concatenate([xp.full_like(array.ravel()[:3], 99.0), array.ravel()])
        return buffer[buffer.size - array.size :].reshape(array.shape)
    return array


def _address(array: Any) -> int:
    pointer = array.data.ptr if isinstance(array, cuda.ndarray) else array.ctypes.data
    return int(pointer)


def _gpu_name() -> str:
    return str(cuda.cupy.cuda.runtime.getDeviceProperties(0)["name"].decode())


DRIVER = ChainerDriver
