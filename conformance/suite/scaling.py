"""Cases and checks for the number that a layer is given: gradient reversal and scalar multiply."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from conformance.case import Case
from conformance.run.judge import Judge
from conformance.run.plan import Plan
from conformance.run.subject import Subject
from conformance.spec.rounding import compare_exact, compute_type, dtype_named
from conformance.suite import cases as make
from conformance.suite.cases import Cases
from conformance.suite.checks import check_gradients, refusal


def late_changes(subject: Subject, plan: Plan) -> Cases:
    """An array, which can be overwritten; for a layer object also a float, in its attributes."""
    base = make.case(subject, plan, "late_change")
    (argument,) = base.coefficients
    array = {"array": replace(base, coefficients={argument: np.array(0.37, np.float32)})}
    return {"float": base, **array} if subject.is_layer else array


def check_late_change(judge: Judge, case: Case) -> None:
    """The gradient is that of the number at the forward pass, or there is an error."""
    refuses_arrays = "R6" if case.layer == "gradient_reversal" else "M6"
    seen = judge.observe(case, refuses_arrays)
    if "refused" in seen:
        return  # the framework noticed the change: nothing wrong came out
    check_gradients(judge, case, seen["gradients"])
    # A layer of anyone's may hide its number, or copy it; in ours it has to be found.
    found = bool(seen["changed"]) or judge.subject.foreign
    judge.check(found, "nothing was found that could be changed")


def number_types(subject: Subject, plan: Plan) -> Cases:
    """Integers, numpy scalars and the framework's 0-d arrays, all of them 2 or 3/8."""
    base = make.case(subject, plan)
    (argument,) = base.coefficients
    numbers = {
        "int": 2,
        "numpy.int64": np.int64(2),
        "numpy.float16": np.float16(0.375),
        "numpy.float32": np.float32(0.375),
        "numpy.float64": np.float64(0.375),
        "framework-float32": np.array(0.375, np.float32),
        "framework-float64": np.array(0.375, np.float64),
    }
    return {
        name: replace(base, coefficients={argument: number}) for name, number in numbers.items()
    }


def many_products(subject: Subject, plan: Plan) -> Cases:
    """Enough products, with a number that no type holds, to see which type it is rounded to."""
    made = {}
    for dtype in subject.facts["dtypes"]:
        base = make.case(subject, plan, dtype=dtype, shape=(1 << (13 if plan.quick else 17),))
        (argument,) = base.coefficients
        made[dtype] = replace(base, coefficients={argument: 0.37})
    return made


def check_rounding_type(judge: Judge, case: Case) -> None:
    """Find by measurement which type the number is rounded to, and note it."""
    (gradient,) = judge.observe(case, refusal(case))["gradients"]
    ((name, number),) = case.coefficients.items()
    sign = -1 if case.layer == "gradient_reversal" else 1
    dtype = case.cotangent.dtype
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
    judge.check(narrowest == compute.name, f"{judge.note}; expected {compute.name}")


def per_sample(subject: Subject, plan: Plan) -> Cases:
    """One number a sample, of shape (N, 1, ..., 1), in every dtype."""
    made = {}
    for dtype in subject.facts["dtypes"]:
        base = make.case(subject, plan, dtype=dtype)
        (argument,) = base.coefficients
        rng = plan.generator("per-sample", dtype)
        ones = (1,) * (base.inputs[0].ndim - 1)
        numbers = rng.standard_normal((len(base.inputs[0]), *ones)).astype(np.float32)
        made[dtype] = replace(base, coefficients={argument: numbers})
    return made
