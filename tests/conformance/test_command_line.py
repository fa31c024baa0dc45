"""``python -m conformance``: exit statuses and what is said with them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import report
from conformance.case import LAYERS
from conformance.interpreters import BACKENDS, Environments, known

ROOT = Path(__file__).parent.parent.parent
PYTHONS = known().pythons
BACKEND = next((b for b in ("chainer", "torch", "nnabla") if b in PYTHONS), "")
needs_backend = pytest.mark.skipif(not BACKEND, reason="no backend is set up here")


def _conformance(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        capture_output=True,
        text=True,
        cwd=env.pop("cwd", str(ROOT)),
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        timeout=120,
        check=False,
    )


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
        (("--timeout", "0"), ("positive",)),
    ],
)
def test_bad_arguments_exit_2_and_name_the_good_ones(
    arguments: tuple[str, ...], said: tuple[str, ...]
) -> None:
    done = _conformance(*arguments)
    assert done.returncode == 2
    for word in said:
        assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_a_backend_that_is_not_there_exits_2_with_its_reason() -> None:
    env = Environments(unavailable={"nnabla": "no Python 3.10"}).variables()
    done = _conformance("--backend", "nnabla", **env)
    assert done.returncode == 2
    assert "no Python 3.10" in done.stderr


@needs_backend
def test_a_run_writes_its_report_and_exits_0(tmp_path: Path) -> None:
    file = tmp_path / "new" / "report.json"
    done = _conformance("--backend", BACKEND, "--clause", "G5", "--quick", "--json", str(file))
    assert done.returncode == 0, done.stderr + done.stdout
    run = report.read_json(file)
    assert run.footer is not None
    assert run.footer.complete
    assert {result.clause for result in run.results} == {"G5"}
    assert {result.layer for result in run.results} == set(LAYERS)
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
    done = _conformance(*arguments, "--clause", "R2", cwd=str(tmp_path))
    assert done.returncode == 1, done.stderr + done.stdout
    assert "R2" in done.stdout
    failed = report.read_json(tmp_path / "report.json").failures()[0]
    alone = failed.rerun.partition(" -- ")[2].strip("'")
    done = _conformance(*arguments, "--", alone, cwd=str(tmp_path))
    assert done.returncode == 1
    (result,) = report.read_json(tmp_path / "report.json").results
    assert (result.clause, result.case) == (failed.clause, failed.case)


@needs_backend
def test_a_subject_that_cannot_be_imported_exits_2_with_what_to_do(tmp_path: Path) -> None:
    done = _conformance(
        "--subject", f"{BACKEND}:no_such_module:f", "--layer", "mul_scalar", cwd=str(tmp_path)
    )
    assert done.returncode == 2
    assert "no_such_module" in done.stderr
    assert not list(tmp_path.glob("reports/*"))


@needs_backend
def test_no_case_is_no_success() -> None:
    done = _conformance("--backend", BACKEND, "--", "-k", "no_such_test")
    assert done.returncode == 2


@needs_backend
def test_a_device_that_does_not_work_exits_2_with_the_reason() -> None:
    done = _conformance("--backend", BACKEND, "--device", "cuda", CUDA_VISIBLE_DEVICES="")
    assert done.returncode == 2
    assert "cuda" in done.stderr


@needs_backend
def test_an_interpreter_that_does_not_run_exits_2_with_the_reason(tmp_path: Path) -> None:
    arguments = ["--subject", f"{BACKEND}:module:f", "--layer", "mul_scalar"]
    for python in (tmp_path / "none", "/bin/false"):
        done = _conformance(*arguments, "--python", str(python))
        assert done.returncode == 2
        assert str(python) in done.stderr
        assert "Traceback" not in done.stderr
