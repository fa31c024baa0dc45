"""What is tried, declared as data: for each clause the cases that it is tried in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..case import Case, branches
from ..procedures import wiring
from ..run.plan import Plan
from ..run.subject import Subject
from ..seen import Seen
from ..spec import Array, compute_type, dtype_named, finfo

Cases = dict[str, Case]
Procedure = Callable[[Any, Any, Case], Seen]

# (64, 3, 8, 8) has more elements than any vector unit or block in a layer is long.
SHAPES = ((), (1,), (5,), (4, 3), (2, 3, 4), (4, 3, 2, 2), (2, 1, 3, 1, 2), (64, 3, 8, 8))
SHAPE = (4, 3, 2, 2)
SPECIAL = ((12, 3, 2, 2), (144,), (12, 12), (12, 3, 4), (3, 2, 2, 3, 4))  # of 12 x 12 elements
SCALES = (1.0, 0.37, -0.5, 2.5, 1 / 3, 1e-3, 1e3, 0.0)
SCALE = 0.37


def values(rng: np.random.Generator, shape: tuple[int, ...], dtype: str) -> Array:
    """Ordinary numbers of both signs."""
    return np.asarray(rng.standard_normal(shape)).astype(dtype_named(dtype))


def coefficients(
    layer: str, rng: np.random.Generator, shape: tuple[int, ...], dtype: str, per_image: bool
) -> dict[str, Any]:
    """A scale or scalar; alpha and beta as numbers that the compute type holds exactly.

    Exactly, because forming 1 - alpha before or after the rounding must not matter.
    """
    if layer != "shake_shake":
        return {"scale" if layer == "gradient_reversal" else "scalar": SCALE}
    compute = compute_type(dtype_named(dtype))
    one_each = (*shape[:1], *(1,) * (len(shape) - 1)) if per_image else ()
    drawn = rng.random((2, *one_each)).astype(np.float32).astype(compute)
    if per_image and shape:
        return {"alpha": drawn[0], "beta": drawn[1]}
    return {"alpha": float(drawn[0]), "beta": float(drawn[1])}


def case(
    subject: Subject,
    plan: Plan,
    procedure: Procedure = wiring.plain,
    *,
    shape: tuple[int, ...] = SHAPE,
    dtype: str = "float32",
    per_image: bool = True,
    **changes: Any,
) -> Case:
    """A case with ordinary values; ``changes`` are fields of Case to set."""
    layer = subject.layer
    rng = plan.generator(layer, procedure.__name__, shape, dtype, per_image)
    made = Case(
        layer=layer,
        procedure=procedure,
        inputs=tuple(values(rng, shape, dtype) for _ in range(branches(layer))),
        coefficients=coefficients(layer, rng, shape, dtype, per_image),
        cotangent=values(rng, shape, dtype),
        wanted=(True,) * branches(layer),
    )
    return replace(made, **changes)


def with_number(base: Case, number: Any) -> Case:
    """A case of a layer that takes one number, with another number."""
    return replace(base, coefficients=dict.fromkeys(base.coefficients, number))


def one(procedure: Procedure, **options: Any) -> Callable[[Subject, Plan], Cases]:
    """A single float32 case of a procedure."""

    def made(subject: Subject, plan: Plan) -> Cases:
        return {"float32": case(subject, plan, procedure, **options)}

    return made


def shapes(subject: Subject, plan: Plan) -> Cases:
    """Every rank from 1."""
    return {"x".join(map(str, shape)): case(subject, plan, shape=shape) for shape in SHAPES[1:]}


def degenerate_shapes(subject: Subject, plan: Plan) -> Cases:
    """0-d, and empty arrays."""
    empty = {"empty": (0,), "empty-images": (0, 3, 2, 2), "empty-channels": (4, 0, 2)}
    return {
        "0-d": case(subject, plan, shape=()),
        **{name: case(subject, plan, shape=shape) for name, shape in empty.items()},
    }


def dtypes(subject: Subject, plan: Plan) -> Cases:
    """Every dtype that the framework computes in."""
    return {
        dtype: case(subject, plan, dtype=dtype, shape=(64, 3, 8, 8))
        for dtype in subject.facts["dtypes"]
    }


def layouts(subject: Subject, plan: Plan) -> Cases:
    """Every layout in memory that the framework has; rows are equal where one is expanded."""
    made = {}
    for layout in subject.facts["layouts"]:
        base = case(subject, plan, layout=layout)
        if layout == "expanded":
            rows = tuple(np.repeat(x[:1], len(x), axis=0) for x in base.inputs)
            base = replace(base, inputs=rows)
        made[layout] = base
    return made


def scales(subject: Subject, plan: Plan) -> Cases:
    """Every dtype with every scale, or with coefficients per image and per batch."""
    made = {}
    for dtype in subject.facts["dtypes"]:
        if subject.layer == "shake_shake":
            for per_image in (True, False):
                name = f"{dtype}-per-{'image' if per_image else 'batch'}"
                made[name] = case(
                    subject, plan, dtype=dtype, shape=(64, 3, 8, 8), per_image=per_image
                )
            continue
        base = case(subject, plan, dtype=dtype, shape=(64, 3, 8, 8))
        for scale in plan.few(SCALES, 3):
            made[f"{dtype}-{scale:.3g}"] = with_number(base, scale)
    return made


def special_values(subject: Subject, plan: Plan) -> Cases:
    """NaN, infinities, zeros of both signs, subnormals and the largest numbers, all pairs."""
    made = {dtype: _special(subject, plan, dtype, SPECIAL[0]) for dtype in subject.facts["dtypes"]}
    for shape in SPECIAL[1:]:
        made["x".join(map(str, shape))] = _special(subject, plan, "float32", shape, True)
    zeros = dict.fromkeys(made["float32"].coefficients, 0.0)  # times infinity
    return {**made, "zero": replace(made["float32"], coefficients=zeros)}


def _special(
    subject: Subject, plan: Plan, dtype: str, shape: tuple[int, ...], per_image: bool = False
) -> Case:
    info = finfo(dtype_named(dtype))
    tiny, least, most = info.smallest_normal, info.smallest_subnormal, info.max
    row = [np.nan, np.inf, -np.inf, 0.0, -0.0, least, -least, tiny / 2, tiny, -most, most, 1.0]
    column = np.array(row).astype(dtype_named(dtype))
    first, second = (np.reshape(grid, shape) for grid in np.meshgrid(column, column))
    base = case(subject, plan, dtype=dtype, shape=shape, per_image=per_image)
    inputs = (first, second)[: len(base.inputs)]
    return replace(base, inputs=inputs, cotangent=second)


def subsets(subject: Subject, plan: Plan) -> Cases:
    """Every choice of wanted gradients but none at all."""
    base = case(subject, plan)
    if len(base.inputs) == 1:
        return {"x": base}
    choices = {"x0": (True, False), "x1": (False, True), "both": (True, True)}
    return {name: replace(base, wanted=wanted) for name, wanted in choices.items()}
