"""The one way into another interpreter: call a function there by name, and survive its failure.

A `Worker` keeps an interpreter, possibly of another Python version with another numpy, which
answers one call after another. What may happen to a call has an exception each:

    RemoteRaised      the function raised; the interpreter lives on
    WorkerCrashed     the interpreter exited, or died of a signal such as SIGSEGV
    WorkerKilled      something outside killed it, such as the system for want of memory
    WorkerTimedOut    it did not answer in time, and has been killed with all that it started
    WorkerNotStarted  there is no such interpreter, or it cannot import numpy

After all but the first, the next call gets a fresh interpreter. `wire.py` tells what arguments
and results may be; bfloat16 arrays are arrays here, where ml_dtypes is, and `Bits` there.
This needs a POSIX system.
"""

import math
import signal
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import wire
from .process import Ended, Process


@dataclass(frozen=True)
class _Call:
    number: int
    function: str
    message: wire.Message


@dataclass(eq=False, repr=False)
class RemoteError(Exception):
    """A call that did not return.

    `worker` and `function` are names, `event` is a clause that tells what happened, and
    `last_words` is the end, 4 KB at the most, of what was printed during the call.
    """

    worker: str
    function: str
    event: str
    last_words: str

    def __str__(self) -> str:
        said = f"\nlast words:\n{self.last_words}" if self.last_words else ""
        return f"{self.function} on worker {self.worker!r} {self.event}{said}"


@dataclass(eq=False, repr=False)
class RemoteRaised(RemoteError):
    """The function raised.

    `type` is the exception's type, such as "builtins.ValueError"; `bases` are the names of the
    types that it is an instance of, itself first; `message` is its str, `traceback` its text.
    """

    type: str
    bases: list[str]
    message: str
    traceback: str


@dataclass(eq=False, repr=False)
class WorkerCrashed(RemoteError):
    """The interpreter ended by itself. `status` is an exit code or the name of a signal.

    It is None for an interpreter that closed its connection, or broke it by writing to it.
    """

    status: int | str | None


class WorkerKilled(RemoteError):
    """Something else ended the interpreter, by SIGKILL or SIGTERM."""


class WorkerTimedOut(RemoteError):
    """The call outlasted its time-out. The last words tell where the interpreter was."""


class WorkerNotStarted(RemoteError):
    """The interpreter could not be started, or it ended or hung before it was ready."""


