"""A subject as the procedures see it: anyone's layer, ready to be called."""

from __future__ import annotations

import inspect
import os
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from ..case import COEFFICIENTS, branches
from ..remote.errors import message_of
from .driver import Driver

SHAPE = (4, 3, 2, 2)  # of what a subject is tried with: a batch of images
NUMBER = 0.375  # that every dtype holds
# What layers of one coefficient call it. Another name may be a first value, or a limit.
NAMES = (
    "scale",
    "scalar",
    "alpha",
    "lambda_",
    "lambd",
    "lam",
    "lmbda",
    "coeff",
    "weight",
    "factor",
)
OPTIONS = {"mode", "level", "rng", "generator"}  # of a layer that draws


class SubjectError(Exception):
    """The subject cannot be imported or called: nothing was judged."""


@dataclass(frozen=True)
class Form:
    """A way to call a subject.

    Attributes:
        built: whether the subject is called first, for a layer that then takes the inputs.
        coefficients: "number", "array" (0-d), "per image" (N, 1, ..., 1), or "none".
        text: the call, as it is written.
    """

    built: bool
    coefficients: str
    text: str


@dataclass(frozen=True)
class Built:
    """A subject with its coefficients: call it with the inputs.

    Attributes:
        call: takes the inputs and whether this is a training.
        values: the coefficients, as they were passed.
        layer: the layer object, None for a function.
        training: the mode that it is called in.
    """

    call: Callable[[Sequence[Any], bool], Any]
    values: Mapping[str, Any]
    layer: Any
    training: bool = True

    def __call__(self, *inputs: Any) -> Any:
        return self.call(inputs, self.training)


class Target:
    """A function ``f(x, scale)``, or what is built with the scale: see ``Form``."""

    def __init__(self, driver: Driver, subject: Any, layer: str) -> None:
        if not callable(subject):
            raise SubjectError(f"the subject must be callable, got {type(subject).__name__}")
        self.driver = driver
        self.subject = subject
        self.layer = layer
        self.names = COEFFICIENTS[layer]
        self.function = driver.as_function(subject, branches(layer))

    @cached_property
    def form(self) -> Form:
        """The first way to call it that gives an output.

        Raises:
            SubjectError: there is none; what each way raised.
        """
        tried: dict[tuple[bool, str], list[str]] = {}  # those that reach the subject come first
        for form in self._forms():
            try:
                said = self._try(form)
                if said is None:
                    return form
                came = (False, said)
            except Exception as error:
                came = _raised(error)
            tried.setdefault(came, []).append(form.text)
        in_order = sorted(tried.items(), key=lambda item: item[0][0])
        lines = [f"  {', '.join(texts)}: {said}" for (_, said), texts in in_order]
        raise SubjectError("\n".join(["no way to call it gives an output:", *lines]))

    @property
    def draws(self) -> bool:
        """Whether it draws its coefficients itself."""
        return self.layer == "shake_shake" and self.form.coefficients == "none"

    def describe(self) -> dict[str, Any]:
        """What can be asked of it: its form, and whether coefficients can be handed to it."""
        return {
            "form": "layer" if self.form.built else "function",
            "draws": self.draws,
            "call": self.form.text,
            "coefficients": self.form.coefficients,
            "takes": [name for name in self.names if self._takes(name)],
            "array_dtype": self._array_dtype(),
            "modes": bool(_modes(self.function, True)),
            "options": sorted(set(_parameters(self.subject)) & OPTIONS)
            if self.draws and self.form.built
            else [],
        }

    def build(
        self,
        coefficients: Mapping[str, Any],
        options: Mapping[str, Any] | None = None,
        training: bool = True,
    ) -> Built:
        """The subject with these coefficients; ``options`` are a drawing layer's arguments."""
        values = {name: self.driver.coefficient(value) for name, value in coefficients.items()}
        return replace(self._build(self.form, values, options or {}), training=training)

    def with_layer(self, built: Built, layer: Any) -> Built:
        """Another layer object in place of the one that was built, such as a copy of it."""
        injected = built.values if self.draws else {}
        return replace(built, call=self._applied(layer, injected), layer=layer)

    def _build(self, form: Form, values: Mapping[str, Any], options: Mapping[str, Any]) -> Built:
        given = {} if form.coefficients == "none" else values
        if not form.built:
            return Built(partial(self._call_function, given), values, None)
        if self.layer == "shake_shake":  # its coefficients go into the call, where it takes them
            layer, injected = self.subject(**options), values
        else:
            args, named = _arguments(self.subject, 0, given)
            layer, injected = self.subject(*args, **named), {}
        return Built(self._applied(layer, injected), values, layer)

    def _applied(self, layer: Any, injected: Mapping[str, Any]) -> Callable[..., Any]:
        def call(inputs: Sequence[Any], training: bool) -> Any:
            named = {**injected, **_modes(_called(layer), training)}
            return self.driver.apply(layer, inputs, named, training)

        return call

    def _call_function(
        self, given: Mapping[str, Any], inputs: Sequence[Any], training: bool
    ) -> Any:
        function = self.function or self.subject
        args, named = _arguments(function, len(inputs), given)
        with self.driver.mode(None, training):
            return function(*inputs, *args, **named, **_modes(function, training))

    def _forms(self) -> Iterator[Form]:
        xs = "x0, x1" if branches(self.layer) == 2 else "x"
        cs = ", ".join(self.names)
        kinds = {"number": "", "array": " with 0-d arrays", "per image": " with arrays per image"}
        if self.function is not None:
            for kind, words in kinds.items():
                yield Form(False, kind, f"f({xs}, {cs}){words}")
        is_function_class = isinstance(self.subject, type) and self.function is not None
        if self.layer != "shake_shake" and not is_function_class:
            for kind in ("number", "array"):
                yield Form(True, kind, f"f({cs})({xs}){kinds[kind]}")
        if self.function is not None:
            yield Form(False, "none", f"f({xs})")
        yield Form(True, "none", f"f()({xs})")

    def _try(self, form: Form) -> str | None:
        """None where the form fits, otherwise what came of it."""
        inputs = [
            self.driver.variable(np.ones(SHAPE, np.float32)) for _ in range(branches(self.layer))
        ]
        number: Any = NUMBER
        if form.coefficients == "array":
            number = np.array(NUMBER, np.float32)
        elif form.coefficients == "per image":
            number = np.full((SHAPE[0], 1, 1, 1), NUMBER, np.float32)
        values = {} if form.coefficients == "none" else dict.fromkeys(self.names, number)
        values = {name: self.driver.coefficient(value) for name, value in values.items()}
        y = self._build(form, values, {})(*inputs)
        if not isinstance(y, type(inputs[0])):
            return f"it gives {type(y).__name__}, not {type(inputs[0]).__name__}"
        self.driver.value(y)  # a framework that builds first and runs later may raise only here
        return None

    def _array_dtype(self) -> str:
        """The dtype of arrays with which a float16 output stays one: "float32", or "of x"."""
        if self.form.coefficients == "none":
            return "float32"
        for dtype in (np.float32, np.float16):
            array = np.full((SHAPE[0], 1, 1, 1), NUMBER, dtype)
            ones = np.ones(SHAPE, np.float16)
            inputs = [self.driver.variable(ones) for _ in range(branches(self.layer))]
            try:
                y = self.build(dict.fromkeys(self.names, array))(*inputs)
                if self.driver.value(y).dtype == np.float16:
                    return "float32" if dtype is np.float32 else "of x"
            except Exception:  # a dtype, or arrays, that it does not take
                continue
        return "float32"

    def _takes(self, name: str) -> bool:
        """A drawing layer need not take coefficients in its call; all other subjects do."""
        if not self.draws:
            return self.form.coefficients != "none"
        return self.form.built and name in _parameters(_called(self.subject))


