"""``python3 dev.py example``: what it says, writes and returns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.interpreters import BACKENDS, known
from examples.__main__ import main
from tests.examples.interpreters import fresh


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["moon"], "invalid choice: 'moon'"),
        (["moons", "--steps", "0"], "must be a whole number of at least 1, got '0'"),
        (["moons", "--backend", "jax"], "invalid choice: 'jax'"),
        (["flock", "--sweep"], "--sweep is for digits_dann, gan, moons, path_sgd, not for flock"),
        (["moons", "--data", "."], "--data is for digits_dann, gan, shake_shake, not for moons"),
    ],
)
def test_bad_arguments_are_named(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_named_before_the_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["branch_reversal", "--output", str(tmp_path / "file" / "below")]) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err


def test_the_last_line_names_what_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backend = next((name for name in reversed(BACKENDS) if name in known().pythons), None)
    if backend is None:
        pytest.skip("no framework is set up here")
    with fresh():
        assert main(["branch_reversal", "--backend", backend, "--output", str(tmp_path)]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    figure, numbers = tmp_path / "branch_reversal.svg", tmp_path / "branch_reversal.json"
    assert last == f"Figures: {figure}; numbers: {numbers}"
    assert figure.read_text("utf-8").lstrip().startswith("<?xml")
    assert json.loads(numbers.read_text("utf-8"))[backend]["scale-1"]["dw"] == 0


def test_a_sweep_has_a_row_for_each_value(tmp_path: Path) -> None:
    if "torch" not in known().pythons:
        pytest.skip("torch is not set up here")
    given = ["moons", "--sweep", "--backend", "torch", "--steps", "2", "--output", str(tmp_path)]
    assert main(given) == 0
    found = json.loads((tmp_path / "moons-sweep.json").read_text("utf-8"))
    assert {name: list(rows) for name, rows in found.items()} == {
        "domain_weight": ["3", "4", "5"],
        "momentum": ["0", "0.9"],
        "steps": ["2"],
    }
    assert all(len(row["target"]) == 5 for rows in found.values() for row in rows.values())
    assert (tmp_path / "moons-sweep.svg").exists()
