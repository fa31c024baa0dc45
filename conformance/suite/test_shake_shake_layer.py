"""S3, S5 to S10, S13: Shake-Shake layers that draw, by what is read off outputs and gradients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..case import Case
from ..procedures import drawn as drawing
from ..run.judge import Judge
from ..run.plan import Plan
from ..run.subject import Subject
from ..spec import Array, Running, dtype_named, finfo
from . import cases as make
from .cases import Cases
from .draws import FALSE_ALARM, of_independent, of_lags, of_uniform
from .marks import cases, clause, drawn, modes, needs

pytestmark = drawn

IMAGES = 256
MODES = ("shake-shake", "shake-even", "shake-keep", "even-shake", "even-even")


def _drawn(subject: Subject, plan: Plan, passes: int, **layer: str) -> Case:
    """Ones in the first branch, zeros in the second, and a cotangent of ones."""
    ones = np.ones((IMAGES, 3, 2, 2), np.float32)
    offered = {name: value for name, value in layer.items() if name in subject.options}
    options = {"layer": offered, "training": True, "seed": plan.seed, "passes": passes}
    return Case("shake_shake", drawing.drawn, (ones, ones * 0), {}, ones, options=options)


def _modes(subject: Subject, plan: Plan) -> Cases:
    return {mode: _drawn(subject, plan, 4, mode=mode) for mode in MODES}


def _levels(subject: Subject, plan: Plan) -> Cases:
    levels = ("image", "batch") if "level" in subject.options else ("default",)
    return {level: _drawn(subject, plan, 4, level=level) for level in levels}


def _many(subject: Subject, plan: Plan) -> Cases:
    return {"default": _drawn(subject, plan, plan.passes)}


def _shapes(subject: Subject, plan: Plan) -> Cases:
    base = replace(_drawn(subject, plan, 1), procedure=drawing.output)
    return {
        "x".join(map(str, shape)): replace(base, inputs=(np.ones(shape, np.float32),) * 2)
        for shape in make.SHAPES[1:]
    }


@clause(shake_shake="G1")
@cases(_shapes)
def test_shape_when_drawn(judge: Judge, case: Case) -> None:
    got, want = np.shape(judge.observe(case).output), case.inputs[0].shape
    judge.check(got == want, f"expected shape {want}, got {got}")


@clause(shake_shake="S5")
@cases(_modes)
def test_mode(judge: Judge, case: Case) -> None:
    judge.check("mode" in judge.subject.options, "the class takes no mode")
    seen = judge.observe(case, "S5")
    mode = case.options["layer"]["mode"]
    forward, backward = mode.split("-")
    alpha, beta = seen.alpha, seen.beta
    judge.check(bool((alpha == 0.5).all()) == (forward == "even"), f"{mode}: alpha {alpha[0, 0]}")
    judge.check(bool((beta == 0.5).all()) == (backward == "even"), f"{mode}: beta {beta[0, 0]}")
    if forward == "shake":
        kept = bool((alpha == beta).all())
        judge.check(kept == (backward == "keep"), f"{mode}: beta is alpha: {kept}")


@clause(shake_shake="S6")
@cases(_levels)
def test_level(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    level = case.options["layer"].get("level")
    for name in ("alpha", "beta"):
        drawn = seen.seen[name]
        inside = (drawn == drawn[:, :, :1, :1, :1]).all()
        judge.check(bool(inside), f"{name} differs within an image: {drawn[0, 0]}")
        spread = len(np.unique(drawn[0, :, 0, 0, 0]))
        if level == "batch":
            judge.check(spread == 1, f"{spread} values of {name} in a batch")
        if level == "image":
            # Two of 256 float32 draws are equal with a probability of 0.2 %, eight never.
            judge.check(spread >= IMAGES - 4, f"{spread} values of {name} for {IMAGES} images")


def _evaluated(subject: Subject, plan: Plan) -> Cases:
    made = {}
    for dtype in subject.facts["dtypes"]:
        base = make.case(subject, plan, drawing.evaluated, dtype=dtype, coefficients={})
        made[dtype] = replace(base, options={"layer": {}})
    return made


def _largest(subject: Subject, plan: Plan) -> Cases:
    """The largest number of each 16-bit type in both branches, which is their mix as well."""
    made = {}
    for dtype, case in _evaluated(subject, plan).items():
        if case.inputs[0].itemsize > 2:
            continue  # no activation comes near it
        most = np.full_like(case.inputs[0], finfo(case.inputs[0].dtype).max)
        made[dtype] = replace(case, inputs=(most, most))
    return made


@clause(shake_shake="S7")
@modes
@cases(_evaluated)
def test_evaluation(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    seen.under(replace(case, coefficients={"alpha": 0.5, "beta": 0.5})).check_output()
    half = (case.cotangent.astype(np.float64) / 2).astype(case.cotangent.dtype)
    for i, gradient in enumerate(seen.gradients):
        judge.check_exact(f"dx{i}", gradient, half)


@clause(shake_shake="S7")
@modes
@cases(_largest)
def test_evaluation_does_not_overflow(judge: Judge, case: Case) -> None:
    judge.check_exact("y", judge.observe(case).output, case.inputs[0])


@clause(shake_shake="S7")
@modes
@cases(lambda s, p: {"seeded": replace(_drawn(s, p, 1), procedure=drawing.draws_nothing)})
def test_evaluation_draws_nothing(judge: Judge, case: Case) -> None:
    without, after = judge.observe(case).outputs
    judge.check_exact("alpha after an evaluation", after, without)


@clause(shake_shake="S8")
@cases(_many)
def test_uniform(judge: Judge, case: Case) -> None:
    for name, numbers in _coefficients(judge, case).items():
        inside = bool(((numbers >= 0) & (numbers < 1)).all())
        judge.check(inside, f"{name} from {numbers.min()} to {numbers.max()}")
        for fault, p in of_uniform(numbers).items():
            judge.check(p > FALSE_ALARM, f"{name} is {fault}: p = {p:.2g}")


@clause(shake_shake="S9")
@cases(_many)
def test_independent(judge: Judge, case: Case) -> None:
    drawn = _coefficients(judge, case)
    alpha, beta = np.broadcast_arrays(drawn["alpha"], drawn["beta"])
    pairs: dict[str, tuple[Array, Array]] = {
        "alpha and beta": (alpha, beta),
        "alpha of one pass and of the next": (alpha[:-1], alpha[1:]),
        "beta of one pass and alpha of the next": (beta[:-1], alpha[1:]),
    }
    if alpha.shape[1] > 1:
        sums = alpha.sum(axis=1), beta.sum(axis=1)
        pairs["the sums of alpha and of beta over the images of a pass"] = sums
        pairs["alpha of one image and of the next"] = (alpha[:, :-1], alpha[:, 1:])
        pairs["beta of one image and of the next"] = (beta[:, :-1], beta[:, 1:])
    for what, (a, b) in pairs.items():
        varies = bool(np.ptp(a) > 0 and np.ptp(b) > 0)
        judge.check(varies, f"{what}: one of them never changes")
        for fault, p in of_independent(a, b).items():
            judge.check(p > FALSE_ALARM, f"{what} are {fault}: p = {p:.2g}")
    width = min(drawn["alpha"].shape[1], drawn["beta"].shape[1])
    for fault, p in of_lags(alpha[:, :width], beta[:, :width]).items():
        judge.check(p > FALSE_ALARM, f"at some distance, draws are {fault}: p = {p:.2g}")


def _opposite(subject: Subject, plan: Plan) -> Cases:
    """Ones, and minus ones: y = 2 alpha - 1, which near 0 shows more of alpha than alpha does."""
    base = replace(_drawn(subject, plan, 1), procedure=drawing.output)
    made = {}
    for dtype in subject.facts["dtypes"]:
        ones = base.inputs[0].astype(dtype_named(dtype))
        if ones.itemsize == 2:
            made[dtype] = replace(base, inputs=(ones, -ones))
    return made


@clause(shake_shake="S3")
@cases(_opposite)
def test_drawn_in_the_compute_type(judge: Judge, case: Case) -> None:
    y = np.asarray(judge.observe(case).output).astype(np.float64)
    near = y[abs(y) < 1 / 8]
    # An alpha in this type is a multiple of eps / 4 above 1/4.
    coarse = bool((near % (finfo(case.inputs[0].dtype).eps / 2) == 0).all())
    judge.check(not coarse, f"alpha is rounded to {case.inputs[0].dtype}")


@clause(shake_shake="S10")
@cases(_many)
def test_drawn_once_a_pass(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    for name in ("alpha", "beta"):
        different = len(np.unique(seen.seen[name][:, 0, 0, 0, 0]))
        passes = case.options["passes"]
        judge.check(different >= passes - 1, f"{different} values of {name} in {passes} passes")
    judge.check_exact("beta of the second backward pass", seen.beta_again, seen.beta)
    # beta was read off dx0, so it may be off by the rounding there.
    drawn = Running.of(seen.beta, seen.beta.dtype)
    beta = drawn * Running.of(1.0, drawn.compute)
    rest = Running.of(1.0, beta.compute) - beta
    judge.check_within("dx1", seen.rest, rest, seen.rest.dtype.name)


@clause(shake_shake="S10")
@cases(lambda s, p: {"no-grad": replace(_drawn(s, p, 1), procedure=drawing.unrecorded)})
def test_drawn_where_nothing_is_recorded(judge: Judge, case: Case) -> None:
    half = bool((np.asarray(judge.observe(case).output) == 0.5).all())
    judge.check(not half, "in no-grad mode, alpha is 1/2 in training, too")


@clause(shake_shake="S10")
@needs("static_graph")
@cases(lambda s, p: {"float32": replace(_drawn(s, p, 1), procedure=drawing.run_again)})
def test_a_static_graph_draws_at_every_pass(judge: Judge, case: Case) -> None:
    first, second = judge.observe(case).outputs
    different = bool((first != second).any())
    judge.check(different, "both passes over one graph have the same coefficients")


def _generators(subject: Subject, plan: Plan) -> Cases:
    base = _drawn(subject, plan, 1)
    own = bool({"rng", "generator"} & set(subject.options))
    return {"default": replace(base, procedure=drawing.generators, options={"own": own})}


@clause(shake_shake="S13")
@cases(_generators)
def test_generators(judge: Judge, case: Case) -> None:
    seen = judge.observe(case, "S5")
    one, other, again = seen.after
    alike = any(a == b for a, b in zip(one, other, strict=True))
    judge.check(not alike, "a pass seeds a default generator: it goes on the same way each time")
    judge.check(one == again, "a pass seeds a default generator: seeding it before has no effect")
    if case.options["own"]:
        without, after = seen.left
        judge.check(without == after, "with a generator of its own it draws from the default one")
        first, second = seen.own
        judge.check_exact("y with an equal generator of its own", second, first)


def _coefficients(judge: Judge, case: Case) -> dict[str, Array]:
    """One number for each pass and image, or for each pass where images share it."""
    seen = judge.observe(case)
    found = {}
    for name in ("alpha", "beta"):
        drawn = np.asarray(seen.seen[name])[:, :, 0, 0, 0].astype(np.float64)
        found[name] = drawn[:, :1] if (drawn == drawn[:, :1]).all() else drawn
    return found
