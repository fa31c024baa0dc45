"""Holds a function of anyone's to a law, in the interpreter that it lives in."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.law.checked import arguments_of, check_law
from conformance.law.errors import LawError
from conformance.law.law import Law
from conformance.procedures.driver import Driver
from conformance.spec.rounding import Array, Running, compare_bound, compare_exact

FRAMEWORKS = ("torch", "nnabla", "chainer")
DTYPES = ("float16", "float32", "float64")


@dataclass(frozen=True)
class Finding:
    """Something that a subject does not do: what was tried, and what came."""

    what: str
    dtype: str
    detail: str

    def __str__(self) -> str:
        return f"{self.what}, {self.dtype}: {self.detail}"


def assert_conforms(subject: Any, law: Law, *, framework: str | None = None, seed: int = 0) -> None:
    """Hold a function, a module or a function class of a framework to a law.

    Args:
        subject: takes the law's arguments in their order: variables for arrays, and numbers.
        law: what it must give.
        framework: "torch", "nnabla" or "chainer"; found from the subject unless given.
        seed: of the values that are tried.

    Raises:
        LawError: the law contradicts itself.
        AssertionError: the subject does otherwise; what, for which dtype and at which value.
    """
    found = findings(subject, law, framework=framework, seed=seed)
    if found:
        lines = "\n".join(f"  {finding}" for finding in found)
        raise AssertionError(f"{_name(subject)} does not follow {law.name}:\n{lines}")


def findings(
    subject: Any, law: Law, *, framework: str | None = None, seed: int = 0
) -> list[Finding]:
    """All that a subject does otherwise, the first of each kind and dtype."""
    check_law(law, seed)
    driver = _driver(framework or framework_of(subject))
    wanted = sum(
        np.ndim(a) > 0 or w
        for a, w in zip(arguments_of(law, np.ones(3)), law.differentiable, strict=True)
    )
    call = driver.as_function(subject, wanted)
    if call is None:
        raise TypeError(f"subject must be called with arrays: an instance of {_name(subject)}")
    there = [name for name in DTYPES if name in driver.describe()["dtypes"]]
    found: dict[tuple[str, str], Finding] = {}
    for dtype in there:
        for what, detail in _tried(driver, call, law, np.dtype(dtype), seed):
            found.setdefault((what, dtype), Finding(what, dtype, detail))
    return list(found.values())


def framework_of(subject: Any) -> str:
    """The framework that a subject is written in: of its class, or of what its module imports.

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


def _driver(framework: str) -> Driver:
    if framework not in FRAMEWORKS:
        raise ValueError(f"framework must be one of {', '.join(FRAMEWORKS)}, got {framework!r}")
    module = importlib.import_module(f"conformance.worker.{framework}_driver")
    driver: Driver = module.DRIVER("cpu")
    return driver


def _name(subject: Any) -> str:
    return str(getattr(subject, "__name__", type(subject).__name__))


def _arrays(law: Law, dtype: np.dtype[Any], seed: int) -> Iterator[tuple[str, Array]]:
    """What is tried for the arguments that take a gradient, by what it is called."""
    rng = np.random.RandomState(seed)
    yield "values", rng.standard_normal(7) * 2
    yield "values of two dimensions", rng.standard_normal((2, 3))
    with np.errstate(over="ignore"):
        points = np.asarray(law.points, dtype)
    if np.isfinite(points).any():  # the others are too large for the dtype
        yield "points", points[np.isfinite(points)]
    yield "a 0-d array", rng.standard_normal(())
    yield "an empty array", np.zeros(0)


def _tried(
    driver: Driver, call: Callable[..., Any], law: Law, dtype: np.dtype[Any], seed: int
) -> Iterator[tuple[str, str]]:
    """What the subject does otherwise, for arrays of one dtype."""
    rng = np.random.RandomState(seed + 1)
    for what, array in _arrays(law, dtype, seed):
        for number in range(3):
            arguments = [
                a.astype(dtype) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a
                for a in arguments_of(law, array.astype(dtype), number)
            ]
            shape = law.output(arguments, dtype).shape
            dy = np.asarray(rng.standard_normal(shape)).astype(dtype)
            try:
                yield from _once(driver, call, law, arguments, dy, what)
            except LawError:
                raise
            except Exception as error:
                cause = error.__cause__ or error  # nnabla hides what a Python function raised
                yield what, f"it raises {type(cause).__name__}: {cause}"


