"""``python -m benchmarks``: what a run hands on and keeps, what is shown, the exit statuses."""

from __future__ import annotations

import signal
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import __main__ as command_line
from benchmarks import run as room
from benchmarks.analysis.drift import is_ours
from benchmarks.model import AGAIN, LAYERS, OURS, Results, Row, Workload, store
from benchmarks.model.plan import PRESETS, Plan
from benchmarks.options import PUBLISHED_RUN
from benchmarks.report.table import print_summary
from benchmarks.run import Keep
from conformance import BACKENDS, Environments
from tests.benchmarks import made
from tests.benchmarks.exact import printed

SMALL = made.results(shapes=((1,), (1000,)), backends=("torch",))
THERE = Environments(
    pythons={"torch": "a/python", "chainer": "b/python"},
    unavailable={"nnabla": "it needs Python 3.10"},
    rivals={"torch": "folder"},
)


def status(*arguments: str) -> int:
    """The exit status of a command line."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        return command_line.main(list(arguments))
    except SystemExit as stopped:  # of argparse
        return -1 if stopped.code is None else int(stopped.code)
    finally:
        signal.signal(signal.SIGTERM, handler)


@dataclass
class Run:
    """Stands in for the rounds: remembers what it was given, keeps one round, returns another."""

    results: Results
    plan: Plan | None = None
    there: Environments | None = None

    def __call__(self, plan: Plan, there: Environments, console: Console, keep: Keep) -> Results:
        self.plan, self.there = plan, there
        first = made.results(rounds=1, shapes=((1,),), backends=("torch",))
        keep(replace(first, header={**first.header, "preset": "first round"}))
        return self.results


@pytest.fixture(autouse=True)
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """A run that ends at once, in an empty folder, with an interpreter for torch and chainer."""
    fake = Run(SMALL)
    monkeypatch.setattr(room, "run", fake)
    for name, value in THERE.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return fake


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), ("ACTION",)),
        (("jog",), ("run", "compare", "plot", "table")),
        (("run", "--backend", "jax"), BACKENDS),
        (("run", "--layer", "dropout"), LAYERS),
        (("run", "--preset", "slow"), tuple(PRESETS)),
        (("run", "--device", "tpu"), ("cpu", "cuda")),
        (("run", "--size", "64x"), ("64x3x224x224", "'64x'")),
        (("run", "--size", "0"), ("from 1", "'0'")),
        (("run", "--size", "-1"), ("--size",)),
        (("run", "results.json"), ("results.json",)),
        (("compare", "good.json"), ("AFTER.json",)),
        (("compare", "good.json", "good.json", "--fail-above", "nan"), ("percentage", "'nan'")),
        (("compare", "good.json", "good.json", "--fail-above=-1"), ("percentage", "'-1'")),
        (("compare", "good.json", "other.json"), ("other.json: it has no key",)),
        (("plot", "absent.json"), ("absent.json", "no such file")),
        (("plot", "other.json"), ("other.json: it has no key",)),
        (("plot",), ("FILE.json",)),
        (("table", "other.json"), ("other.json: it has no key",)),
    ],
)
def test_bad_arguments_exit_2_and_tell_what_is_wanted(
    run: Run,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: tuple[str, ...],
) -> None:
    store.save(SMALL, Path("good.json"))
    Path("other.json").write_text('{"answer": 42}')
    assert status(*arguments) == 2
    printed = capsys.readouterr().err
    for word in said:
        assert word in printed
    assert run.plan is None


def test_help_tells_the_exit_statuses_and_the_presets(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["run", "--help"], ["compare", "--help"]):
        assert status(*arguments) == 0
        assert "130 interrupted" in capsys.readouterr().out
    assert status("run", "--help") == 0
    printed = capsys.readouterr().out
    assert "python3 dev.py benchmarks run" in printed
    for name in PRESETS:
        assert name in printed


def test_arguments_narrow_the_plan(run: Run) -> None:
    chosen = ["--backend", "torch", "--backend", "chainer", "--layer", "mul_scalar"]
    chosen += ["--size", "7", "--size", "2x3x4", "--device", "cuda"]
    assert status("run", *chosen) == 0
    assert run.plan is not None
    assert run.plan.name == "quick"
    works = {row.workload for row in run.plan.rows}
    assert {work.shape for work in works} == {(7,), (2, 3, 4)}
    assert {work.layer for work in works} == {"mul_scalar"}
    assert {work.device for work in works} == {"cuda"}
    assert {row.backend for row in run.plan.rows} == {"torch", "chainer"}


def test_run_uses_the_interpreters_and_rivals_that_dev_py_named(run: Run) -> None:
    assert status("run") == 0
    assert run.there == THERE


def test_backend_that_was_asked_for_and_is_not_there_exits_2_with_its_reason(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("run", "--backend", "nnabla") == 2
    assert "nnabla is not available: it needs Python 3.10" in capsys.readouterr().err
    assert run.plan is None


def test_nothing_to_time_exits_2(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--preset", "published", "--backend", "torch", "--layer", "gradient_reversal")
    assert status("run", *arguments) == 2
    assert "published times nothing" in capsys.readouterr().err
    assert run.plan is None


def test_run_saves_shows_and_exits_0(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert status("run", "--preset", "full") == 0
    assert store.load(Path("reports/benchmarks-full.json")) == SMALL
    printed = capsys.readouterr().out
    assert "Results: reports/benchmarks-full.json" in printed
    assert "Ways of writing a layer" in printed
    assert "== Rows ==" not in printed


def test_finished_rounds_are_kept_when_a_later_one_breaks(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> Results:
        run(*arguments)  # type: ignore[arg-type]
        raise OSError("no space left")

    monkeypatch.setattr(room, "run", broken)
    assert status("run", "--output", "new/mine.json") == 2
    assert store.load(Path("new/mine.json")).header["preset"] == "first round"


@pytest.mark.parametrize(
    ("subject", "kind", "code"),
    [(OURS, "wrong", 1), (AGAIN, "failed", 1), (OURS, "missing", 1), ("rival", "wrong", 0)],
)
def test_only_what_is_wrong_with_ours_exits_1(run: Run, subject: str, kind: str, code: int) -> None:
    run.results = made.results(shapes=((1,),), backends=("torch",))
    run.results.fault(Row(Workload("mul_scalar", "both", (3,)), "torch", subject), kind, "a reason")
    assert status("run") == code
    assert store.load(Path("reports/benchmarks-quick.json")).faults == run.results.faults


@pytest.mark.parametrize("output", ["folder", "file/results.json"])
def test_place_that_cannot_be_written_is_refused_before_the_run(
    run: Run, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    Path("folder").mkdir()
    Path("file").touch()
    assert status("run", "--output", output) == 2
    assert output.partition("/")[0] in capsys.readouterr().err
    assert run.plan is None


def test_interrupted_before_the_first_row_leaves_an_older_file_as_it_was(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store.save(SMALL, Path("results.json"))
    nothing = Results(header={**SMALL.header, "partial": True})
    monkeypatch.setattr(room, "run", lambda *arguments: nothing)
    assert status("run", "--output", "results.json") == 130
    assert "before the first row" in capsys.readouterr().err
    assert store.load(Path("results.json")) == SMALL


def test_table_and_comparison_of_saved_runs(capsys: pytest.CaptureFixture[str]) -> None:
    slow = Row(Workload("mul_scalar", "both", (1000,)), "torch", OURS)
    later = made.results(
        seed=1,
        shapes=((1,), (1000,)),
        backends=("torch",),
        factor=lambda row: 1.5 if row == slow else 1.0,
    )
    files = ("before.json", "after.json")
    for results, file in zip((SMALL, later), files, strict=True):
        store.save(results, Path(file))
    assert status("table", "before.json") == 0
    assert "ours" in capsys.readouterr().out
    assert status("compare", *files) == 0
    assert "mul scalar" in capsys.readouterr().out
    assert status("compare", *files, "--fail-above", "20") == 1
    assert status("compare", *files, "--fail-above", "80") == 0
    assert status("compare", *reversed(files), "--fail-above", "20") == 0


def test_the_table_is_short_until_rows_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    store.save(SMALL, Path("run.json"))

    def shown(*options: str) -> str:
        assert status("table", "run.json", *options) == 0
        return capsys.readouterr().out

    assert "Ways of writing a layer" in shown()
    assert "== Rows ==" not in shown()
    everything, few = shown("--all"), shown("--size", "1", "--stage", "both", "--stage", "forward")
    for layer in LAYERS:
        for size, there in (("1", True), ("1000", False)):
            title = f"\n{layer.replace('_', ' ')}, both, {size}, float32\n"
            assert title in everything
            assert (title in few) == there
    assert "Ways of writing a layer" not in everything


def test_without_a_file_the_table_is_that_of_the_published_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert status("table") == 0
    assert capsys.readouterr().out == printed(print_summary, store.load(PUBLISHED_RUN))


def test_rows_that_a_file_lacks_exit_2_with_those_it_has(
    capsys: pytest.CaptureFixture[str],
) -> None:
    store.save(SMALL, Path("run.json"))
    for command in (("table", "run.json"), ("compare", "run.json", "run.json")):
        assert status(*command, "--layer", "mul_scalar", "--size", "7") == 2
        said = "no row has --layer mul_scalar --size 7; --size can be 1, 1000"
        assert said in capsys.readouterr().err
        assert status(*command, "--stage", "sideways") == 2
        assert "accumulate" in capsys.readouterr().err


def test_a_comparison_shows_the_rows_that_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    later = made.results(
        seed=1,
        shapes=((1,), (1000,)),
        backends=("torch",),
        factor=lambda row: 2.0 if is_ours(row) else 1.0,
    )
    store.save(SMALL, Path("before.json"))
    store.save(later, Path("after.json"))
    assert status("compare", "before.json", "after.json", "--size", "1", "--stage", "both") == 0
    rows = capsys.readouterr().out.partition("== Rows that differ")[2].partition("== How")[0]
    assert "both, 1, float32" in rows
    assert "1000" not in rows
    assert "forward" not in rows
    assert status("compare", "before.json", "after.json", "--all", "--fail-above", "50") == 1
    assert "forward, 1000, float32" in capsys.readouterr().out


@pytest.mark.parametrize("folder", [None, "plots"])
def test_plots_lie_beside_the_file_or_where_they_are_wanted(
    capsys: pytest.CaptureFixture[str], folder: str | None
) -> None:
    Path("runs").mkdir()
    store.save(SMALL, Path("runs/mine.json"))
    output = ["--output", folder] if folder else []
    assert status("plot", "runs/mine.json", *output) == 0
    saved = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert {path.suffix for path in saved} == {".svg"}
    for path in saved:
        assert path.stat().st_size > 0
        assert path.parent == Path(folder or "runs")
        assert path.name.startswith("mine")


def test_run_with_nothing_to_draw_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    store.save(Results(header=SMALL.header), Path("empty.json"))
    assert status("plot", "empty.json") == 2
    assert "empty.json has too few rows" in capsys.readouterr().err
