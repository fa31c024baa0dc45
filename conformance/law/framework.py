"""What a law asks of a framework: docs/add-a-framework.md adds one."""

from __future__ import annotations

import importlib
import inspect
import operator
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..arguments import nearest
from ..interpreters import FRAMEWORKS
from ..spec.rounding import Array

EAGER = "eager"
SECOND_ORDER = ("double-backward", "hessian")


@dataclass(frozen=True)
class Seen:
    """What an attempt showed; NumPy arrays, copies.

    Attributes:
        outputs: of the function, in their order.
        gradients: of each argument, None for a number and where there is none.
        arguments: the arrays afterwards, None for a number.
        cotangents: what arrived at the outputs, afterwards; None for an output of integers.
    """

    outputs: Sequence[Array]
    gradients: Sequence[Array | None]
    arguments: Sequence[Array | None]
    cotangents: Sequence[Array | None]


class Framework(Protocol):
    """One framework, on the CPU.

    Attributes:
        name: as in ``FRAMEWORKS``.
        dtypes: the floating dtypes that it computes gradients in.
        layouts: in memory, beside "contiguous": of "transposed" and "strided" those that it has.
        wirings: beside "plain", those that mean something in it.

            "twice": the function is called twice on the same arguments, and the outputs added.
            "shared": one variable is the first and the second argument; its gradient is the sum.
            "held": the variables hold the gradient 1 already, and it is added to.
            "between": another call is made, forward and backward, after the forward pass.
            "again": the gradients are cleared after a backward pass, and a second one made.
        transforms: what the framework can do with a function, such as "compile", by name;
            ``EAGER`` is none of them. Those in ``SECOND_ORDER`` give second derivatives.
    """

    name: str
    dtypes: Sequence[str]
    layouts: Sequence[str]
    wirings: Sequence[str]
    transforms: Sequence[str]

    def as_function(self, subject: Any, inputs: int) -> Callable[..., Any] | None:
        """The subject as a function of ``inputs`` arrays, then numbers; None if it is a class."""

    def run(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        cotangents: Sequence[Array | None],
        *,
        layout: str = "contiguous",
        wiring: str = "plain",
        transform: str = EAGER,
    ) -> Seen:
        """Call a function and pull gradients back through it.

        ``arguments`` are arrays, each of which wants a gradient, and numbers. ``cotangents`` has
        one array for each output of floats and None for one of integers.

        For a transform of ``SECOND_ORDER`` ``cotangents`` has a v of the shape of each array
        argument, None for a number. With g the gradient of the half of the sum of all squared
        outputs, the gradients are those of the sum of <g, v>.
        """


def outputs_of(found: Any) -> list[Any]:
    """What a function returned, as a list."""
    return list(found) if isinstance(found, (tuple, list)) else [found]


def wired(
    function: Callable[..., Any],
    arguments: Sequence[Any],
    wiring: str,
    add: Callable[[Any, Any], Any] = operator.add,
) -> Callable[..., list[Any]]:
    """The function of the arrays among its arguments alone; it returns a list."""
    # No array of NumPy's is kept: a compiler would take it for a constant of the function.
    places = [i for i, a in enumerate(arguments) if isinstance(a, np.ndarray)]
    numbers = [None if i in places else a for i, a in enumerate(arguments)]

    def of_arrays(*arrays: Any) -> list[Any]:
        whole = list(numbers)
        for place, array in zip(places, arrays, strict=True):
            whole[place] = array
        if wiring == "shared":
            whole[1] = whole[0]
        ys = outputs_of(function(*whole))
        if wiring == "twice":
            ys[0] = add(ys[0], outputs_of(function(*whole))[0])
        return ys

    return of_arrays


def of_arrays(
    function: Callable[..., Any], arguments: Sequence[Any], wiring: str
) -> Callable[..., list[Any]]:
    """As ``wired``, for functional frameworks.

    A number of NumPy's becomes one of Python's: to these frameworks it is an array with a dtype,
    which the outcome takes, whatever a layer does.
    """
    return wired(
        function, [a.item() if isinstance(a, np.generic) else a for a in arguments], wiring
    )


def seen_of(
    arguments: Sequence[Any],
    ys: Sequence[Any],
    gradients: Sequence[Any],
    arrays: Sequence[Any],
    arrived: Sequence[Any],
) -> Seen:
    """What a framework shows; ``gradients`` and ``arrays`` are those of ``wired``."""

    def copied(values: Sequence[Any]) -> list[Array | None]:
        return [None if value is None else np.array(value) for value in values]

    def of_all(values: Sequence[Any]) -> list[Any]:
        rest = iter(values)
        return [next(rest) if isinstance(a, np.ndarray) else None for a in arguments]

    outputs = [np.array(y) for y in ys]
    return Seen(outputs, copied(of_all(gradients)), copied(of_all(arrays)), copied(arrived))


def framework_named(name: str) -> Framework:
    """The framework of this name.

    Raises:
        ValueError: there is none of this name.
    """
    if name not in FRAMEWORKS:
        there = ", ".join(FRAMEWORKS)
        raise ValueError(f"framework is one of {there}; got {name!r}{nearest(name, FRAMEWORKS)}")
    module = importlib.import_module(f"..worker.laws.{name}", __package__)
    found: Framework = module.FRAMEWORK
    return found


def framework_of(subject: Any) -> str:
    """The name of a subject's framework: that of its class, or what its module imports.

    Raises:
        LookupError: there is none, or there are several.
    """
    kind = subject if isinstance(subject, type) else type(subject)
    module = sys.modules.get(getattr(subject, "__module__", ""), None)
    of_module = [
        str(getattr(value, attribute, ""))
        for value in (vars(module).values() if module else ())
        for attribute in ("__name__", "__module__")
    ]
    for names in ([base.__module__ for base in inspect.getmro(kind)], of_module):
        found = {f for f in FRAMEWORKS if any(n == f or n.startswith(f"{f}.") for n in names)}
        if len(found) == 1:
            return found.pop()
    raise LookupError(f"framework must be given, one of {', '.join(FRAMEWORKS)}: it cannot be told")


def name_of(subject: Any) -> str:
    """What a subject is called in messages."""
    return str(getattr(subject, "__name__", type(subject).__name__))
