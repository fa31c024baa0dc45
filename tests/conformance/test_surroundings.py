"""The suite is not fooled by what surrounds it: files, variables, forks, other subjects."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from conformance import Unavailable, known, report
from conformance.results import Outcome, Run
from conformance.run import session

ROOT = Path(__file__).parents[2]
PYTHONS = known().pythons
# Chainer starts fastest; what is tested here is the same for all.
BACKEND = next((b for b in ("chainer", "torch", "nnabla") if b in PYTHONS), "")
pytestmark = pytest.mark.skipif(not BACKEND, reason="no backend is set up here")

RIGHT = f"""
from grl_{BACKEND} import mul_scalar

def f(x, scalar):
    return mul_scalar(x, scalar)
"""


def _judge(folder: Path, *sources: str, clauses: tuple[str, ...] = ("G1",)) -> Run:
    """Judge functions f(x, scalar), each of a file of its own, as scalar multiplies."""
    subjects = []
    for number, source in enumerate(sources):
        path = folder / f"layer{number}.py"
        path.write_text(textwrap.dedent(source), "utf-8")
        subjects.append((BACKEND, f"{path}:f", "mul_scalar"))
    settings = session.Settings(clauses=clauses, quick=True, subjects=tuple(subjects))
    opened, skipped = session.open_subjects(settings)
    try:
        return session.run(settings, opened, session.header(settings, opened, skipped))
    finally:
        session.close(opened)


def _outcomes(run: Run, number: int) -> set[Outcome]:
    return {r.outcome for r in run.results if f"layer{number}.py" in r.subject}


def test_a_subject_that_forks_and_returns_in_the_child_gets_its_own_answers(
    tmp_path: Path,
) -> None:
    forks = f"""
        import os
        from grl_{BACKEND} import mul_scalar
        forked = []

        def f(x, scalar):
            if not forked:
                forked.append(os.fork())
            return mul_scalar(x, scalar)
    """
    run = _judge(tmp_path, forks, RIGHT)
    assert run.verdict == 0
    assert _outcomes(run, 0) == _outcomes(run, 1) == {Outcome.PASSED}


def test_what_one_subject_does_to_its_interpreter_reaches_no_other(tmp_path: Path) -> None:
    vandal = """
        from conformance.procedures import wiring
        wiring.plain = None

        def f(x, scalar):
            return x
    """
    run = _judge(tmp_path, vandal, RIGHT)
    assert Outcome.PASSED not in _outcomes(run, 0)
    assert _outcomes(run, 1) == {Outcome.PASSED}


def test_pytests_variables_choose_no_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k no_such_test")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -k no_such_test\n")
    monkeypatch.chdir(tmp_path)
    assert len(_judge(tmp_path, RIGHT).results) > 3
    assert os.environ["PYTEST_ADDOPTS"] == "-k no_such_test"


def test_a_long_message_is_cut_and_its_length_told(tmp_path: Path) -> None:
    run = _judge(tmp_path, "def f(x, scalar):\n    raise ValueError('x' * 20_000_000)\n")
    assert {r.outcome for r in run.results} == {Outcome.FAILED}
    assert max(len(r.detail) for r in run.results) < 100_000
    assert "20000000 characters left out" in run.results[0].detail


def test_an_odd_exception_is_a_failure_of_the_subject(tmp_path: Path) -> None:
    odd = """
        class Odd(Exception):
            def __str__(self):
                raise SystemExit

        def f(x, scalar):
            raise Odd
    """
    run = _judge(tmp_path, odd)
    assert {r.outcome for r in run.results} == {Outcome.FAILED}
    assert "its __str__ raised SystemExit" in run.results[0].detail


def test_an_import_that_hangs_is_the_subjects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.run.session.SUBJECT_TIMEOUT", 1.0)
    with pytest.raises(Unavailable, match=r"the import of .*layer0.py:f did not return within 1 s"):
        _judge(tmp_path, "import time\ntime.sleep(600)\n\ndef f(x, scalar):\n    return x\n")


def test_a_file_edited_in_a_run_is_told_once_its_interpreter_is_a_fresh_one(
    tmp_path: Path,
) -> None:
    edits_itself = """
        import os, pathlib

        def f(x, scalar):
            here = pathlib.Path(__file__)
            here.write_text(here.read_text() + "# edited")
            os.abort()
    """
    run = _judge(tmp_path, edits_itself)
    assert {r.outcome for r in run.results} == {Outcome.ERRORED}
    assert "has changed since the run began" in run.results[1].detail
    assert run.verdict == 2


def test_no_process_outlives_a_run_not_even_in_a_session_of_its_own(tmp_path: Path) -> None:
    leaves = f"""
        import subprocess
        from grl_{BACKEND} import mul_scalar

        def f(x, scalar):
            subprocess.Popen(["sleep", "987.25"], start_new_session=True)
            return mul_scalar(x, scalar)
    """
    assert _judge(tmp_path, leaves).verdict == 0
    left = [p for p in psutil.process_iter(["cmdline"]) if "987.25" in (p.info["cmdline"] or ())]
    assert not [p for p in left if p.status() != psutil.STATUS_ZOMBIE]


def _conformance(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance", "--backend", BACKEND, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("name", ["folder", "file/report.json", "report.html"])
def test_a_report_that_cannot_be_written_is_told_before_the_run(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    done = _conformance(tmp_path, "--json", str(tmp_path / name))
    assert done.returncode == 2
    assert name in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_an_optimised_python_is_no_verdict(tmp_path: Path) -> None:
    done = _conformance(tmp_path, "--quick", PYTHONOPTIMIZE="2")
    assert done.returncode == 2
    assert "-O takes assertions away" in done.stderr


def test_a_file_of_the_folder_hides_no_module_of_the_worker(tmp_path: Path) -> None:
    for name in ("numpy.py", "types.py"):
        (tmp_path / "path" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "path" / name).write_text("raise ImportError('a file of the user')\n")
    (tmp_path / "mine.py").write_text(RIGHT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path / "path"))
        patch.chdir(tmp_path)
        assert _judge(tmp_path, RIGHT).verdict == 0


def test_a_report_can_be_read_back(tmp_path: Path) -> None:
    report.write_json(_judge(tmp_path, RIGHT), tmp_path / "report.json")
    assert report.read_json(tmp_path / "report.json").header.chosen == ("--clause G1",)
