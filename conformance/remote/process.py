"""One life of another interpreter: its process, its pipes, and its end."""

import fcntl
import os
import secrets
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from . import wire

try:
    import ml_dtypes

    _BFLOAT16: np.dtype[Any] | None = np.dtype(ml_dtypes.bfloat16)
except ModuleNotFoundError:
    _BFLOAT16 = None

_ROOT = Path(__file__).resolve().parents[2]
# The worker's sys.path: ours, then the interpreter's own without the current directory. Where we
# are installed, the root holds our interpreter's packages too, and so comes last. The worker is
# not run as a file: Python would put that file's directory, which is conformance/, first.
_BOOTSTRAP = """
import importlib, os, sys
descriptors, package, root, paths = sys.argv[1:4], sys.argv[4], sys.argv[5], sys.argv[6:]
own = [entry for entry in sys.path if entry]
installed = root.endswith("-packages")
sys.path[:] = [*paths, *own, root] if installed else [root, *paths, *own]
# What the user put on the path comes last: nothing of it may hide a package of the interpreter's.
sys.path += [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
del sys.argv[1:]
importlib.import_module(package + ".server").serve(*map(int, descriptors))
"""
# These tell an interpreter where it is, and so tell another one wrong.
_NOT_INHERITED = ("PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV")
# A variable that all processes inherit which a worker starts, also those that leave its group.
_MARK = "CONFORMANCE_WORKER"
_TAIL = 4096  # bytes of output that are kept
_PIPE = 1 << 16  # bytes that a pipe holds
_LARGE_PIPE = 1 << 20  # the most that Linux grants an ordinary user
_LOOKS = 10  # at most so often the processes are searched for what a worker has left
_TICK = 0.2  # seconds between two looks at whether the process lives


class Ended(Exception):
    """The process exited in the middle of an exchange, and has been cleaned up.

    `status` is its exit code, or minus its signal; None where it had to be killed, and `why`
    tells what it had done.
    """

    def __init__(self, status: int | None, why: str = "broke its connection") -> None:
        super().__init__(status, why)
        self.status = status
        self.why = why


