"""The suite is not fooled by what surrounds it: files, variables, forks, other subjects."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from conformance import Unavailable
from conformance.results import Outcome, Run
from tests.conformance.whole_runs import RIGHT, judge, needs_backend, right_unless

pytestmark = needs_backend


def _outcomes(run: Run, number: int) -> set[Outcome]:
    return {r.outcome for r in run.results if f"layer{number}.py" in r.subject}


def test_a_subject_that_forks_and_returns_in_the_child_gets_its_own_answers(
    tmp_path: Path,
) -> None:
    forks = "forked = []\n" + right_unless("not forked", "forked.append(os.fork())")
    run = judge(tmp_path, forks, RIGHT)
    assert run.verdict == 0
    assert _outcomes(run, 0) == _outcomes(run, 1) == {Outcome.PASSED}


def test_what_one_subject_does_to_its_interpreter_reaches_no_other(tmp_path: Path) -> None:
    vandal = """
        from conformance.procedures import wiring
        wiring.plain = None

        def f(x, scalar):
            return x
    """
    run = judge(tmp_path, vandal, RIGHT)
    assert Outcome.PASSED not in _outcomes(run, 0)
    assert _outcomes(run, 1) == {Outcome.PASSED}


def test_pytests_variables_choose_no_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k no_such_test")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -k no_such_test\n")
    monkeypatch.chdir(tmp_path)
    assert len(judge(tmp_path, RIGHT).results) > 3
    assert os.environ["PYTEST_ADDOPTS"] == "-k no_such_test"


ELSEWHERE = "len(x.shape) != 4"


def test_a_long_message_is_cut_and_its_length_told(tmp_path: Path) -> None:
    run = judge(tmp_path, right_unless(ELSEWHERE, "raise ValueError('x' * 20_000_000)"))
    failed = [r for r in run.results if r.outcome is Outcome.FAILED]
    assert failed
    assert max(len(r.detail) for r in failed) < 100_000
    assert "20000000 characters left out" in failed[0].detail


def test_an_odd_exception_is_a_failure_of_the_subject(tmp_path: Path) -> None:
    odd = """
class Odd(Exception):
    def __str__(self):
        raise SystemExit
"""
    run = judge(tmp_path, odd + right_unless(ELSEWHERE, "raise Odd"))
    failed = [r for r in run.results if r.outcome is Outcome.FAILED]
    assert "its __str__ raised SystemExit" in failed[0].detail


def test_an_import_that_hangs_is_the_subjects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.run.session.SUBJECT_TIMEOUT", 1.0)
    with pytest.raises(Unavailable, match=r"the import of .*layer0.py:f did not return within 1 s"):
        judge(tmp_path, f"time.sleep(600)\n{RIGHT}")


def test_a_file_edited_in_a_run_is_told_once_its_interpreter_is_a_fresh_one(
    tmp_path: Path,
) -> None:
    edits_itself = """
here = pathlib.Path(__file__)
here.write_text(here.read_text() + "# edited")
os.abort()
"""
    run = judge(tmp_path, right_unless(ELSEWHERE, edits_itself))
    errored = [r for r in run.results if r.outcome is Outcome.ERRORED]
    assert "has changed since the run began" in errored[1].detail
    assert run.verdict == 2


def test_no_process_outlives_a_run_not_even_in_a_session_of_its_own(tmp_path: Path) -> None:
    leaves = "subprocess.Popen(['sleep', '987.25'], start_new_session=True)"
    assert judge(tmp_path, right_unless("True", leaves)).verdict == 0
    left = [p for p in psutil.process_iter(["cmdline"]) if "987.25" in (p.info["cmdline"] or ())]
    assert not [p for p in left if p.status() != psutil.STATUS_ZOMBIE]


def test_a_file_of_the_folder_hides_no_module_of_the_worker(tmp_path: Path) -> None:
    for name in ("numpy.py", "types.py"):
        (tmp_path / "path" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "path" / name).write_text("raise ImportError('a file of the user')\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path / "path"))
        patch.chdir(tmp_path)
        assert judge(tmp_path, RIGHT).verdict == 0
