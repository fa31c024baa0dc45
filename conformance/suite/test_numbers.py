"""R1 to R7, M1 to M3 and M5 to M7: the layers that multiply by one number, forward or backward."""

from __future__ import annotations

import numpy as np

from ..case import Case
from ..procedures import drawn, hygiene, wiring
from ..run.judge import Judge
from ..run.plan import Plan
from ..run.subject import Subject
from ..spec import compare_exact, compute_type, dtype_named
from . import cases as make
from .cases import Cases
from .marks import cases, clause, layer_objects, needs, takes_coefficients


@clause(gradient_reversal="R2", mul_scalar="M2")
@layer_objects
@cases(make.one(drawn.evaluated))
def test_evaluation_changes_nothing(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    seen.check_output()
    seen.check_gradients()


def _many_products(subject: Subject, plan: Plan) -> Cases:
    """Enough products, with a number that no type holds, to see which type it is rounded to."""
    shape = (1 << (9 if plan.quick else 13), 4, 2, 2)
    return {
        dtype: make.with_number(make.case(subject, plan, dtype=dtype, shape=shape), 0.37)
        for dtype in subject.facts["dtypes"]
    }


@clause(gradient_reversal="R3", mul_scalar="M3")
@takes_coefficients
@cases(_many_products)
def test_rounding_type(judge: Judge, case: Case) -> None:
    (gradient,) = judge.observe(case).gradients
    ((name, number),) = case.coefficients.items()
    sign = -1 if case.layer == "gradient_reversal" else 1
    dtype, shape = case.cotangent.dtype, case.cotangent.shape
    got = np.shape(gradient)
    judge.check(got == shape, f"dx0: expected shape {shape}, got {got}", "G1")
    compute = compute_type(dtype)
    fits = []
    for candidate in ("float16", "bfloat16", "float32", "float64"):
        rounded = (sign * np.float64(number)).astype(dtype_named(candidate)).astype(np.float64)
        product = case.cotangent.astype(np.float64) * rounded
        if compare_exact(np.asarray(gradient), product.astype(compute).astype(dtype)).agrees:
            fits.append(candidate)
    # A wider type that fits as well makes no difference to any product.
    narrowest = fits[0] if fits else "no known type"
    judge.note = f"{name} in {dtype}: rounded to {narrowest}"
    good = dict.fromkeys((compute.name, "float64"))
    judge.check(narrowest in good, f"{judge.note}; expected {' or '.join(good)}")


@clause(gradient_reversal="R4")
@needs("views")
@cases(make.one(wiring.plain))
def test_forward_shares_memory(judge: Judge, case: Case) -> None:
    judge.check(judge.observe(case).shares_memory, "the output is a copy")


@clause(gradient_reversal="R5", mul_scalar="M5")
@layer_objects
@takes_coefficients
@cases(make.one(hygiene.late_change))
def test_number_is_captured(judge: Judge, case: Case) -> None:
    _check_captured(judge, case)


def _arrays(subject: Subject, plan: Plan) -> Cases:
    """One number, and one a sample."""
    base = make.case(subject, plan, hygiene.late_change)
    shapes = {"0-d": (), "per-sample": (len(base.inputs[0]), 1, 1, 1)}
    return {
        name: make.with_number(base, np.full(shape, 0.37, np.float32))
        for name, shape in shapes.items()
    }


@clause(gradient_reversal="R8", mul_scalar="M8")
@takes_coefficients
@cases(_arrays)
def test_array_is_captured(judge: Judge, case: Case) -> None:
    _check_captured(judge, case)


def _check_captured(judge: Judge, case: Case) -> None:
    """What is changed after the forward pass changes no gradient."""
    seen = judge.observe(case)
    if seen.raised:
        return  # the framework noticed the change: nothing wrong came out
    seen.check_gradients()
    # A layer of anyone's may hide its number, or copy it; in ours it has to be found.
    found = bool(seen.changed) or judge.subject.foreign
    judge.check(found, "nothing was found that could be changed")


def _number_types(subject: Subject, plan: Plan) -> Cases:
    """Negative numbers and zero, integers, numpy scalars and the framework's 0-d arrays."""
    base = make.case(subject, plan)
    numbers = {
        "negative": -0.375,
        "zero": 0.0,
        "large": 1000.0,
        "int": 2,
        "numpy.int64": np.int64(2),
        "numpy.float16": np.float16(0.375),
        "numpy.float32": np.float32(0.375),
        "numpy.float64": np.float64(0.375),
        "framework-float32": np.array(0.375, np.float32),
        "framework-float64": np.array(0.375, np.float64),
    }
    return {name: make.with_number(base, number) for name, number in numbers.items()}


@clause(gradient_reversal="R6", mul_scalar="M6")
@takes_coefficients
@cases(_number_types)
def test_types_of_number(judge: Judge, case: Case) -> None:
    judge.observe(case, None).check_values()


def _per_sample(subject: Subject, plan: Plan) -> Cases:
    """One number a sample, of shape (N, 1, ..., 1), in every dtype."""
    made = {}
    for dtype in subject.facts["dtypes"]:
        base = make.case(subject, plan, dtype=dtype)
        rng = plan.generator("per-sample", dtype)
        ones = (1,) * (base.inputs[0].ndim - 1)
        numbers = rng.standard_normal((len(base.inputs[0]), *ones)).astype(np.float32)
        made[dtype] = make.with_number(base, numbers)
    return made


@clause(gradient_reversal="R7", mul_scalar="M7")
@takes_coefficients
@cases(_per_sample)
def test_number_per_sample(judge: Judge, case: Case) -> None:
    judge.observe(case, None).check_values()
