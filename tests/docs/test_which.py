"""The table of README.md that tells which implementation to take: made, and not out of date."""

from __future__ import annotations

import ast
import copy
import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from benchmarks.model import FRESH_COPY, ONE, OURS, PUBLISHED, Results, Row, Sample, Workload, store
from benchmarks.options import PUBLISHED_RUN
from conformance import LAYERS, __version__
from conformance.clauses import clauses
from conformance.interpreters import BACKENDS
from conformance.report import write_json
from conformance.results import Agreement, Outcome, Run, Untried
from conformance.spec.limitations import limitations
from docs.which import __main__ as command
from docs.which.judged import judged
from docs.which.table import BEGIN, END, pinned, put, table
from environments import ROOT, specs
from tests.conformance.report_examples import failure, header, info, large, result

FACTS = json.loads(command.FACTS.read_text("utf-8"))
README = command.README.read_text("utf-8")
JUDGE = "run `python3 dev.py conformance`, and then `python3 dev.py which`"
LOAD = cache(store.load)  # of the committed run: it takes a second
RUN = replace(
    large(),
    header=replace(large().header, suite_version=__version__),
    results=tuple(result for result in large().results if result.clause in clauses()),
)


def cells(facts: dict[str, Any], timed: Results) -> dict[str, list[str]]:
    """The rows of a table."""
    lines = (line for line in table(facts, timed).splitlines() if line.startswith("| "))
    return {first: rest for first, *rest in (line[2:-2].split(" | ") for line in lines)}


def test_readme_has_the_table_of_the_facts() -> None:
    made = put(README, table(FACTS, LOAD(PUBLISHED_RUN)))
    assert made == README, "README.md is not of docs/which.json: run `python3 dev.py which`"


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_was_judged_is_what_is_pinned_and_declared(backend: str) -> None:
    found, spec = FACTS["frameworks"][backend], specs.BACKENDS[backend]
    assert found["version"].partition("+")[0] in pinned(spec, backend), JUDGE
    assert found["numpy"] in pinned(spec, "numpy"), JUDGE
    assert found["python"].rpartition(".")[0] in spec.pythons, JUDGE
    assert {*found["limited"]} == {e.clause for e in limitations() if e.backend == backend}, JUDGE
    # Read as text, for it imports its framework.
    driver = (ROOT / "conformance" / "worker" / f"{backend}_driver.py").read_text("utf-8")
    (dtypes,) = re.findall(r'"dtypes": (\[[^]]*\])', driver)
    assert found["dtypes"] == ast.literal_eval(dtypes), JUDGE


def test_every_clause_of_a_layer_was_asked_somewhere() -> None:
    frameworks = FACTS["frameworks"].values()
    asked = {clause for each in frameworks for kind in ("met", "untried") for clause in each[kind]}
    of_laws = {clause for clause in clauses() if re.match("[LT]", clause)}
    assert asked == set(clauses()) - of_laws, JUDGE
    assert FACTS["suite"] == __version__, JUDGE


def test_the_facts_of_a_report() -> None:
    mine: dict[str, Any] = {"backend": "nnabla", "layer": "mul_scalar"}
    dtypes = [
        result(subject=f"grl_nnabla:{layer}", clause="G23", case=f"f[x-{dtype}]", **mine)
        for layer in LAYERS
        for dtype in ("float16", "float32")
        if (layer, dtype) != ("mul_scalar", "float16")
    ]
    compared = result(clause="A1", case="agreement[torch-f-vs-nnabla-f-float32]")
    limited = result(Outcome.SKIPPED, clause="G5", detail="it cannot", **mine)
    apart = [("mul_scalar", 0.0), ("shake_shake", 0.5), ("shake_shake", 0.25)]
    run = replace(
        RUN,
        results=(*RUN.results, *dtypes, compared, limited),
        agreement=tuple(
            Agreement(layer, "y", "float32", ("torch-f", "nnabla-f"), not error, error, "bound")
            for layer, error in apart
        ),
        untried=(Untried("s", "nnabla", "mul_scalar", "R4", "SHOULD", "it has no views"),),
    )
    found = judged(run)
    nnabla = found["frameworks"]["nnabla"]
    assert (nnabla["version"], nnabla["python"], nnabla["device"]) == ("1.39.0", "3.11.7", "cpu")
    assert nnabla["limited"] == {"G5": "it cannot"}
    assert nnabla["untried"] == {"R4": "it has no views"}
    assert {"A1", "G4", "G5"} & {*nnabla["met"]} == {"A1", "G4"}
    assert nnabla["dtypes"] == ["float32"]  # in float16 a layer has not passed
    assert found["agreement"] == {"torch nnabla": {"mul_scalar": {}, "shake_shake": {"bound": 0.5}}}


