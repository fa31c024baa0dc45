"""The table of README.md that tells which implementation to take: made, and not out of date."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from markdown_it import MarkdownIt

from benchmarks.model import FRESH_COPY, ONE, OURS, PUBLISHED, Results, Row, Sample, Workload, store
from conformance.clauses import clauses
from conformance.interpreters import BACKENDS
from conformance.results import Outcome, Run
from docs.which import __main__ as command
from docs.which.judged import judged, refusals
from docs.which.options import BENCHMARKS
from docs.which.stale import stale
from docs.which.table import BEGIN, END, put, table
from docs.which.timed import timed
from tests.docs.reported import run_of

FACTS = json.loads(command.FACTS.read_text("utf-8"))
README = command.README.read_text("utf-8")
WRITE = "run `python3 dev.py which`"
JUDGE = "run `python3 dev.py conformance`, and then `python3 dev.py which`"


@cache
def committed() -> Results:
    return store.load(BENCHMARKS)


def changed(*keys: str, to: Any) -> dict[str, Any]:
    """The facts, with another value at a place."""
    facts: dict[str, Any] = copy.deepcopy(FACTS)
    place: Any = facts
    for key in keys[:-1]:
        place = place[key]
    if to is None:
        del place[keys[-1]]
    else:
        place[keys[-1]] = to
    return facts


def cells(made: str) -> dict[str, list[str]]:
    """The rows of a table, as a reader of Markdown has them."""
    tokens = MarkdownIt("commonmark").enable("table").parse(made)
    text = [token.content for token in tokens if token.type == "inline"][:-1]
    width = len(BACKENDS) + 1
    rows = [text[at : at + width] for at in range(0, len(text), width)]
    return {row[0]: row[1:] for row in rows}


def test_readme_has_the_table_of_the_facts() -> None:
    assert put(README, table(FACTS)) == README, f"README.md is not of docs/which.json: {WRITE}"


def test_the_facts_are_not_out_of_date() -> None:
    assert list(stale(FACTS, committed())) == []


def test_every_clause_of_a_layer_was_asked_somewhere() -> None:
    frameworks = FACTS["judged"]["frameworks"].values()
    asked = {clause for each in frameworks for kind in ("met", "untried") for clause in each[kind]}
    of_laws = {clause for clause in clauses() if re.match("[LT]", clause)}
    assert asked == set(clauses()) - of_laws, JUDGE


@pytest.mark.parametrize(
    ("keys", "to", "said"),
    [
        (
            ("judged", "frameworks", "torch", "version"),
            "2.12.0+cpu",
            r"torch was judged with torch 2\.12\.0\+cpu, and torch\.txt pins \S+: " + JUDGE,
        ),
        (
            ("judged", "frameworks", "chainer", "numpy"),
            "1.26.3",
            r"chainer was judged with numpy 1\.26\.3, and chainer\.txt pins \S+: " + JUDGE,
        ),
        (
            ("judged", "frameworks", "nnabla", "python"),
            "3.9.1",
            r"nnabla was judged on Python 3\.9\.1, and is for 3\.10: " + JUDGE,
        ),
        (
            ("judged", "frameworks", "nnabla", "dtypes"),
            ["float32"],
            "nnabla was judged in float32, and its driver names float16, float32: " + JUDGE,
        ),
        (
            ("judged", "levels", "G31"),
            "MUST",
            "SPEC.md and what was judged differ in G31: " + JUDGE,
        ),
        (("judged", "levels", "G1"), None, "SPEC.md and what was judged differ in G1: " + JUDGE),
        (("judged", "levels", "R3"), "MUST", "SPEC.md and what was judged differ in R3: " + JUDGE),
        (
            ("known", "nnabla", "limitations"),
            [{"clause": "G4", "reason": "it copies"}],
            "what is known of the environments, .* in nnabla: " + WRITE,
        ),
        (
            ("known", "torch", "ends"),
            ["2.6.0", "2.14.1"],
            "what is known of the environments, .* in torch: " + WRITE,
        ),
        (
            ("timed", "frameworks", "torch", "one", "median"),
            1e-6,
            "what is timed has changed, in frameworks: " + WRITE,
        ),
        (("timed", "date"), "2020-01-01", "what is timed has changed, in date: " + WRITE),
    ],
)
def test_what_is_out_of_date_is_told(keys: tuple[str, ...], to: Any, said: str) -> None:
    before = {*stale(FACTS, committed())}
    (sentence,) = {*stale(changed(*keys, to=to), committed())} - before
    assert re.fullmatch(said, sentence)


def test_the_facts_of_a_report() -> None:
    facts = changed("judged", "frameworks", "nnabla", "limited", to={"G20": "it cannot know"})
    facts["judged"]["frameworks"]["nnabla"]["met"].remove("G20")
    for kept in (FACTS["judged"], facts["judged"]):
        assert judged(run_of(kept)) == kept


def test_a_dtype_counts_where_every_layer_has_passed_in_it() -> None:
    run = run_of(FACTS["judged"])
    of_one = "dtypes[nnabla-shake_shake-float16]"
    kept = tuple(each for each in run.results if each.case != of_one)
    assert len(kept) == len(run.results) - 1
    assert judged(replace(run, results=kept))["frameworks"]["nnabla"]["dtypes"] == ["float32"]


def without(run: Run, kept: Callable[[Any], bool]) -> Run:
    """A run of some of the subjects."""
    return replace(run, header=replace(run.header, subjects=(*filter(kept, run.header.subjects),)))


def header(run: Run, **changes: Any) -> Run:
    return replace(run, header=replace(run.header, **changes))


def failed(run: Run, outcome: Outcome) -> Run:
    first, *others = run.results
    return replace(run, results=(replace(first, outcome=outcome), *others))


def foreign(run: Run) -> Run:
    infos = (replace(run.header.subjects[0], subject="yours.py:GRL", foreign=True),)
    return header(run, subjects=infos)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda run: replace(run, footer=None), "it is partial: the run was cut short"),
        (lambda run: run.ended(False, 1.0), "it is partial: the run was cut short"),
        (lambda run: header(run, quick=True), "it is of a run with --quick"),
        (
            lambda run: header(run, chosen=("--clause R3",)),
            "it is of a part of the cases: --clause R3",
        ),
        (foreign, "it is of yours.py:GRL, and not of this project's layers"),
        (lambda run: without(run, lambda s: s.backend == "torch"), "it lacks nnabla, chainer"),
        (
            lambda run: header(
                without(run, lambda s: s.backend != "nnabla"),
                skipped_backends={"nnabla": "no wheel"},
            ),
            "it lacks nnabla (no wheel)",
        ),
        (
            lambda run: without(run, lambda s: (s.backend, s.layer) != ("torch", "shake_shake")),
            "it lacks shake_shake of torch",
        ),
        (lambda run: failed(run, Outcome.FAILED), "1 cases failed or errored, of A1"),
        (lambda run: failed(run, Outcome.ERRORED), "1 cases failed or errored, of A1"),
        (lambda run: header(run, suite_version="0.0.9"), "suite 0.0.9 wrote it, and this is "),
    ],
)
def test_a_report_that_is_not_of_a_full_run_is_refused(
    change: Callable[[Run], Run], said: str
) -> None:
    run = run_of(FACTS["judged"])
    assert list(refusals(run)) == []
    (reason,) = refusals(change(run))
    assert reason.startswith(said)


def test_the_facts_of_a_run_of_the_benchmarks() -> None:
    results = Results(header={**committed().header, "rounds": 3})
    for backend in BACKENDS:
        for shape, subject, values in (
            (ONE, OURS, (1e-6, 2e-6, 4e-6)),
            (PUBLISHED, OURS, (6e-3, 6e-3, 6e-3)),
            (PUBLISHED, FRESH_COPY, (2e-3, 2e-3, 2e-3)),
        ):
            row = Row(Workload("gradient_reversal", "both", shape), backend, subject)
            # Of each round the fastest value counts.
            results.samples[row] = [
                Sample(at, 1, (2 * value, value)) for at, value in enumerate(values)
            ]
    found = timed(results)["frameworks"]["nnabla"]
    assert found["one"]["median"] == 2e-6
    assert found["one"]["margin"] > 1
    assert found["published"] == {"median": 6e-3, "margin": 0.0}
    assert found["published, in fresh copies"] == {"median": 3.0, "margin": 0.0}
    facts = changed("timed", to=timed(results))
    told = cells(table(facts))["time of the reversal: 1 element; 64 × 3 × 224 × 224"]
    shown = [cell.replace("\u00a0", " ") for cell in told]
    assert shown == ["unstable; 6 ms ± 0 %, 3.00 ± 0 % fresh copies"] * len(BACKENDS)
    results.samples[row].pop()
    with pytest.raises(ValueError, match="has 2 rounds, wanted at least 3"):
        timed(results)
    del results.samples[row]
    with pytest.raises(ValueError, match=r"no fresh copy beside .chainer ours: gradient"):
        timed(results)
    with pytest.raises(ValueError, match="no time of 'torch ours: gradient reversal, both, 1, "):
        timed(Results(header=results.header))


def test_a_limitation_is_told_in_its_cells() -> None:
    entry = {"clause": "G19", "reason": "no rule\nfor | it", "case": "*", "layer": "*"}
    facts = changed("known", "torch", "limitations", to=[entry])
    framework = facts["judged"]["frameworks"]["torch"]
    framework["met"].remove("G19")
    framework["limited"]["G19"] = entry["reason"]
    made = cells(table(facts))
    counts, said = made["clauses met, of those tried; declared limitations"][0].split("; ")
    assert re.fullmatch(r"(\d+) of \1 MUST, 22 of 23 SHOULD", counts)
    assert said == "1 (G19, no rule for | it)"
    assert made["forward mode"][0] == "no: no rule for | it"


def test_other_versions_that_were_timed_are_told() -> None:
    legend = table(changed("timed", "versions", "torch", to="2.12.0")).splitlines()[-1]
    assert ", with PyTorch 2.12.0: a forward and a backward pass" in legend
    assert "with PyTorch" not in README.partition(BEGIN)[2].partition(END)[0]
