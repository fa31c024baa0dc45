"""Wrong layers that a program makes up: a defect, and the conditions under which it shows.

    .envs/controller/bin/python -m tests.power [--backend torch] [--count 500] [--full]

They measure how strong the suite is, and are no part of its tests: nobody has looked at each.
The module serves them by framework and name, such as ``torch_reversal_17``.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from tests.mutants.formulas import exact, mixed, scaled

Layer = Callable[..., Any]
LAYERS = {"reversal": "gradient_reversal", "multiply": "mul_scalar", "shake": "shake_shake"}


@dataclass
class Now:
    """What can be known when a pass is made."""

    array: Any  # the first input at the forward pass, dy at the backward pass
    number: Any  # the first coefficient
    calls: int = 0  # of the layer, before this one
    earlier: int = 0  # backward passes of this graph, before this one
    between: bool = False  # the layer was called since this graph was made
    thread: bool = False  # it is another one than at the forward pass
    first: int = 0  # the batch size of the layer's first call


def _rank(n: int) -> Callable[[Now], bool]:
    return lambda now: bool(now.array.ndim == n)


CONDITIONS: dict[str, Callable[[Now], bool]] = {
    **{f"rank {n}": _rank(n) for n in (1, 2, 3, 5)},
    "large": lambda now: now.array.size > 2**18,
    "small": lambda now: now.array.size < 100,
    "one sample": lambda now: now.array.shape[:1] == (1,),
    "square": lambda now: now.array.ndim > 1 and now.array.shape[0] == now.array.shape[1],
    "last axis as long as the batch": lambda now: (
        now.array.ndim > 1 and now.array.shape[0] == now.array.shape[-1]
    ),
    "float16": lambda now: now.array.dtype == np.float16,
    "not contiguous": lambda now: not now.array.flags.c_contiguous,
    "negative number": lambda now: bool(np.all(np.asarray(now.number) < 0)),
    "number above one": lambda now: bool(np.all(np.asarray(now.number) > 1)),
    "array of numbers": lambda now: np.ndim(now.number) > 0,
    "after a hundred calls": lambda now: now.calls > 100,
    "second backward pass": lambda now: now.earlier > 0,
    "called in between": lambda now: now.between,
    "another thread": lambda now: now.thread,
    "another batch size": lambda now: now.array.shape[:1] != (now.first,),
    "a zero": lambda now: bool((now.array == 0).any()),
    "not finite": lambda now: not np.isfinite(now.array).all(),
}

# Of these no two can be met.
APART = (
    {f"rank {n}" for n in (1, 2, 3, 5)},
    {"negative number", "number above one", "array of numbers"},
    {"large", "small"},
    {"one sample", "square"},
    {"one sample", "last axis as long as the batch"},
    {"rank 1", "square"},
    {"rank 1", "last axis as long as the batch"},
)
# Of what is right, and the array that it was made of.
DEFECTS: dict[str, Layer] = {
    "the sign is lost": lambda right, _: -right,
    "nothing is done": lambda _, given: np.array(given),
    "nothing comes": lambda right, _: 0 * right,
    "the last element is missing": lambda right, _: _missing(right, slice(-1, None)),
    "the last block is missing": lambda right, _: _missing(right, slice(-64, None)),
    "the first sample is missing": lambda right, _: _missing(right, slice(0, 1)),
    "it comes twice": lambda right, _: right + right,
    "it is 1 % too large": lambda right, _: (right * 1.01).astype(right.dtype),
    "it is shifted by one": lambda right, _: np.roll(right.ravel(), 1).reshape(right.shape),
    "NaN is hidden": lambda right, _: np.nan_to_num(right),
}


def _missing(right: Any, place: slice) -> Any:
    changed = np.array(right)
    changed.reshape(-1)[place] = 0
    return changed


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a layer, when, and in which pass."""

    forward: bool
    conditions: tuple[str, ...]
    defect: str

    @property
    def text(self) -> str:
        """In words."""
        pass_ = "forward" if self.forward else "backward"
        return f"{pass_}: {self.defect} where {' and '.join(self.conditions)}"

    def spoil(self, right: Any, given: Any, now: Now) -> Any:
        """What comes, where this is right."""
        if all(CONDITIONS[name](now) for name in self.conditions):
            return DEFECTS[self.defect](right, given)
        return right


def wrong(name: str) -> Wrong:
    """What is wrong with the layer of a name, "reversal_17"; the same each time."""
    rng = random.Random(name)
    forward = rng.random() < 0.3
    # A condition that only a backward pass can meet says nothing about a forward pass.
    backward_only = {"second backward pass", "called in between", "another thread"}
    # Nor is a mix of branches asked for with other numbers than those from 0 to 1.
    never = (backward_only if forward else set()) | (
        {"negative number", "number above one"} if name.startswith("shake") else set()
    )
    names = [c for c in CONDITIONS if c not in never]
    chosen = rng.sample(names, rng.choice((1, 1, 2)))
    while any(set(chosen) <= apart for apart in APART) and len(chosen) > 1:
        chosen = rng.sample(names, 2)
    return Wrong(forward, tuple(sorted(chosen)), rng.choice(list(DEFECTS)))


def made(name: str, declare: Layer, exact: Layer) -> Layer:
    """The layer of a name, a function of the inputs and the coefficients."""
    kind = name.partition("_")[0]
    spoiled = wrong(name)
    calls: list[int] = []

    def layer(*given: Any) -> Any:
        count = 2 if kind == "shake" else 1
        xs, numbers = given[:count], [exact(number) for number in given[count:]]
        calls.append(xs[0].shape[0] if len(xs[0].shape) else 0)
        call, thread, earlier = len(calls), threading.get_ident(), [0]

        def now(array: Any) -> Now:
            return Now(
                array,
                numbers[0],
                call - 1,
                earlier[0],
                len(calls) > call,
                threading.get_ident() != thread,
                calls[0],
            )

        def forward(*arrays: Any) -> Any:
            x = arrays[0]
            if kind == "shake":
                right = mixed(x, arrays[1], numbers[0])
            else:
                right = scaled(x, numbers[0]) if kind == "multiply" else x.copy()
            return spoiled.spoil(right, x, now(x)) if spoiled.forward else right

        def backward(dy: Any, i: int) -> Any:
            if kind == "shake":
                factor = (numbers[1], 1 - numbers[1])[i]
            else:
                factor = numbers[0] if kind == "multiply" else -numbers[0]
            right = scaled(dy, factor)
            came = right if spoiled.forward else spoiled.spoil(right, dy, now(dy))
            earlier[0] += 1
            return came

        return declare(xs, forward, backward)

    return layer


@cache
def __getattr__(name: str) -> Layer:
    framework, _, layer = name.partition("_")
    if layer.partition("_")[0] not in LAYERS:
        raise AttributeError(name)
    arrays = import_module(f"tests.mutants.{framework}.arrays")
    return made(layer, arrays.declare, getattr(arrays, "exact", exact))
