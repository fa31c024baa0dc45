"""Holds a function of anyone's to a law, in the interpreter that it lives in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..spec.rounding import Array
from .attempt import Attempt
from .checked import arguments_of, check_law
from .errors import LawError
from .law import Law
from .subject import driver_of, framework_of, name_of

DTYPES = ("float16", "float32", "float64")
LAYOUTS = ("transposed", "strided")


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
        raise AssertionError(f"{name_of(subject)} does not follow {law.name}:\n{lines}")


def findings(
    subject: Any, law: Law, *, framework: str | None = None, seed: int = 0
) -> list[Finding]:
    """All that a subject does otherwise, the first of each kind and dtype."""
    check_law(law, seed)
    driver = driver_of(framework or framework_of(subject))
    wanted = sum(
        np.ndim(a) > 0 or w
        for a, w in zip(arguments_of(law, np.ones(3)), law.differentiable, strict=True)
    )
    call = driver.as_function(subject, wanted)
    if call is None:
        raise TypeError(f"subject must be called with arrays: an instance of {name_of(subject)}")
    known = driver.describe()
    layouts = [name for name in LAYOUTS if name in known["layouts"]]
    found: dict[tuple[str, str], Finding] = {}
    for dtype in (name for name in DTYPES if name in known["dtypes"]):
        for attempt in _attempts(law, np.dtype(dtype), layouts, seed):
            try:
                for what, detail in attempt.run(driver, call, law):
                    found.setdefault((what, dtype), Finding(what, dtype, detail))
            except LawError:
                raise
            except Exception as error:
                cause = error.__cause__ or error  # nnabla hides what a Python function raised
                detail = f"it raises {type(cause).__name__}: {cause}"
                found.setdefault((attempt.what, dtype), Finding(attempt.what, dtype, detail))
    return list(found.values())


def _attempts(
    law: Law, dtype: np.dtype[Any], layouts: Sequence[str], seed: int
) -> Iterator[Attempt]:
    """All that is tried for one dtype."""
    rng = np.random.RandomState(seed + 1)
    for what, array in _arrays(law, dtype, seed):
        for number in range(3):
            arguments = [
                a.astype(dtype) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a
                for a in arguments_of(law, array.astype(dtype), number)
            ]
            shape = law.output(arguments, dtype).shape
            dy = np.asarray(rng.standard_normal(shape)).astype(dtype)
            yield Attempt(what, arguments, dy)
        if array.ndim == 2:
            yield Attempt("an input that two calls read", arguments, dy, readers=2)
            for layout in layouts:
                yield Attempt(f"a {layout} array", arguments, dy, layout)


def _arrays(law: Law, dtype: np.dtype[Any], seed: int) -> Iterator[tuple[str, Array]]:
    """What is tried for the arguments that take a gradient, by what it is called."""
    rng = np.random.RandomState(seed)
    yield "values", np.concatenate([rng.standard_normal(32) * 2, rng.uniform(-1.2, 1.2, 32)])
    yield "values of two dimensions", rng.standard_normal((2, 3))
    with np.errstate(over="ignore"):
        points = np.asarray(law.points, dtype)
    if np.isfinite(points).any():  # the others are too large for the dtype
        yield "points", points[np.isfinite(points)]
    yield "a 0-d array", rng.standard_normal(())
    yield "an empty array", np.zeros(0)