def changed(**changes: Any) -> Callable[[Run], Run]:
    return lambda run: replace(run, header=replace(run.header, **changes))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda run: run.ended(False, 1.0), "No verdict, the run was cut short"),
        (changed(quick=True), r"quick \(fewer cases\)"),
        (changed(chosen=("--clause R3",)), "ONLY A PART WAS TRIED: --clause R3"),
        (lambda run: replace(run, header=header([info(foreign=True)])), "of 0 layers of this"),
        (changed(subjects=RUN.header.subjects[1:]), "of 8 layers of this"),
        (lambda run: replace(run, results=(failure(),)), "NOT conforming"),
        (changed(suite_version="0.0.9"), r"suite 0\.0\.9"),
    ],
)
def test_a_report_that_is_not_of_a_full_run_is_refused(
    change: Callable[[Run], Run], said: str
) -> None:
    assert judged(RUN)
    with pytest.raises(ValueError, match=f"the report is not taken, .*{said}.* Wanted is a run"):
        judged(change(RUN))


def test_a_limitation_is_told_in_its_cells() -> None:
    facts = copy.deepcopy(FACTS)
    framework = facts["frameworks"]["torch"]
    framework["met"].remove("G19")
    framework["limited"]["G19"] = "no rule\nfor | it"
    made = cells(facts, LOAD(PUBLISHED_RUN))
    counts, said = made["clauses met, of those tried; declared limitations"][0].split("; ")
    assert re.fullmatch(r"(\d+) of \1 MUST, 22 of 23 SHOULD", counts)
    assert said == r"G19, no rule for \| it"
    assert made["forward mode"][0] == r"no: no rule for \| it"


def test_the_times_are_those_of_the_run() -> None:
    results = Results(header=copy.deepcopy(LOAD(PUBLISHED_RUN).header))
    results.header["backends"]["torch"]["version"] = "2.12.0"
    for backend in BACKENDS:
        for shape, subject, values in (
            (ONE, OURS, (1e-6, 2e-6, 4e-6)),
            (PUBLISHED, OURS, (6e-3, 6e-3, 6e-3)),
            (PUBLISHED, FRESH_COPY, (2e-3, 2e-3, 2e-3)),
        ):
            row = Row(Workload("gradient_reversal", "both", shape), backend, subject)
            # Of each round the fastest value counts.
            results.samples[row] = [Sample(i, 1, (2 * v, v)) for i, v in enumerate(values)]
    told = cells(FACTS, results)["time of the reversal: 1 element; 64 × 3 × 224 × 224"]
    shown = [cell.replace("\u00a0", " ") for cell in told]
    assert shown == ["unstable; 6 ms ± 0 %, 3.00 ± 0 % fresh copies"] * len(BACKENDS)
    assert ", with PyTorch 2.12.0: a forward and a backward pass" in table(FACTS, results)
    assert "with PyTorch" not in README.partition(BEGIN)[2].partition(END)[0]
    del results.samples[row]
    with pytest.raises(ValueError, match=r"no time of 'chainer .*: gradient reversal, both, 64"):
        table(FACTS, results)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for what the command writes, with a README.md whose table is an old one."""
    monkeypatch.setattr(command, "FACTS", tmp_path / "which.json")
    monkeypatch.setattr(command, "README", tmp_path / "README.md")
    monkeypatch.setattr(store, "load", LOAD)
    (tmp_path / "README.md").write_text(put(README, f"{BEGIN}\nold\n{END}"), "utf-8")
    return tmp_path


def test_the_command_writes_both(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_json(RUN, files / "report.json")
    assert command.main([str(files / "report.json")]) == 0
    facts = json.loads((files / "which.json").read_text("utf-8"))
    assert facts == judged(RUN)
    assert (files / "README.md").read_text("utf-8") == put(
        README, table(facts, LOAD(PUBLISHED_RUN))
    )
    assert "written: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("report", "benchmarks", "readme", "said"),
    [
        ("{}", PUBLISHED_RUN, README, "is not a conformance report"),
        (changed(quick=True)(RUN), PUBLISHED_RUN, README, "the report is not taken"),
        (RUN, command.README, README, "wanted the results of a run of the benchmarks"),
        (RUN, PUBLISHED_RUN, README.replace(END, ""), "README.md has to have"),
        (RUN, PUBLISHED_RUN, README.replace(BEGIN, ""), "README.md has to have"),
        (RUN, PUBLISHED_RUN, README + END, "README.md has to have"),
        (RUN, PUBLISHED_RUN, README.replace(BEGIN, BEGIN * 2), "README.md has to have"),
    ],
)
def test_a_command_that_is_refused_writes_nothing(
    report: Run | str,
    benchmarks: Path,
    readme: str,
    said: str,
    files: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (files / "README.md").write_text(readme, "utf-8")
    path = files / "report.json"
    if isinstance(report, Run):
        write_json(report, path)
    else:
        path.write_text(report, "utf-8")
    assert command.main([str(path), str(benchmarks)]) == 2
    assert said in capsys.readouterr().err
    assert (files / "README.md").read_text("utf-8") == readme
    assert not (files / "which.json").exists()
