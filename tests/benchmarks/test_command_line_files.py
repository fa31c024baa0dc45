"""``python -m benchmarks table``, ``compare`` and ``plot``: what reads the files of runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.model import OURS, Results, Row, Workload, store
from tests.benchmarks import made
from tests.benchmarks.command import status

SMALL = made.results(shapes=((1,), (1000,)), backends=("torch",), faults=False)


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("compare", "good.json"), ("AFTER.json",)),
        (("compare", "good.json", "good.json", "--fail-above", "nan"), ("percentage", "'nan'")),
        (("compare", "good.json", "good.json", "--fail-above=-1"), ("percentage", "'-1'")),
        (("plot", "absent.json"), ("absent.json", "No such file")),
        (("table",), ("FILE.json",)),
    ],
)
def test_bad_arguments_exit_2_and_tell_what_is_wanted(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: tuple[str, ...]
) -> None:
    store.save(SMALL, Path("good.json"))
    assert status(*arguments) == 2
    printed = capsys.readouterr().err
    for word in said:
        assert word in printed


@pytest.mark.parametrize("action", ["table", "plot", "compare"])
def test_file_of_another_kind_exits_2_with_what_is_wrong(
    capsys: pytest.CaptureFixture[str], action: str
) -> None:
    store.save(SMALL, Path("good.json"))
    Path("other.json").write_text('{"answer": 42}')
    good = ["good.json"] if action == "compare" else []
    assert status(action, *good, "other.json") == 2
    assert "other.json: it has no key" in capsys.readouterr().err


def test_table_and_comparison_of_saved_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    slow = Row(Workload("mul_scalar", "both", (1000,)), "torch", OURS)
    store.save(SMALL, before)
    store.save(
        made.results(
            seed=1,
            shapes=((1,), (1000,)),
            backends=("torch",),
            faults=False,
            factor=lambda row: 1.5 if row == slow else 1.0,
        ),
        after,
    )
    assert status("table", str(before)) == 0
    assert "ours" in capsys.readouterr().out
    files = (str(before), str(after))
    assert status("compare", *files) == 0
    assert "mul scalar" in capsys.readouterr().out
    assert status("compare", *files, "--fail-above", "20") == 1
    assert status("compare", *files, "--fail-above", "80") == 0
    assert status("compare", *reversed(files), "--fail-above", "20") == 0


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
