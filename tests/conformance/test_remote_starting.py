"""What a worker starts with, and what cannot be started."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.remote.client import WorkerNotStarted
from tests.conformance.conftest import HERE, ROOT, NewWorker, target


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be run"),
        ("#!/no/such/interpreter\n", "cannot be run"),
        ("#!/bin/sh\necho I am a shell\n", "exit code 0 before it was ready\n.*I am a shell"),
        ("#!/bin/sh\nexit 7\n", "exit code 7"),
        ("#!/bin/sh\nkill -SEGV $$\n", "by SIGSEGV before"),
        ("#!/bin/sh\nexec sleep 60\n", r"not ready within 0\.3 s"),
        (f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n', "No module named 'numpy'"),
    ],
    ids=["missing", "broken", "shell", "exit", "signal", "hang", "no numpy"],
)
def test_what_is_not_a_python_with_numpy_is_not_started(
    text: str | None, words: str, tmp_path: Path, new_worker: NewWorker
) -> None:
    python = tmp_path / "python"
    if text is not None:
        python.write_text(text)
        python.chmod(0o755)
    # Enough for a start that fails by itself, and short for the one that hangs.
    start_timeout = 0.3 if text and "sleep" in text else 30.0
    with new_worker(str(python), start_timeout=start_timeout) as worker:
        for _ in range(2):
            with pytest.raises(WorkerNotStarted, match=f"(?s){words}") as caught:
                worker.call(target("echo"), 1)
            assert str(python) in str(caught.value)
            assert worker.pid is None


def test_the_worker_sees_its_own_world_and_not_the_controllers(
    python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_worker: NewWorker
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path / "leak"))
    for name in ("__PYVENV_LAUNCHER__", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "/no/such/place")
    monkeypatch.setenv("PYTHONHOME", "/no/such/place")
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "users"))
    with new_worker(python, env={"ADDED": "1"}) as worker:
        there = worker.call(target("python_facts"))
        assert there["group"] == there["session"] == worker.pid
    bare = [python, "-E", "-c", "import json, sys; print(json.dumps(sys.path[1:]))"]
    env = {"PATH": os.environ["PATH"]}
    own = json.loads(subprocess.run(bare, env=env, capture_output=True, check=True).stdout)
    # What the user has on the path comes last.
    assert there["path"] == [str(ROOT), str(HERE), *own, str(tmp_path / "users")]
    assert there["argv"] == ["-c"]
    assert there["environment"]["ADDED"] == "1"
    assert there["environment"]["PYTHONPATH"] == str(tmp_path / "users")
    assert not {"__PYVENV_LAUNCHER__", "VIRTUAL_ENV"} & set(there["environment"])


def test_an_installed_suite_does_not_lend_the_worker_its_own_packages(
    python: str, tmp_path: Path
) -> None:
    site = tmp_path / "site-packages"
    shutil.copytree(ROOT / "conformance", site / "conformance")
    (site / "numpy.py").write_text("raise ImportError('the numpy of another interpreter')")
    # The controller finds its numpy before that one, as it would find its real one in there.
    script = f"""if True:
        import sys, numpy
        sys.path.insert(0, {str(site)!r})
        from conformance.remote.client import Worker
        with Worker({python!r}) as worker:
            print(worker.call("conformance.remote.wire:__file__.__str__"))
    """
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(site / "conformance" / "remote" / "wire.py")


@pytest.mark.parametrize("function", ["os", "os:", ":getpid", "a:b:c"])
def test_a_bad_function_name_is_refused(function: str, new_worker: NewWorker) -> None:
    with pytest.raises(ValueError, match=r"'package\.module:name'"):
        new_worker().call(function)


def test_a_bad_time_out_is_refused(new_worker: NewWorker) -> None:
    with pytest.raises(ValueError, match="timeout must be positive, not 0"):
        new_worker(timeout=0)
    with pytest.raises(ValueError, match="start_timeout must be positive, not nan"):
        new_worker(start_timeout=float("nan"))
    with pytest.raises(TypeError, match="timeout must be a number of seconds, not str"):
        new_worker().call("os:getpid", timeout="1")  # type: ignore[arg-type]
