"""nnabla: a static graph, built first and run later."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import numpy as np
from nnabla import NdArray, Variable
from nnabla.ext_utils import get_extension_context
from nnabla.function import PythonFunction

from ..procedures.driver import Driver


class NnablaDriver(Driver):
    """See :class:`Driver` for every method.

    nnabla's own saving keeps parameters, which no coefficient is: its models are built anew by
    code, from the same arguments, before their parameters are loaded.
    """

    name = "nnabla"

    def __init__(self, device: str = "cpu") -> None:
        self.device = device
        self._dtype = np.dtype(np.float32)  # of the last leaf: nnabla's functions read in it

    def describe(self) -> dict[str, Any]:
        return {
            "version": nn.__version__,
            "device": self.device,
            # Its own functions turn float64 into float32, and have no double precision.
            "dtypes": ["float16", "float32"],
            "layouts": ["contiguous"],
            "views": False,
            "forward_mode": False,
            # An array of integers is input like any other: every function reads it as floats.
            "integer_inputs": False,
            "global_mode": False,
            "autocast": False,
            "static_graph": True,
        }

    def is_usable(self) -> str | None:
        try:
            self.value(self.sum(self.variable(np.ones(2, np.float32))))
        except (ImportError, RuntimeError, ValueError) as error:
            # No extension for GPUs, no GPU, or one that the extension does not support.
            return " ".join(str(error).split())
        return None

    def as_function(self, subject: Any, count: int) -> Callable[..., Variable] | None:
        if not isinstance(subject, type):
            return lambda *given, **named: self._call(
                subject, given[:count], *given[count:], **named
            )
        if issubclass(subject, PythonFunction):
            return lambda *given: self._call(partial(_apply, subject, given[count:]), given[:count])
        return None

    def apply(
        self,
        layer: Any,
        inputs: Sequence[Variable],
        injected: Mapping[str, Any],
        training: bool = True,
    ) -> Variable:
        with self.mode(layer, training):
            return self._call(layer, inputs, **injected)

    @contextmanager
    def mode(self, layer: Any, training: bool) -> Iterator[None]:
        if hasattr(layer, "training"):  # not only nn.Module: nnabla-nas has modules of its own
            layer.training = training
        yield

    def coefficient(self, value: Any) -> Any:
        return NdArray.from_numpy_array(value) if isinstance(value, np.ndarray) else value

    def change_coefficient(self, value: Any) -> bool:
        if isinstance(value, NdArray):
            value.fill(7.0)
        return isinstance(value, NdArray)

    def variable(
        self, array: Any, *, needs_grad: bool = True, layout: str = "contiguous"
    ) -> Variable:
        variable = Variable.from_numpy_array(np.asarray(array)).apply(need_grad=needs_grad)
        self._dtype = np.asarray(array).dtype
        self.clear_gradient(variable)
        return variable

    def value(self, variable: Variable) -> Any:
        if not variable.data.modification_count:
            variable.forward(clear_no_need_grad=True)
        return self._read(variable.data)

    def stored(self, variable: Variable) -> Any:
        self.value(variable)
        return variable.data.get_data("r").copy()

    def _read(self, array: NdArray) -> Any:
        """As nnabla's functions read it: whatever type it is stored in, they cast it to theirs."""
        found = array.get_data("r")
        wider = found.dtype.kind == "f" and found.itemsize > self._dtype.itemsize
        return found.astype(self._dtype) if wider else found.copy()

    def set_value(self, variable: Variable, array: Any) -> None:
        variable.d = array

    def run_again(self, variable: Variable) -> Any:
        variable.forward()
        return self._read(variable.data)

    def strides(self, variable: Variable) -> list[int]:
        return list(variable.data.strides)

    def seed(self, number: int) -> None:
        nn.seed(number)
        np.random.seed(number)  # nnabla has generators of its own, but layers use this one too

    def drawn(self) -> list[float]:
        return [float(self.value(F.rand(shape=(1,)))[0]), np.random.random_sample()]

    def generator(self, number: int) -> dict[str, Any]:
        return {"rng": np.random.RandomState(number)}

    def add(self, a: Variable, b: Variable) -> Variable:
        # Not add2: nn.grad gives each reader of that a gradient of its own, by way of F.sum.
        return self._call(F.add_n, (a, b))

    def multiply(self, a: Variable, b: Variable) -> Variable:
        return self._call(F.mul2, (a, b))

    def matmul(self, a: Variable, b: Variable) -> Variable:
        return self._call(F.affine, (a, b))

    def tanh(self, a: Variable) -> Variable:
        return self._call(F.tanh, (a,))

    def softplus(self, a: Variable) -> Variable:
        return self._call(F.softplus, (a,))

    def sum(self, a: Variable) -> Variable:
        return self._call(F.sum, (a,))

    def backward(self, y: Variable, dy: Variable, keep: bool = False) -> None:
        self.value(y)
        y.visit(self._clear_again)
        y.backward(dy.data, clear_buffer=not keep)

    def gradient(self, variable: Variable) -> Any:
        # A gradient that was set to zero and not written since: zero() is lazy.
        return None if variable.grad.zeroing else self._read(variable.grad)

    def set_gradient(self, variable: Variable, array: Any) -> None:
        variable.grad.data = array

    def clear_gradient(self, variable: Variable) -> None:
        # zero() hands the NaN to nnabla's memory cache, which gives it to whoever writes next.
        variable.grad.data = np.full(variable.shape, np.nan, variable.data.dtype)
        variable.grad.zero()

    def differentiate(
        self, ys: Sequence[Variable], xs: Sequence[Variable], dys: Sequence[Variable]
    ) -> list[Variable | None]:
        # The functions that it makes have to compute in the inputs' dtype, too.
        grad = lambda *_: nn.grad(list(ys), list(xs), list(dys))  # noqa: E731
        gradients: list[Variable | None] = self._call(grad, xs)
        return gradients

    @contextmanager
    def no_grad(self) -> Iterator[None]:
        # It acts only where functions run as soon as they are called.
        with nn.auto_forward(), nn.no_grad():
            yield

    def has_graph(self, y: Variable) -> bool:
        return y.parent is not None and bool(y.parent.need_grad)

    def shares_memory(self, y: Variable, x: Variable) -> bool:
        first, second = (v.data.get_data("r").ctypes.data for v in (y, x))
        return bool(first == second)

    def retained(self, function: Callable[..., Variable], arrays: Sequence[Any]) -> list[str]:
        inputs = [self._call(F.add_scalar, (self.variable(array),), 0.0) for array in arrays]
        y = function(*inputs)
        reader = self._call(F.add_scalar, (y,), 0.0)
        values = {**{f"x{i}": array for i, array in enumerate(arrays)}, "y": self.value(reader)}
        variables = dict(zip(values, (*inputs, y), strict=True))
        # Freed is what nnabla has cleared and no Python function has put aside.
        saved = list(_saved_by_functions())
        return [
            name
            for name, variable in variables.items()
            if not variable.data.clear_called
            or any(np.array_equal(array, values[name]) for array in saved)
        ]

    def computed(
        self,
        function: Callable[..., Variable],
        arrays: Sequence[Any],
        wanted: Sequence[bool],
        dy: Any,
    ) -> list[bool]:
        pairs = zip(arrays, wanted, strict=True)
        leaves = [self.variable(array, needs_grad=need) for array, need in pairs]
        self.backward(function(*leaves), self.variable(dy, needs_grad=False))
        return [self.gradient(leaf) is not None for leaf in leaves]

    def _clear_again(self, function: Any) -> None:
        """Clear cleared leaves just before the backward pass, so that it meets their NaN."""
        for variable in function.inputs:
            if variable.parent is None and variable.grad.zeroing:
                self.clear_gradient(variable)

    def _call(
        self, function: Callable[..., Variable], inputs: Sequence[Any], *args: Any, **named: Any
    ) -> Variable:
        """Call where nnabla's own functions compute in the inputs' dtype, on the device."""
        dtypes = [_dtype(x) for x in inputs if isinstance(x, Variable)]
        extension = "cudnn" if self.device == "cuda" else "cpu"
        type_config = "half" if np.float16 in dtypes else "float"
        with nn.context_scope(get_extension_context(extension, type_config=type_config)):
            return function(*inputs, *args, **named)


def _apply(subject: type[PythonFunction], coefficients: Sequence[Any], *inputs: Any) -> Variable:
    """Call a new instance; as nnabla's manual writes them, some take a context first."""
    takes_context = "ctx" in list(inspect.signature(subject).parameters)[:1]
    return subject(*[nn.get_current_context()] * takes_context, *coefficients)(*inputs)


def _dtype(variable: Variable) -> Any:
    """The dtype that a variable has, or that it will have after the forward pass."""
    try:
        return variable.data.dtype
    except RuntimeError:  # no values yet
        return _dtype(variable.parent.inputs[0])


def _saved_by_functions() -> Iterator[Any]:
    """The arrays in attributes of all Python functions that are alive."""
    gc.collect()
    for function in gc.get_objects():
        if issubclass(type(function), PythonFunction):
            for value in vars(function).values():
                if isinstance(value, (np.ndarray, NdArray)):
                    yield value if isinstance(value, np.ndarray) else value.get_data("r")


DRIVER = NnablaDriver
