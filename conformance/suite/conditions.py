"""The lives that rows of conditions come to, each judged by the law."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import branches
from ..run.plan import Plan
from ..run.subject import Subject
from ..spec import Array, dtype_named
from ..spec.factors import FACTORS, Row, shape
from . import cases as make
from .graph import Graph
from .life import Life

MANY = 2**18 + 7  # elements: more than any block has, and a remainder in each
PASSES = 110  # what a counter to a hundred needs
SPECIAL = (np.nan, np.inf, -np.inf, 0.0, -0.0)
MODES = {"training": (True, True), "evaluation": (False, False)}


def values(subject: Subject) -> dict[str, tuple[str, ...]]:
    """The conditions that exist for a subject: for its framework, its layer and its form."""
    facts, shake = subject.facts, subject.layer == "shake_shake"
    drawn = subject.draws
    left: dict[str, Any] = {
        "rank": lambda rank: not (drawn and rank == "1"),
        "dtype": lambda dtype: dtype in facts["dtypes"],
        "input": lambda layout: layout in facts["layouts"],
        "cotangent": lambda layout: layout in facts["layouts"],
        "coefficients": lambda kind: kind in _kinds(subject),
        "wiring": lambda wiring: not drawn or wiring in ("plain", "held gradient"),
        "mode": lambda mode: subject.has_modes or mode == "training",
        "history": lambda history: {
            "copied": subject.is_layer,
            "run again": facts["static_graph"],
            # Arrays, one number for each image, fit one batch size.
            "another batch before": subject.description["coefficients"] != "per image",
        }.get(history, True),
        "precision": lambda precision: precision != "autocast" or facts["autocast"],
        "wanted": lambda wanted: shake or wanted == "both",
    }
    return {
        name: tuple(filter(left.get(name, lambda value: True), found))
        for name, found in FACTORS.items()
    }


def _kinds(subject: Subject) -> tuple[str, ...]:
    if not subject.takes_coefficients or subject.draws:
        return ("ordinary",)
    if subject.layer == "shake_shake":
        return ("ordinary", "numpy", "per sample")
    return FACTORS["coefficients"]


def shape_of(row: Row) -> tuple[int, ...]:
    """The shape of the inputs."""
    return shape(row, MANY)


def salted(row: Row) -> Row:
    """The row with values that are not finite, where ordinary ones beside them are enough.

    So what hides such a value is found under two more conditions, and not only under one.
    """
    enough = np.prod(shape_of(row)) >= 2 * len(SPECIAL)
    return {**row, "values": "not all finite"} if enough else row


class Maker:
    """Arrays and numbers for the life of a row."""

    def __init__(self, subject: Subject, plan: Plan, row: Row) -> None:
        self.subject = subject
        self.row = row
        self.shape = shape_of(row)
        self.rank = len(self.shape)
        self.rng = plan.generator(subject.layer, *sorted(row.items()))

    def array(self, layout: str = "contiguous", shape: tuple[int, ...] | None = None) -> Array:
        """Ordinary numbers; equal rows where they will be one, expanded."""
        found = make.values(self.rng, shape or self.shape, self.row["dtype"])
        # In 16 bits a drawn coefficient can read as 0 or 1, which infinity times it would show.
        finite = self.subject.draws and found.itemsize == 2
        if self.row["values"] == "not all finite" and found.size and not finite:
            # At both ends, which are looked at also where an array is large.
            end = min(found.size, 64) // 2
            places = self.rng.integers(-end, max(end, 1), size=len(SPECIAL))
            found.reshape(-1)[places] = np.array(SPECIAL).astype(found.dtype)
        return np.repeat(found[:1], len(found), axis=0) if layout == "expanded" else found

    def inputs(self, shape: tuple[int, ...] | None = None) -> list[Array]:
        """A list of inputs."""
        return [self.array(self.row["input"], shape) for _ in range(branches(self.subject.layer))]

    def coefficients(self, number: float = 0.37) -> dict[str, Any]:
        """In the form that the row asks for, and the subject takes."""
        kind, layer = self.row["coefficients"], self.subject.layer
        x = np.empty(self.shape, dtype_named(self.row["dtype"]))
        if layer == "shake_shake":
            per_image = kind == "per sample"
            made = make.coefficients(layer, self.rng, self.shape, self.row["dtype"], per_image)
            if kind == "numpy":
                made = {name: np.float64(value) for name, value in made.items()}
            return self.subject.fitting(made, x)
        ones = (1,) * (len(self.shape) - 1)
        found: Any = {
            "negative": -number,
            "large": 100 * number,
            "numpy": np.float32(number),
            "per sample": self.rng.standard_normal((self.shape[0], *ones)).astype(np.float32),
        }.get(kind, number)
        name = "scale" if layer == "gradient_reversal" else "scalar"
        return self.subject.fitting({name: found}, x)


def life_of(subject: Subject, plan: Plan, row: Row) -> Life:
    """The life that a row comes to."""
    life, given = Life(subject), Maker(subject, plan, row)
    numbers = given.coefficients()
    per_sample = any(map(np.ndim, numbers.values()))  # arrays, which fit one batch size only
    layer = life.build(numbers)
    forward: dict[str, Any] = {
        "layout": row["input"],
        "wiring": "plain" if row["wiring"] == "held gradient" else row["wiring"],
        "wanted": _wanted(subject, row),
        "autocast": row["precision"] == "autocast",
    }
    at_forward, at_backward = MODES.get(
        row["mode"], (row["mode"] != "training before backward", row["mode"].startswith("training"))
    )
    backward: dict[str, Any] = {
        "layout": row["cotangent"],
        "training": at_backward,
        "thread": row["backward"] == "in another thread",
    }
    history = row["history"]
    if history == "many passes":
        samples = given.shape[0] if given.rank > 1 or per_sample else 4
        few = given.inputs((samples, *(2,) * (given.rank - 1)))
        life.repeat(layer, PASSES, few, few[0])
    if history == "another batch before":
        for samples in (max(given.shape[0] - 1, 1), given.shape[0] + 1):
            other = (samples, *given.shape[1:])
            before = life.forward(layer, given.inputs(other), training=at_forward)
            life.backward(before, given.array(shape=other), training=at_backward)
    if history == "copied":
        life.copy(layer)
    inputs = given.inputs()
    held = given.inputs() if row["wiring"] == "held gradient" else ()
    graph = life.forward(layer, inputs, training=at_forward, held=held, **forward)
    if history == "run again":
        life.again(graph, given.inputs())
    others: list[Graph] = []
    if history == "two graphs backward in order":
        others.append(life.forward(layer, given.inputs(), training=at_forward, **forward))
    if history == "another layer between":
        second = life.build(given.coefficients(0.75))
        others.append(life.forward(second, given.inputs(), training=at_forward))
        life.backward(others[0], given.array())
    if history == "two backward passes":
        life.backward(graph, given.array(row["cotangent"]), **backward, keep=True)
        life.clear(graph)
    life.backward(graph, given.array(row["cotangent"]), **backward)
    if history == "two graphs backward in order":
        life.backward(others[0], given.array(row["cotangent"]), **backward)
    for each in (graph, *others):
        life.look(each)
    return life


def _wanted(subject: Subject, row: Row) -> tuple[bool, ...]:
    if row["wiring"] == "same-variable":
        return (True, False)
    return {"both": (True, True), "x0": (True, False), "x1": (False, True)}[row["wanted"]]