def _called(layer: Any) -> Any:
    """What a layer's author writes: a Module's or a Link's forward, an nnabla Module's call."""
    methods = ("forward", "call", "__call__")
    return next((getattr(layer, m) for m in methods if hasattr(layer, m)), None)


def _modes(function: Any, training: bool) -> dict[str, bool]:
    """The mode as arguments, for a function that takes it so."""
    modes = {"training": training, "train": training, "test": not training}
    taken = _parameters(function)
    return {name: value for name, value in modes.items() if name in taken}


def _arguments(
    function: Any, before: int, given: Mapping[str, Any]
) -> tuple[Sequence[Any], Mapping[str, Any]]:
    """How coefficients are passed: by name where they have theirs, but not in this place."""
    there = _parameters(function)
    free = list(there)[before:]  # the inputs take the places before
    only = [name for name in free if there[name].kind is inspect.Parameter.KEYWORD_ONLY]
    if set(given) <= set(free) and (set(given) & set(only) or free[: len(given)] != list(given)):
        return (), given
    named = [name for name in only if name in NAMES]
    if len(given) == len(named) == 1 and len(only) == len(free):
        return (), dict(zip(named, given.values(), strict=True))
    return list(given.values()), {}


def _raised(error: Exception) -> tuple[bool, str]:
    """Whether a call did not get as far as the subject's own lines, and what it raised."""
    if isinstance(error, SystemError) and isinstance(error.__cause__, Exception):
        error = error.__cause__  # what a PythonFunction raised; nnabla's own says nothing
    told = f"raises {type(error).__name__}: {message_of(error)}"
    frames = traceback.extract_tb(error.__traceback__)
    if not frames or frames[-1].filename == __file__:
        return True, told
    return False, f"{told} ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})"


def _parameters(function: Any) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # built-in callables have no signature
        return {}
