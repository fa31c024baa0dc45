"""The worker pool of one round: fresh interpreters, one for each framework."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from typing import Any

from benchmarks.model import Row, module_of
from conformance.remote import RemoteError, RemoteRaised, Worker

START_SECONDS = 300.0  # importing a framework for the first time can take long on a cold disk
CALL_SECONDS = 120.0  # one row; a subject that compiles needs the most


class Failed(Exception):
    """A row that cannot be timed; ``kind`` as in :class:`benchmarks.model.Fault`."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class WorkerPool:
    """One worker for each framework, on one device.

    ``rivals`` are the folders of public packages, by framework.
    """

    def __init__(self, pythons: Mapping[str, str], rivals: Mapping[str, str], device: str) -> None:
        self.facts: dict[str, dict[str, Any]] = {}  # what ``worker.facts`` tells, by framework
        self.refused: dict[str, str] = {}  # why a framework does not start
        self._workers = {
            backend: Worker(
                python,
                path=[rivals[backend]] if backend in rivals else [],
                # What a row may use is set for each; this is for what a framework starts itself.
                env={"OMP_NUM_THREADS": "1"},
                timeout=CALL_SECONDS,
                start_timeout=START_SECONDS,
                prepare=[("benchmarks.worker:start", (backend, device))],
                name=backend,
            )
            for backend, python in pythons.items()
        }

    def start(self) -> None:
        """Start all interpreters, at the same time, and import the frameworks."""
        with ThreadPoolExecutor(len(self._workers)) as pool:
            begun = {
                backend: pool.submit(worker.call, "benchmarks.worker:facts")
                for backend, worker in self._workers.items()
            }
        for backend, future in begun.items():
            try:
                self.facts[backend] = future.result()
            except RemoteError as error:
                self.refused[backend] = _last_line(error.event)

    def call(self, function: str, row: Row, *arguments: object) -> Any:
        """Call a function of the worker for a row.

        Raises:
            Failed: the subject raised, crashed or hung, or is not installed.
        """
        worker, work = self._workers[row.backend], row.workload.to_wire()
        try:
            return worker.call(function, work, module_of(row), *arguments)
        except RemoteRaised as error:
            missing = "builtins.ImportError" in error.bases
            raise Failed("missing" if missing else "failed", _last_line(error.traceback)) from error
        except RemoteError as error:
            raise Failed("failed", error.event) from error

    def each(
        self, function: str, rows: Iterable[Row]
    ) -> Generator[tuple[Row, Future[Any]], None, None]:
        """Call a function for rows that are not timed; give each row with its answer, or Failed.

        The frameworks are at work at the same time, each on one row after the other. Where the
        answers are no longer wanted (Ctrl-C), the interpreters are killed.
        """
        pools = {backend: ThreadPoolExecutor(1) for backend in self._workers}
        answers = {pools[row.backend].submit(self.call, function, row): row for row in rows}
        try:
            for answer in as_completed(answers):
                yield answers[answer], answer
        finally:
            for pool in pools.values():
                pool.shutdown(wait=False, cancel_futures=True)
            if not all(answer.done() for answer in answers):
                self._kill()

    def close(self) -> None:
        """End the interpreters: nothing there is worth an orderly end, which takes torch 0.5 s."""
        self._kill()
        for worker in self._workers.values():
            worker.close()

    def _kill(self) -> None:
        for worker in self._workers.values():
            if worker.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGKILL)

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _last_line(text: str) -> str:
    """Of a traceback: the exception."""
    return text.strip().splitlines()[-1]
