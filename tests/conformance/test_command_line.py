"""``python -m conformance``: exit statuses and what is said with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.case import LAYERS
from conformance.interpreters import BACKENDS, Environments
from tests.conformance.whole_runs import BACKEND, conformance, needs_backend


def mine(place: str, *more: str) -> tuple[str, ...]:
    """The options that name a subject."""
    return ("--subject", f"{BACKEND}:{place}", "--layer", "mul_scalar", *more)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--backend", "jax"), BACKENDS),
        (("--layer", "dropout"), LAYERS),
        (("--clause", "Z9"), ("Z9", "G1", "R3")),
        (("--device", "tpu"), ("cpu", "cuda")),
        (("--subject", "torch"), ("BACKEND:MODULE:NAME",)),
        (("--subject", "torch:module:Name"), ("--layer", *LAYERS)),
        (("--seed", "-1"), ("-1",)),
        (("--draws", "3"), ("at least 32", "3")),
        (("--timeout", "0"), ("positive",)),
    ],
)
def test_bad_arguments_exit_2_and_name_the_good_ones(
    tmp_path: Path, arguments: tuple[str, ...], said: tuple[str, ...]
) -> None:
    done = conformance(tmp_path, *arguments)
    assert done.returncode == 2
    for word in said:
        assert word in done.stderr
    assert "Traceback" not in done.stderr


@needs_backend
@pytest.mark.parametrize(
    ("arguments", "env", "said"),
    [
        (
            ("--backend", "nnabla"),
            Environments(unavailable={"nnabla": "no Python 3.10"}).variables(),
            "no Python 3.10",
        ),
        (mine("no_such:f"), {}, "No module named 'no_such'"),
        (mine("no_such.py:f"), {}, "no such file"),
        (mine(f"grl_{BACKEND}:no_such"), {}, "mul_scalar"),
        (mine("module:f", "--python", "/no/such"), {}, "/no/such"),
        (mine("module:f", "--python", "/bin/false"), {}, "/bin/false"),
        (("--backend", BACKEND, "--device", "cuda"), {"CUDA_VISIBLE_DEVICES": ""}, "cuda"),
        (("--backend", BACKEND), {"PYTHONOPTIMIZE": "2"}, "-O takes assertions away"),
        (("--json", "folder"), {}, "folder"),
        (("--json", "file/report.json"), {}, "file/report.json"),
        (("--json", "report.html"), {}, "report.html"),
    ],
)
def test_what_cannot_run_exits_2_with_the_reason_before_the_run(
    tmp_path: Path, arguments: tuple[str, ...], env: dict[str, str], said: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    done = conformance(tmp_path, *arguments, **env)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout
    assert not list(tmp_path.glob("reports/*"))


@needs_backend
def test_no_case_is_no_success(tmp_path: Path) -> None:
    done = conformance(tmp_path, "--backend", BACKEND, "--", "-k", "no_such_test")
    assert done.returncode == 2


@needs_backend
def test_a_run_writes_its_report_and_exits_0(tmp_path: Path) -> None:
    file = tmp_path / "new" / "report.json"
    arguments = ("--backend", BACKEND, "--clause", "G5", "--quick", "--json", str(file))
    done = conformance(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr + done.stdout
    run = json.loads(file.read_text("utf-8"))
    assert run["footer"]["complete"]
    assert run["header"]["chosen"] == ["--clause G5"]
    assert {result["clause"] for result in run["results"]} == {"G5"}
    assert {result["layer"] for result in run["results"]} == set(LAYERS)
    assert "<html" in file.with_suffix(".html").read_text("utf-8")
    assert "All that was tried conforms" in done.stdout
    assert "ONLY A PART WAS TRIED: --clause G5" in done.stdout


@needs_backend
def test_a_wrong_layer_exits_1_names_the_clause_and_a_command_that_runs_it_alone(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.py").write_text("def reversal(x, scale):\n    return x * 1\n", "utf-8")
    arguments = ["--subject", f"{BACKEND}:mine.py:reversal", "--layer", "gradient_reversal"]
    arguments += ["--quick", "--json", str(tmp_path / "report.json")]
    done = conformance(tmp_path, *arguments, "--clause", "R2")
    assert done.returncode == 1, done.stderr + done.stdout
    assert "R2" in done.stdout
    results = json.loads((tmp_path / "report.json").read_text("utf-8"))["results"]
    failed = next(result for result in results if result["outcome"] == "failed")
    alone = failed["rerun"].partition(" -- ")[2].strip("'")
    done = conformance(tmp_path, *arguments, "--", alone)
    assert done.returncode == 1
    (result,) = json.loads((tmp_path / "report.json").read_text("utf-8"))["results"]
    assert (result["clause"], result["case"]) == (failed["clause"], failed["case"])
