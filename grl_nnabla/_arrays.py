"""What the layers do with nnabla's arrays: copy, multiply, split and mix.

Where nnabla's own kernels are fast and exact they do the work: copies, and float32 times a
number, but for arrays beyond the cache. Everything else numpy does on a CPU: nnabla's kernels
have no float64, round coefficients to float16 and take some 60 times numpy's time for arithmetic
between arrays there. On another device nnabla's functions do it in float32, so that no array goes
through the host.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import numpy as np
from nnabla.function import Identity, MulScalar
from nnabla.solvers import Sgd

# numpy takes so many elements at a time: what a step reads or writes is in the cache for the next
# one. With less than half as many, the starts of the steps cost more than the cache saves.
BLOCK = 1 << 19
# From so many elements on an array is beyond the cache, and to move less memory, or to move it
# faster, pays for what numpy needs to begin, some 0.1 ms more than nnabla's kernels.
LARGE = 1 << 23


def float_context() -> Any:
    """The current context without half precision, where nnabla rounds numbers to float16."""
    context = nn.get_current_context()
    floats = [backend for backend in context.backend if backend.endswith(":float")]
    return nn.Context(floats, context.array_class, context.device_id)


def arithmetic(context: Any, x: Any) -> Arithmetic:
    """The arithmetic for a context that :func:`float_context` gave, in the dtype of ``x``."""
    on_cpu = Arithmetic(context, x)
    if context.backend[0].startswith("cpu") or on_cpu.dtype == np.float64:
        return on_cpu
    return DeviceArithmetic(context, x)


class Arithmetic:
    """On a CPU.

    Coefficients are floats, numpy arrays or NdArrays, of shape () or, one number per image,
    (N, 1, ..., 1). They are rounded once to the compute type, float64 for float64, else float32;
    results are rounded once to the dtype of ``x``, which is float32 if it holds no floats.
    """

    large: float = LARGE

    def __init__(self, context: Any, x: Any) -> None:
        self.context = context
        try:
            kept = x.dtype.kind == "f"
        except RuntimeError:  # it has no values yet, but a number that it will be filled with
            kept = False
        self.dtype = x.dtype if kept else np.dtype(np.float32)
        self.compute = np.promote_types(self.dtype, np.float32)
        self._kept = kept

    def copy(self, x: Any, into: Any) -> None:
        if x.size < self.large:
            same = Identity(self.context) if self._kept else MulScalar(self.context, 1.0, False)
            _run(same, x, into)
            return
        # Identity and np.copyto call memcpy, which writes so much past the cache: that took one
        # core of an AMD EPYC a quarter longer than this loop. As integers, no bit can change.
        values, copies = x.get_data("r", self.dtype), into.get_data("w", self.dtype)
        bits = f"u{self.dtype.itemsize}"
        np.positive(values.view(bits), out=copies.view(bits))

    def multiply(self, x: Any, factor: Any, into: Any, accumulate: bool = False) -> None:
        """Write ``factor * x`` into an NdArray, or add it to what is there."""
        factor = self._exact(factor)
        if not self._is_native(factor):
            self._products(x, [(factor, into, accumulate)])
        elif not accumulate:
            _run(MulScalar(self.context, factor, False), x, into)
        else:
            # Gradient descent, y -= rate * dy, is nnabla's one kernel that adds a multiple of an
            # array: in one pass over memory, and with no array in between.
            y = _variable(into)
            y.grad = x
            with nn.context_scope(self.context):
                descent = Sgd(-factor)
            descent.set_parameters({"y": y})
            descent.update()

    def split(self, x: Any, c: Any, into: Sequence[Any], accumulate: Sequence[bool]) -> None:
        """Multiply by ``c`` into one array and by ``1 - c`` into another; None is left out."""
        c = self._exact(c)
        both = zip((c, 1 - c), into, accumulate, strict=True)
        targets = [target for target in both if target[1] is not None]
        # nnabla's kernels would read x once for each product.
        at_once = x.size >= self.large and len(targets) == 2 and not any(accumulate)
        if at_once or not self._is_native(c):
            self._products(x, targets)
            return
        for weight, array, add in targets:
            self.multiply(x, weight, array, add)

    def mix(self, x0: Any, x1: Any, c: Any, into: Any, accumulate: bool = False) -> None:
        """Write ``c * x0 + (1 - c) * x1`` into an NdArray, or add it to what is there."""
        c = self._exact(c)
        if self._is_native(c):
            self.multiply(x0, c, into, accumulate)
            self.multiply(x1, 1 - c, into, accumulate=True)
        else:
            self._mixture(x0, x1, c, 1 - c, into, accumulate)

    def _is_native(self, coefficient: Any) -> bool:
        return isinstance(coefficient, float) and self.dtype == np.float32

    def _exact(self, c: Any) -> Any:
        """In float64, so that ``1 - c`` is rounded once, where it is multiplied by."""
        if not isinstance(c, nn.NdArray):
            return c
        values = c.get_data("r")
        return values.item() if values.size == 1 else values.astype(np.float64)

    def _mixture(self, x0: Any, x1: Any, c0: Any, c1: Any, into: Any, accumulate: bool) -> None:
        c0, c1 = self._weight(c0, x0), self._weight(c1, x1)
        a, b = (self._rows(x, len(c0), "r") for x in (x0, x1))
        total = self._rows(into, len(c0), "rw" if accumulate else "w")
        direct = not accumulate and self.dtype == self.compute
        # Taken once, because new memory costs more than the arithmetic.
        scratch = np.empty((1 if direct else 2, min(BLOCK, total.size)), self.compute)
        # NaN, inf and overflow pass without a warning, as in nnabla's own functions.
        with np.errstate(all="ignore"):
            for rows, columns in _blocks(total):
                y = total[rows, columns]
                second, *first = (row[: y.size].reshape(y.shape) for row in scratch)
                mixed = y if direct else first[0]
                np.multiply(b[rows, columns], c1[rows], out=second, dtype=self.compute)
                np.multiply(a[rows, columns], c0[rows], out=mixed, dtype=self.compute)
                mixed += second
                if accumulate:
                    y += mixed.astype(self.dtype, copy=False)
                elif not direct:
                    y[...] = mixed

    def _products(self, x: Any, targets: Sequence[tuple[Any, Any, bool]]) -> None:
        """Multiply by each target's weight into its array: x is read once for all of them."""
        weights = [self._weight(weight, x) for weight, _, _ in targets]
        values = self._rows(x, len(weights[0]), "r")
        totals = [
            (weight, self._rows(into, len(weight), "rw" if add else "w"), add)
            for weight, (_, into, add) in zip(weights, targets, strict=True)
        ]
        scratch = np.empty(min(BLOCK, values.size), values.dtype)
        with np.errstate(all="ignore"):
            for rows, columns in _blocks(values):
                part = values[rows, columns]
                for weight, total, accumulate in totals:
                    y = total[rows, columns]
                    product = scratch[: y.size].reshape(y.shape) if accumulate else y
                    np.multiply(part, weight[rows], out=product, dtype=self.compute)
                    if accumulate:
                        y += product

    def _rows(self, x: Any, rows: int, mode: str) -> Any:
        """A view of an array for numpy, with one row for each coefficient."""
        return x.get_data(mode, self.dtype).reshape(rows, x.size // max(1, rows))

    def _weight(self, c: Any, x: Any) -> Any:
        """A column of coefficients: one, or one for each image."""
        return np.asarray(c, self.compute).reshape(-1, 1)


class DeviceArithmetic(Arithmetic):
    """On another device than a CPU, where numpy would copy each array to the host and back."""

    large = math.inf  # Without numpy, nnabla's kernels are the fastest at every size.

    def _mixture(self, x0: Any, x1: Any, c0: Any, c1: Any, into: Any, accumulate: bool) -> None:
        with nn.context_scope(self.context):
            mixed = self._weight(c0, x0) * x0 + self._weight(c1, x1) * x1
            self._deliver(mixed, into, accumulate)

    def _products(self, x: Any, targets: Sequence[tuple[Any, Any, bool]]) -> None:
        with nn.context_scope(self.context):
            for weight, into, accumulate in targets:
                self._deliver(self._weight(weight, x) * x, into, accumulate)

    def _deliver(self, value: Any, into: Any, accumulate: bool) -> None:
        if accumulate:
            into += value
        else:
            into.copy_from(value)
        if into.dtype != self.dtype:
            into.cast(self.dtype, self.context)

    def _exact(self, c: Any) -> Any:
        on_device = isinstance(c, nn.NdArray) and c.dtype == np.float32
        return c if on_device else super()._exact(c)

    def _weight(self, c: Any, x: Any) -> Any:
        array = c if isinstance(c, nn.NdArray) else nn.NdArray.from_numpy_array(np.asarray(c))
        with nn.context_scope(self.context):
            full = len(array.shape) == len(x.shape)
            return array if full else F.reshape(array, (1,) * len(x.shape))


def _run(function: Any, x: Any, into: Any) -> None:
    """Run one of nnabla's functions on arrays; to call it would cost four times as much."""
    variables = [_variable(x)], [_variable(into)]
    function.setup(*variables)
    function.forward(*variables)


def _variable(array: Any) -> Any:
    variable = nn.Variable(array.shape)
    variable.data = array
    return variable


def _blocks(array: Any) -> Iterator[tuple[slice, slice]]:
    """The places of a matrix in blocks of at most BLOCK elements: whole rows, or parts of one."""
    height, width = array.shape
    rows = max(1, BLOCK // max(1, width))
    for i in range(0, height, rows):
        for j in range(0, width, BLOCK):
            yield slice(i, i + rows), slice(j, j + BLOCK)