def _once(
    driver: Driver,
    call: Callable[..., Any],
    law: Law,
    arguments: Sequence[Any],
    dy: Array,
    what: str,
) -> Iterator[tuple[str, str]]:
    """One forward and one backward pass."""
    leaves = [driver.variable(a) if isinstance(a, np.ndarray) else a for a in arguments]
    y, arrived = call(*leaves), driver.variable(dy, needs_grad=False)
    came, expected = driver.value(y), law.output(arguments, dy.dtype)
    detail = _apart(came, expected.running, dy.dtype, law, None)
    if detail:
        yield f"output of {what}", detail
    if np.shape(came) != dy.shape:
        return
    driver.backward(y, arrived)
    gradients = law.gradients(dy, arguments, dy.dtype)
    for name, argument, leaf, want in zip(law.arguments, arguments, leaves, gradients, strict=True):
        if not isinstance(argument, np.ndarray):
            continue
        after, got = driver.value(leaf), driver.gradient(leaf)
        if np.asarray(after).tobytes() != argument.tobytes():
            yield f"{name} afterwards", "the input was changed"
        if want is None:
            if got is not None and np.any(got):
                yield f"gradient of {name}", "the law gives it none, and it gets one"
        elif got is None:
            yield f"gradient of {name}, {what}", "it gets none"
        else:
            detail = _apart(got, want.running, dy.dtype, law, (name, argument, dy))
            if detail:
                yield f"gradient of {name}, {what}", detail
    if np.asarray(driver.value(arrived)).tobytes() != dy.tobytes():
        yield "the output's gradient afterwards", "it was changed"


def _apart(
    got: Any,
    expected: Running,
    dtype: np.dtype[Any],
    law: Law,
    context: tuple[str, Array, Array] | None,
) -> str:
    """How ``got`` differs from what is expected, in words; "" if it does not."""
    array = np.asarray(got)
    if array.shape != expected.value.shape:
        return f"shape must be {expected.value.shape}, got {array.shape}"
    if array.dtype != dtype:
        return f"dtype must be {dtype}, got {array.dtype}"
    with np.errstate(all="ignore"):
        right = expected.value.astype(dtype)
    if law.exact:
        comparison = compare_exact(array, right)
    else:
        slack = law.tolerance * float(np.abs(expected.value).max(initial=0))
        bound = Running(expected.value, expected.error + slack, expected.compute).stored(dtype)
        comparison = compare_bound(array, bound, dtype)
    if comparison.agrees:
        return ""
    if context is None or np.shape(context[1]) != array.shape:
        return f"{comparison.detail} (off by {comparison.error:.3g} {comparison.unit})"
    return _in_words(array, right, *context)


def _in_words(got: Array, right: Array, name: str, x: Array, dy: Array) -> str:
    """A wrong gradient: a multiple of dy that it is, or the worst place."""
    with np.errstate(all="ignore"):
        difference = np.abs(got.astype(np.float64) - right.astype(np.float64))
        at = np.unravel_index(int(np.argmax(np.nan_to_num(difference, nan=np.inf))), got.shape)
        place = f"at {name} = {float(x[at]):g}"
        worst = f"{place} the declared gradient is {float(right[at]):.6g}, got {float(got[at]):.6g}"
        if dy.shape != got.shape:
            return worst
        ratios, wanted = got.astype(float) / dy, right.astype(float) / dy
    for factor, words in ((1.0, "+dy"), (-1.0, "-dy"), (0.0, "0")):
        if np.allclose(ratios, factor, atol=1e-2) and not np.allclose(wanted, factor, atol=1e-2):
            return f"d{name} is {words} everywhere: {worst}"
    return worst