class Worker:
    """A persistent interpreter that calls functions by name, and survives its own end.

    `python` is the interpreter; its process starts with the first call. The root of this
    repository and then `path` come first in its sys.path. `env` adds to the environment, or
    replaces what is there. `timeout` and `start_timeout` are in seconds; the time to start
    counts against the latter alone, and so do the calls of `prepare`, functions and arguments,
    which every fresh interpreter makes first: imports that take long, for example. Threads may
    share a worker: it takes one call at a time.
    """

    def __init__(
        self,
        python: str,
        *,
        path: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        start_timeout: float = 120.0,
        name: str = "worker",
        prepare: Sequence[tuple[str, Sequence[object]]] = (),
    ) -> None:
        self.python = python
        self.name = name
        self._path = tuple(path)
        self._env = dict(env or {})
        self._prepare = tuple(prepare)
        self._number = 0  # of the last call
        self.starts = 0  # how many interpreters it has had
        self._timeout = _positive("timeout", timeout)
        self._start_timeout = _positive("start_timeout", start_timeout)
        self._lock = threading.Lock()
        self._process: Process | None = None
        self._end_process: weakref.finalize[[], Worker] | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The id of the interpreter's process; None while there is none."""
        process = self._process
        return process.pid if process and process.alive else None

    def call(self, function: str, *args: object, timeout: float | None = None) -> Any:
        """Calls `function`, "package.module:name", there, and returns what it returns.

        Raises the errors above; TypeError for an argument that cannot be sent, before anything
        is called. A worker that is found dead is replaced first: no call was lost with it.
        """
        if function.count(":") != 1 or not all(function.split(":")):
            raise ValueError(f"function must be 'package.module:name', not {function!r}")
        limit = self._timeout if timeout is None else _positive("timeout", timeout)
        with self._lock:
            if self._closed:
                raise RuntimeError(f"worker {self.name!r} is closed")
            call = self._encode(function, args)
            return self._exchange(self._ready(function), call, limit)

    def _encode(self, function: str, args: Sequence[object]) -> "_Call":
        self._number += 1
        message = wire.encode(self._number, function, list(args), "args")
        return _Call(self._number, function, message)

    def _exchange(self, process: Process, call: "_Call", limit: float) -> Any:
        function = call.function
        try:
            outcome, value = process.exchange(call.message, call.number, limit)
        except TimeoutError:
            event = f"did not return within {limit:g} s; killed"
            raise WorkerTimedOut(self.name, function, event, process.last_words) from None
        except Ended as ended:
            raise self._end_of(process, function, ended) from None
        if outcome == "raised":
            event = f"raised {value['type']}: {value['message']}\n{value['traceback']}"
            facts = (value[name] for name in ("type", "bases", "message", "traceback"))
            raise RemoteRaised(self.name, function, event, process.last_words, *facts)
        return value

    def close(self) -> None:
        """Ends the interpreter; a second time does nothing. No call can follow."""
        with self._lock:
            self._closed = True
            if self._process:
                self._process.end(grace=2.0)

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ready(self, function: str) -> Process:
        """The process, a fresh one where there is none or it is dead."""
        if self._process and self._process.alive:
            return self._process
        if self._end_process:
            self._end_process()
        try:
            process = Process(self.python, self._path, self._env)
        except OSError as error:
            event = f"was not called: {self.python} cannot be run: {error}"
            raise WorkerNotStarted(self.name, function, event, "") from error
        # Also at the end of this interpreter, and when a worker is dropped without a close.
        self._end_process = weakref.finalize(self, process.end)
        self._process = process
        try:
            process.exchange([], 0, self._start_timeout)
        except TimeoutError:
            why = f"was not ready within {self._start_timeout:g} s; killed"
        except Ended as ended:
            why = f"{_ending(ended)[1]} before it was ready"
        else:
            self.starts += 1
            prepared = False
            try:
                for called, arguments in self._prepare:
                    self._exchange(process, self._encode(called, arguments), self._start_timeout)
                prepared = True
            except RemoteError as error:
                event = f"was not called: {error.function} {error.event}"
                raise WorkerNotStarted(self.name, function, event, error.last_words) from error
            finally:
                if not prepared:  # Half prepared, it would answer the next call.
                    process.end()
            return process
        event = f"was not called: {self.python} {why}"
        raise WorkerNotStarted(self.name, function, event, process.last_words)

    def _end_of(self, process: Process, function: str, ended: Ended) -> RemoteError:
        cause, event = _ending(ended)
        if cause in ("SIGKILL", "SIGTERM"):
            return WorkerKilled(self.name, function, event, process.last_words)
        return WorkerCrashed(self.name, function, event, process.last_words, cause)


def _ending(ended: Ended) -> tuple[int | str | None, str]:
    """How a process ended: its exit code or the name of its signal, and that as a clause."""
    status = ended.status
    if status is None:
        return None, f"{ended.why}; killed"
    if status >= 0:
        return status, f"ended its interpreter with exit code {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:  # a real-time signal
        name = f"signal {-status}"
    return name, f"ended its interpreter by {name}"


def _positive(name: str, seconds: float) -> float:
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        raise TypeError(f"{name} must be a number of seconds, not {type(seconds).__name__}")
    if math.isnan(seconds) or seconds <= 0:
        raise ValueError(f"{name} must be positive, not {seconds}")
    return float(seconds)
