"""What the suite asks of a framework: a driver builds one graph there and looks at it.

A driver is the only code that knows its framework. The procedures, which say how a graph is
wired and what is looked at, are written once on top of it (``conformance/procedures``), so the
three frameworks are asked the same questions. Drivers run in the framework's own interpreter:
Python 3.10 syntax, numpy and that framework only.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

# The framework's own variable; the procedures pass it on and never look inside.
Variable = Any
# A numpy array, or wire.Bits for a dtype that numpy lacks (bfloat16).
Array = Any

# Of ``Driver.variable``: all that there are.
LAYOUTS = ("contiguous", "transposed", "strided", "channels_last", "expanded", "offset")


def _lacking(name: str, what: str) -> NotImplementedError:
    return NotImplementedError(f"{name} has no {what}")


class Driver(Protocol):
    """One framework on one device. What has a body here is what most frameworks have or lack."""

    name: str
    device: str

    def describe(self) -> dict[str, Any]:
        """Facts about this framework, on this device.

        Keys: ``version``, ``device`` (in words), ``dtypes`` (names, those that it computes
        gradients in), ``layouts`` (those of ``variable`` that exist here), and booleans:
        ``views`` (an output can share its input's memory), ``forward_mode``,
        ``integer_inputs`` (a variable can hold integers), ``static_graph`` (a graph is built
        once and run many times), ``autocast`` and ``global_mode`` (a function can tell training
        from evaluation).
        """

    def is_usable(self) -> str | None:
        """Run something tiny on the device; the reason when it does not work, else None."""

    # -- the subject ---------------------------------------------------------------------

    def as_function(self, subject: Any, count: int) -> Callable[..., Variable] | None:
        """The subject as a function of ``count`` inputs and of coefficients.

        None if it is a layer class.

        A function is returned as it is. So are the framework's own function classes, wrapped:
        a torch ``autograd.Function`` through ``apply``, a Chainer ``FunctionNode`` built with
        its coefficients, an nnabla ``PythonFunction`` likewise.
        """

    def apply(
        self,
        layer: Any,
        inputs: Sequence[Variable],
        injected: Mapping[str, Any],
        training: bool = True,
    ) -> Variable:
        """Call a layer object in training or in evaluation mode, as the framework's users do.

        ``injected`` are keyword arguments: alpha and beta of a Shake-Shake layer, and the mode
        where the call takes it.
        """

    def mode(self, layer: Any, training: bool) -> AbstractContextManager[Any]:
        """Training or evaluation mode, of a layer object or of the framework, for a while."""

    def autocast(self) -> AbstractContextManager[Any]:
        """The framework's mixed precision; only where ``autocast`` is true."""
        raise _lacking(self.name, "automatic mixed precision")

    def coefficient(self, value: Any) -> Any:
        """An array in the form in which this framework's users pass a coefficient.

        Python and numpy scalars stay as they are; an array becomes the framework's (torch: a
        tensor; Chainer: an ndarray on the device; nnabla: an NdArray).
        """

    def change_coefficient(self, value: Any) -> bool:
        """Overwrite what ``coefficient`` returned with other numbers; False if it cannot be."""

    def round_trips(self, layer: Any, fresh: Callable[[], Any]) -> dict[str, Callable[[], Any]]:
        """Ways to copy a layer, to be called: deepcopy, pickle, the framework's own.

        ``fresh`` builds another layer, to load saved parameters into.
        """
        return {
            "deepcopy": lambda: copy.deepcopy(layer),
            "pickle": lambda: pickle.loads(pickle.dumps(layer)),
        }

    # -- variables -----------------------------------------------------------------------

    def variable(
        self, array: Array, *, needs_grad: bool = True, layout: str = "contiguous"
    ) -> Variable:
        """A leaf with these values.

        ``layout``: "contiguous"; "transposed" (first and last axis swapped in memory);
        "strided" (every second element of a buffer); "channels_last" (rank 4); "expanded"
        (one row seen N times: all rows of the array are equal); "offset" (it begins in the
        middle of a larger buffer).
        """

    def value(self, variable: Variable) -> Array:
        """The values, copied to the host with their exact dtype; runs the graph if it waits."""

    def stored(self, variable: Variable) -> Array:
        """The values as they are stored, where functions read them in another dtype."""
        return self.value(variable)

    def set_value(self, variable: Variable, array: Array) -> None:
        """Give a leaf other values, before ``run_again``; only for static graphs."""
        raise _lacking(self.name, "static graph")

    def run_again(self, variable: Variable) -> Array:
        """The values of another forward pass over the same graph; only for static graphs."""
        raise _lacking(self.name, "static graph")

    def strides(self, variable: Variable) -> list[int]:
        """Strides in elements."""

    def seed(self, number: int) -> None:
        """Seed the generators that layers draw from by default."""

    def drawn(self) -> list[float]:
        """The next number of each of these generators."""

    def generator(self, number: int) -> dict[str, Any]:
        """A generator of one's own with this seed, under the name by which layers take one."""

    # -- operations, differentiable -------------------------------------------------------

    def add(self, a: Variable, b: Variable) -> Variable:
        return a + b

    def multiply(self, a: Variable, b: Variable) -> Variable:
        return a * b

    def matmul(self, a: Variable, b: Variable) -> Variable: ...

    def tanh(self, a: Variable) -> Variable: ...

    def softplus(self, a: Variable) -> Variable: ...

    def sum(self, a: Variable) -> Variable:
        """The sum of all elements, a scalar variable."""

    # -- gradients ------------------------------------------------------------------------

    def backward(self, y: Variable, dy: Variable, keep: bool = False) -> None:
        """Accumulate gradients into the leaves, the way a training step does.

        ``keep``: another backward pass over this graph will follow.
        """

    def gradient(self, variable: Variable) -> Array | None:
        """The gradient that a leaf holds, None if it holds none."""

    def set_gradient(self, variable: Variable, array: Array) -> None:
        """Give a leaf a gradient, which the next backward pass adds to."""

    def clear_gradient(self, variable: Variable) -> None:
        """Forget a leaf's gradient, the framework's usual way.

        Where the buffer stays, fill it with NaN first: a layer that adds to it, or leaves a
        part of it as it is, shows that.
        """

    def differentiate(
        self, ys: Sequence[Variable], xs: Sequence[Variable], dys: Sequence[Variable]
    ) -> list[Variable | None]:
        """The gradients of ``sum(<y, dy>)``, as variables that can be differentiated again."""

    def jvp(
        self,
        function: Callable[..., Variable],
        xs: Sequence[Array],
        tangents: Sequence[Array],
    ) -> tuple[Array, Array]:
        """Value and tangent by forward mode; only where ``forward_mode`` is true."""
        raise _lacking(self.name, "forward mode")

    # -- looking at the graph --------------------------------------------------------------

    def no_grad(self) -> AbstractContextManager[Any]:
        """The framework's mode in which no graph is kept."""

    def has_graph(self, y: Variable) -> bool:
        """Whether a backward pass from ``y`` could reach anything."""

    def shares_memory(self, y: Variable, x: Variable) -> bool:
        """Whether both look at the same first element in memory."""

    def retained(self, function: Callable[..., Variable], arrays: Sequence[Array]) -> list[str]:
        """Which of "x0", "x1", "y" the graph alone keeps alive for its backward pass.

        The inputs are no leaves but results of another operation, whose memory can go.
        """

    def computed(
        self,
        function: Callable[..., Variable],
        arrays: Sequence[Array],
        wanted: Sequence[bool],
        dy: Array,
    ) -> list[bool]:
        """For which inputs a backward pass computes a gradient when these are wanted."""
