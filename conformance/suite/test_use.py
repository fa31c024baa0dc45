"""G20 to G23: bad input, copies and saved layers, threads, dtypes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..case import COEFFICIENTS, Case
from ..procedures import hygiene, state
from ..run.judge import Judge
from ..run.plan import Plan
from ..run.subject import Subject
from . import cases as make
from .cases import Cases
from .marks import cases, clause, layer_objects

# What each argument's error message has to name, by the argument's place or name.
INPUT_NAMES = {"shake_shake": ("x0", "x1")}
# Words by which a message tells what came, unless it shows it, and what is wanted.
CAME = ("got", "given", "received", "found", "passed")
WANTED = ("must", "should", "has to", "have to", "need", "expect", "want", "only", "requires")


def _bad(subject: Subject, plan: Plan) -> Cases:
    base = make.case(subject, plan, hygiene.refused, per_image=False)
    bad: dict[str, tuple[int | str, object]] = {}
    for i in range(len(base.inputs)):
        bad[f"x{i}-None"] = (i, None)
        bad[f"x{i}-text"] = (i, "1.0")
        bad[f"x{i}-list"] = (i, [1.0, 2.0])
        if subject.facts["integer_inputs"]:
            bad[f"x{i}-integers"] = (i, np.ones(base.inputs[i].shape, np.int32))
    for name in COEFFICIENTS[subject.layer]:
        numbers = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}
        others = {
            "None": None,
            "text": "0.5",
            "True": True,
            "list": [0.5],
            "complex": np.complex128(1j),
        }
        shaped = {"too-many": np.ones(3, np.float32), "too-deep": np.ones((4, 3, 2, 2), np.float32)}
        for kind, value in (*numbers.items(), *others.items(), *shaped.items()):
            if subject.draws and value is None:
                continue  # there it means: draw
            bad[f"{name}-{kind}"] = (name, value)
    return {kind: replace(base, options={"bad": list(pair)}) for kind, pair in bad.items()}


@clause("G20")
@cases(_bad)
def test_bad_input(judge: Judge, case: Case) -> None:
    place, bad = case.options["bad"]
    names = INPUT_NAMES.get(case.layer, ("x",))
    argument = names[place] if isinstance(place, int) else place
    seen = judge.observe(case)
    judge.check(seen.raised is not None, f"{argument} = {bad!r} is accepted")
    judge.check(
        bool({"TypeError", "ValueError"} & set(seen.bases)),
        f"expected TypeError or ValueError, got {seen.raised}: {seen.message}",
    )
    message = seen.message
    judge.check(argument in message, f"the message does not name {argument}: {message}")
    came = (*CAME, type(bad).__name__, repr(bad))
    judge.check(any(w in message for w in came), f"the message does not say what came: {message}")
    wanted = any(word in message for word in WANTED)
    judge.check(wanted, f"the message does not say what is wanted: {message}")


def _saved(subject: Subject, plan: Plan) -> Cases:
    # Numbers that float32 cannot hold, in the widest dtype, where a rounded one would show.
    dtype = "float64" if "float64" in subject.facts["dtypes"] else "float32"
    base = make.case(subject, plan, state.round_trips, dtype=dtype, per_image=False)
    other = dict.fromkeys(base.coefficients, 0.75)
    return {dtype: replace(base, options={"other": other})}


@clause("G21")
@layer_objects
@cases(_saved)
def test_round_trips(judge: Judge, case: Case) -> None:
    copies = judge.observe(case, "G21")
    for way, seen in zip(copies.ways, copies.runs, strict=True):
        try:
            seen.check_output()
            seen.check_gradients()
            seen.check_fine()
        except AssertionError as error:
            judge.check(False, f"after {way}: {error}")


def _cotangents(subject: Subject, plan: Plan) -> Cases:
    base = make.case(subject, plan, hygiene.threads, shape=(4 if plan.quick else 16, 3, 32, 32))
    rng = plan.generator("threads")
    cotangents = [make.values(rng, base.cotangent.shape, "float32") for _ in range(16)]
    return {"float32": replace(base, options={"cotangents": cotangents})}


@clause("G22")
@cases(_cotangents)
def test_threads(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    for cotangent, run in zip(case.options["cotangents"], seen.runs, strict=True):
        run.under(replace(case, cotangent=cotangent)).check_gradients()


@clause("G23")
@cases(make.dtypes)
def test_dtypes(judge: Judge, case: Case) -> None:
    seen = judge.observe(case, None)
    seen.check_values()
    dtype = case.inputs[0].dtype.name
    judge.check(seen.stored in ("", dtype), f"y is stored in {seen.stored}, and x in {dtype}")
