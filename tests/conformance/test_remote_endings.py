"""Workers that really crash, hang and are killed, and controllers that do."""

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from conformance.remote.client import (
    RemoteError,
    Worker,
    WorkerCrashed,
    WorkerKilled,
    WorkerNotStarted,
    WorkerTimedOut,
)
from tests.conformance.conftest import HERE, ROOT, NewWorker, target

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux's kernel guards this")


def runs(pid: int) -> bool:
    """Whether there is such a process; a zombie that init has not yet reaped is none."""
    with suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False


def eventually(condition: Callable[[], Any], seconds: float = 2.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def written_pid(path: Path, seconds: float = 10.0) -> int:
    assert eventually(lambda: path.exists() and path.read_text(), seconds)
    return int(path.read_text())


# Crashes, kills and hangs: each is named, and the next call gets a fresh process.


@pytest.mark.parametrize(
    ("name", "args", "kind", "status", "words"),
    [
        ("say_and_exit", ("so long", 3), WorkerCrashed, 3, "so long"),
        ("say_and_exit", ("all is well", 0), WorkerCrashed, 0, "all is well"),
        ("segfault", (), WorkerCrashed, "SIGSEGV", "about to read address 0\nFatal Python error"),
        ("kill_itself", (signal.SIGABRT,), WorkerCrashed, "SIGABRT", "in kill_itself"),
        ("kill_itself", (signal.SIGFPE,), WorkerCrashed, "SIGFPE", "in kill_itself"),
        ("kill_itself", (signal.SIGKILL,), WorkerKilled, "SIGKILL", ""),
        ("kill_itself", (signal.SIGTERM,), WorkerKilled, "SIGTERM", ""),
        ("crash_with_fork", (), WorkerCrashed, 4, ""),
        ("write_to_every_descriptor", (), WorkerCrashed, None, ""),
    ],
)
def test_an_end_is_named_and_followed_by_a_fresh_process(
    worker: Worker,
    name: str,
    args: tuple[Any, ...],
    kind: type[RemoteError],
    status: int | str | None,
    words: str,
) -> None:
    pid = worker.call("os:getpid")
    with pytest.raises(RemoteError) as caught:
        worker.call(target(name), *(int(a) if isinstance(a, int) else a for a in args))
    assert type(caught.value) is kind
    if isinstance(caught.value, WorkerCrashed):
        assert caught.value.status == status
    assert words in caught.value.last_words
    assert f"remote_targets:{name} on worker 'tested'" in str(caught.value)
    assert str(status) in str(caught.value) or status is None
    assert worker.pid is None
    assert worker.call("os:getpid") == worker.pid != pid
    assert not runs(pid)


@pytest.mark.parametrize("name", ["hang_in_python", "hang_in_c"])
def test_a_hang_ends_in_time_with_what_it_started_and_its_last_words_tell_where(
    worker: Worker, name: str, tmp_path: Path
) -> None:
    pid = worker.call("os:getpid")
    start = time.monotonic()
    with pytest.raises(WorkerTimedOut, match=r"within 0\.5 s") as caught:
        worker.call(target("hang_with_child"), str(tmp_path / "pid"), name, timeout=0.5)
    assert 0.5 <= time.monotonic() - start < 2
    assert f"in {name}" in caught.value.last_words
    assert not runs(pid)
    child = written_pid(tmp_path / "pid")
    assert eventually(lambda: not runs(child))
    assert worker.call("os:getpid") != pid


def test_a_worker_that_reads_nothing_times_out(new_worker: NewWorker) -> None:
    with new_worker() as worker:
        os.kill(worker.call("os:getpid"), signal.SIGSTOP)
        with pytest.raises(WorkerTimedOut):
            worker.call(target("echo"), np.zeros(10_000_000), timeout=0.2)
        assert worker.call(target("echo"), 1) == 1


def test_an_interrupt_in_the_middle_of_a_call_leaves_a_usable_worker(new_worker: NewWorker) -> None:
    with new_worker() as worker:
        pid = worker.call("os:getpid")
        timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            worker.call("time:sleep", 60)
        timer.join()
        assert not runs(pid)
        assert worker.call(target("echo"), 1) == 1


# Ending


def test_close_ends_the_process_and_may_be_repeated(
    new_worker: NewWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = new_worker()
    worker.close()
    worker = new_worker()
    pid = worker.call("os:getpid")
    worker.close()
    assert not runs(pid)
    assert worker.pid is None
    # Its id may belong to another process by now.
    monkeypatch.setattr(os, "killpg", lambda *_: pytest.fail("killed what is not ours"))
    worker.close()
    with pytest.raises(RuntimeError, match="worker 'tested' is closed"):
        worker.call("os:getpid")


def test_a_dropped_worker_ends_its_process(new_worker: NewWorker) -> None:
    worker = new_worker()
    pid = worker.call("os:getpid")
    del worker
    gc.collect()
    assert eventually(lambda: not runs(pid))


CONTROLLER = """
    import sys
    from conformance.remote.client import Worker

    worker = Worker(sys.argv[1], path=[sys.argv[2]])
    print(worker.call("os:getpid"), flush=True)
    if sys.argv[3] == "exit":
        sys.exit()
    worker.call("remote_targets:" + sys.argv[3], *sys.argv[4:])
"""


def start_controller(python: str, *args: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", textwrap.dedent(CONTROLLER), python, str(HERE), *args]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    "hang", ["hang_unguarded_by_the_kernel", pytest.param("hang_in_c", marks=on_linux)]
)
def test_no_worker_outlives_a_killed_controller(python: str, hang: str, tmp_path: Path) -> None:
    with start_controller(python, "hang_with_child", str(tmp_path / "pid"), hang) as controller:
        child = written_pid(tmp_path / "pid")
        pid = written_pid(tmp_path / "pid.own")  # so it hangs by now
        assert runs(pid)
        assert runs(child)
        controller.kill()
        assert eventually(lambda: not runs(pid) and not runs(child))


def test_no_worker_outlives_a_controller_that_forgot_to_close_it() -> None:
    with start_controller(sys.executable, "exit") as controller:
        out, _ = controller.communicate(timeout=20)
    assert controller.returncode == 0
    assert eventually(lambda: not runs(int(out)))


def test_a_worker_that_died_is_replaced_and_leaks_no_descriptor_and_no_zombie(
    new_worker: NewWorker,
) -> None:
    with new_worker() as worker:
        pids = [worker.call("os:getpid")]
        before = sorted(os.listdir("/dev/fd"))
        for _ in range(5):
            with pytest.raises(WorkerCrashed):
                worker.call("os:_exit", 1)
            pids.append(worker.call("os:getpid"))
            os.kill(pids[-1], signal.SIGKILL)
            assert eventually(lambda: worker.pid is None)
        pids.append(worker.call("os:getpid"))
        for failing in (new_worker("/bin/sh"), new_worker("/no/such/python")):
            for _ in range(20):
                with pytest.raises(WorkerNotStarted):
                    failing.call("os:getpid")
        assert sorted(os.listdir("/dev/fd")) == before
    assert len(set(pids)) == 7
    for pid in pids:
        with pytest.raises(ChildProcessError):  # no child is left, not even a zombie
            os.waitpid(pid, os.WNOHANG)
