"""What is tried of a law: arrays, layouts, ways to read an input, transforms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..arguments import nearest
from ..spec.rounding import Array
from .attempt import Attempt
from .checked import arguments_of
from .framework import EAGER, SECOND_ORDER, Framework
from .law import Law

WHOLE = "values of two dimensions"  # or of as many as the law asks for
# Where an exponential or a narrow integer overflows, but no right formula does, unless in 16 bits.
FAR = (300.0, -300.0)
# What each wiring is called in messages, and the clause that it is about.
WIRINGS = {
    "twice": ("an input that two calls read", "G7"),
    "shared": ("one array in two places", "G8"),
    "held": ("an input that has a gradient already", "G9"),
    "between": ("another call before its backward pass", "G24"),
    "again": ("a second backward pass", "G16"),
}


def attempts(
    law: Law, framework: Framework, dtype: np.dtype[Any], transform: str, seed: int
) -> Iterator[Attempt]:
    """All that is tried for one dtype, eagerly or through one transform."""
    rng = np.random.RandomState(seed + 1)
    for what, array, clause in arrays(law, dtype, seed):
        through = transform != EAGER
        if through and what not in (WHOLE, "points"):
            continue  # one size is enough: a transform is slow, and looks at no values
        if transform in SECOND_ORDER and what == "points":
            continue  # a law declares no second derivative at a kink
        for number in range(1 if through else 3):
            given, cotangents = case(law, array, number, dtype, rng, transform)
            raises = "G13" if array.size < 2 else ""
            yield Attempt(what, given, cotangents, clause, raises, transform=transform)
        if what != WHOLE or transform in SECOND_ORDER:
            continue
        for wiring in wirings_of(law, framework):
            if not through or wiring in ("twice", "shared"):
                name, about = WIRINGS[wiring]
                read = [given[0], given[0], *given[2:]] if wiring == "shared" else given
                yield Attempt(name, read, cotangents, about, wiring=wiring, transform=transform)
        for layout in () if through else framework.layouts:
            yield Attempt(f"a {layout} array", given, cotangents, "G3", layout=layout)


def wirings_of(law: Law, framework: Framework) -> list[str]:
    """Those that mean something: a second call draws other numbers, "shared" needs two arrays."""
    return [
        wiring
        for wiring in framework.wirings
        if not (wiring == "twice" and law.draws) and (wiring != "shared" or _takes_two(law))
    ]


def clauses_tried(law: Law, framework: Framework) -> list[str]:
    """What is looked at in a dtype; through a transform it is T1 alone."""
    return [
        *("L1", "L2", *(["L3"] if law.points else []), "G1", "G2", "G4", "G5", "G13", "G23"),
        *(["G3"] if framework.layouts else []),
        *(WIRINGS[wiring][1] for wiring in wirings_of(law, framework)),
        "G26",
    ]


def arrays(law: Law, dtype: np.dtype[Any], seed: int) -> Iterator[tuple[str, Array, str]]:
    """What is tried for the arguments that take a gradient, its name, and the clause on it."""
    rng = np.random.RandomState(seed)
    values = np.concatenate([rng.standard_normal(32) * 2, rng.uniform(-1.2, 1.2, 32)])
    if dtype.itemsize > 2 and np.finfo(np.longdouble).maxexp > 1024:  # or the law overflows, too
        values = np.append(values, FAR)
    if law.ndim < 2:
        yield "values", values, ""
    yield WHOLE, rng.standard_normal((2, 3, *(2,) * (law.ndim - 2))), ""
    with np.errstate(over="ignore"):
        points = np.asarray(law.points, dtype)
    if np.isfinite(points).any() and law.ndim < 2:  # the others are too large for the dtype
        yield "points", points[np.isfinite(points)], "L3"
    if law.ndim == 0:
        yield "a 0-d array", rng.standard_normal(()), ""
    yield "an empty array", np.zeros((0, *(3,) * max(law.ndim - 1, law.ndim == 1))), ""


def case(
    law: Law,
    array: Array,
    number: int,
    dtype: np.dtype[Any],
    rng: np.random.RandomState,
    transform: str = EAGER,
) -> tuple[list[Any], list[Array | None]]:
    """The arguments of the layer, and what arrives at its outputs."""
    whole = [
        a.astype(dtype) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a
        for a in arguments_of(law, array.astype(dtype), number)
    ]
    kept = [a for a, name in zip(whole, law.arguments, strict=True) if name not in law.draws]

    def drawn(shape: tuple[int, ...]) -> Array:
        found = np.asarray(rng.standard_normal(shape)).astype(dtype)
        if found.size >= 64:  # not at one of a few points
            found.reshape(-1)[0] = 0  # as behind a mask
        return found

    if transform in SECOND_ORDER:
        return kept, [drawn(a.shape) if isinstance(a, np.ndarray) else None for a in kept]
    return kept, law.cotangents(law.values(whole, dtype), drawn)


def _takes_two(law: Law) -> bool:
    """Whether the first two arguments are both arrays of the shape that is tried."""
    return sum(law.differentiable[:2]) == 2 and not set(law.arguments[:2]) & set(law.given)


def chosen(asked: str | Sequence[str], framework: Framework, law: Law) -> list[str]:
    """The transforms that are asked for: names, one name, "all" or none.

    Raises:
        ValueError: the framework has none of that name.
    """
    if asked == "all":
        second = law.backward is not None and tuple(law.outputs) == ("float",)
        return [name for name in framework.transforms if name not in SECOND_ORDER or second]
    names = [asked] if isinstance(asked, str) else list(asked)
    for name in names:
        if name not in framework.transforms:
            there = ", ".join(framework.transforms) or "none"
            near = nearest(name, framework.transforms)
            raise ValueError(f"transforms of {framework.name} are {there}; got {name!r}{near}")
    return names