class Process:
    """A worker process, the leader of its own session and process group."""

    def __init__(self, python: str, path: Sequence[str], env: Mapping[str, str]) -> None:
        """Starts it; raises OSError where `python` cannot be run."""
        commands, self._commands = os.pipe()
        self._responses, responses = os.pipe()
        lifeline, self._lifeline = os.pipe()
        self._output, output = os.pipe()
        self._open = {self._commands, self._responses, self._lifeline, self._output}
        self._tail = b""
        self._started = time.time()
        self._mark = f"{os.getpid()}-{secrets.token_hex(8)}"
        own = {k: v for k, v in os.environ.items() if k not in _NOT_INHERITED}
        # Isolated from the variables that change Python (-E): an optimised one has no assertions.
        # Unbuffered, and with a traceback from a fatal signal, so that the output tells the end.
        # fd 0 is empty and fd 1 is where fd 2 is: nothing that prints can reach the pipes.
        command = [python, "-E", "-u", "-X", "faulthandler", "-c", _BOOTSTRAP]
        command += map(str, (commands, responses, lifeline))
        try:
            self._popen = subprocess.Popen(
                [*command, str(__package__), str(_ROOT), *map(os.path.abspath, path)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(commands, responses, lifeline),
                start_new_session=True,
                env={**own, **env, _MARK: self._mark},
            )
        except BaseException:
            self._close(*self._open)
            raise
        finally:
            for descriptor in (commands, responses, lifeline, output):
                os.close(descriptor)
        os.set_blocking(self._commands, False)
        os.set_blocking(self._output, False)
        if sys.platform == "linux":
            # Twice as fast for large arrays. Refused to a user who has many large pipes.
            for descriptor in (self._commands, self._responses):
                with suppress(OSError):
                    fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _LARGE_PIPE)
        self.pid = self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    @property
    def last_words(self) -> str:
        """The end of what it has printed since the last exchange began."""
        self._drain()
        return self._tail.decode(errors="replace").strip()

    def exchange(self, message: wire.Message, number: int, timeout: float) -> tuple[str, Any]:
        """Sends `message`, or nothing where it is empty, and receives the answer to its number.

        Raises TimeoutError after `timeout` seconds, and Ended. After any exception the process
        has been ended: the stream may have been left in the middle of a message.
        """
        deadline = time.monotonic() + timeout

        def write(view: memoryview) -> int:
            self._wait(self._commands, select.POLLOUT, deadline)
            return os.write(self._commands, view)

        def read_into(view: memoryview) -> int:
            self._wait(self._responses, select.POLLIN, deadline)
            return os.readv(self._responses, [view])

        if message:  # What it prints while it starts is no leftover of an exchange.
            self._drain()
            self._tail = b""
        try:
            wire.send(write, message)
            answered, note, value = wire.receive(read_into, _BFLOAT16)
        except TimeoutError:
            self._ask_where_it_is()
            self.end()
            raise
        except (EOFError, BrokenPipeError):
            raise Ended(self.end(grace=1.0)) from None
        except wire.WireError as error:
            raise Ended(self.end(), f"sent what is no answer ({error})") from None
        except BaseException:
            self.end()
            raise
        if answered != number:  # Another process speaks on its pipe.
            raise Ended(self.end(), f"answered call {answered} instead of call {number}")
        return note, value

    def end(self, grace: float = 0.0) -> int | None:
        """Closes its input, waits `grace` seconds for its exit, and kills all that it started.

        Returns its exit code, or minus its signal; None where it had to be killed. A second time
        does nothing.
        """
        if not self._open:
            return self._popen.returncode
        self._close(self._commands)
        status = None
        with suppress(subprocess.TimeoutExpired):
            status = self._popen.wait(grace)
        # What it has started may have outlived it. (A macOS group of zombies: PermissionError.)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()
        _kill_marked(self._mark, self._started)
        self._drain()
        self._close(*self._open)
        return status

    def _wait(self, descriptor: int, event: int, deadline: float) -> None:
        """Waits until `descriptor` is ready, and keeps the process's output flowing meanwhile."""
        poller = select.poll()
        poller.register(descriptor, event)
        if self._output in self._open:
            poller.register(self._output, select.POLLIN)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            ready = [fd for fd, _ in poller.poll(1000 * min(left, _TICK))]
            if self._output in ready and not self._drain():
                poller.unregister(self._output)
            if descriptor in ready:
                return
            # A process that it forked may hold its pipes open after its death.
            if not self.alive:
                raise EOFError

    def _drain(self) -> bool:
        """Reads what it has printed, no more than the pipe holds; False after the last of it."""
        if self._output not in self._open:
            return False
        try:
            printed = os.read(self._output, _PIPE)
        except BlockingIOError:
            return True
        self._tail = (self._tail + printed)[-_TAIL:]
        if not printed:
            self._close(self._output)
        return bool(printed)

    def _ask_where_it_is(self) -> None:
        """Has a process that has hung print its stack, which becomes its last words."""
        self._popen.send_signal(signal.SIGUSR1)
        time.sleep(0.1)

    def _close(self, *descriptors: int) -> None:
        for descriptor in self._open.intersection(descriptors):
            os.close(descriptor)
            self._open.remove(descriptor)


def _kill_marked(mark: str, since: float) -> None:
    """Kills what a worker has left: processes of sessions of their own, whoever adopted them.

    `since`: when the worker was started, in seconds since the epoch; what is older is not its.
    """
    import psutil  # noqa: PLC0415 - the other interpreters import this module too, and lack it

    for _ in range(_LOOKS):
        killed, unclear = [], False
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.create_time() < since - 1:
                    continue
                environment = process.environ()
                unclear = unclear or not environment  # so it is in the middle of an exec
                if environment.get(_MARK) == mark:
                    process.kill()
                    killed.append(process)
        psutil.wait_procs(killed, timeout=1)
        if not killed and not unclear:
            return
        time.sleep(0.01)
