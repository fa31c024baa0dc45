"""A run of the suite from start to end: open the subjects, drive pytest, collect the findings."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path

import pytest

from conformance import __version__
from conformance.case import LAYERS
from conformance.interpreters import BACKENDS, Unavailable, known
from conformance.results import Header, Result, Run, SubjectInfo
from conformance.run.plan import Plan
from conformance.run.plugin import SuitePlugin
from conformance.run.subject import Interpreter, Subject, our_subjects

HERE = Path(__file__).parent.parent / "suite"


@dataclass(frozen=True)
class Settings:
    """What to run. Empty tuples mean all there are.

    ``subjects`` are (backend, name, layer) of anyone's layers, judged in place of ours.
    """

    backends: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    subjects: tuple[tuple[str, str, str], ...] = ()
    python: str | None = None
    device: str = "cpu"
    quick: bool = False
    seed: int = 0
    timeout: float = 60.0
    pytest_args: tuple[str, ...] = ()

    @cached_property
    def plan(self) -> Plan:
        return Plan(self.quick, self.seed)

    def options(self) -> list[str]:
        """The options of the command line that decide what a case is and where it runs."""
        return [
            *(["--quick"] if self.quick else []),
            *(["--seed", str(self.seed)] if self.seed else []),
            *(["--device", self.device] if self.device != "cpu" else []),
            *(["--python", self.python] if self.python else []),
        ]


def open_subjects(settings: Settings) -> tuple[list[Subject], dict[str, str]]:
    """The subjects, each in a running interpreter, and why a backend has none.

    Raises:
        Unavailable: what was asked for by name cannot be had, or there is no backend at all.
    """
    named = {backend for backend, _, _ in settings.subjects} or set(settings.backends)
    pythons, skipped = known().pythons, {}
    if settings.python is not None:
        pythons = dict.fromkeys(named, settings.python)
    opened: list[Interpreter] = []
    for backend in BACKENDS:
        if named and backend not in named:
            continue
        if backend in pythons:
            opened.append(Interpreter(backend, settings.device, pythons[backend], settings.timeout))
            continue
        skipped[backend] = known().unavailable.get(
            backend, "no interpreter; python3 dev.py makes one"
        )
        if backend in named:
            raise Unavailable(f"{backend} is not available: {skipped[backend]}")
    with ThreadPoolExecutor(len(BACKENDS)) as pool:  # importing a framework takes seconds
        ready = [(opener, pool.submit(getattr, opener, "facts")) for opener in opened]
    usable = []
    for interpreter, future in ready:
        try:
            future.result()
            usable.append(interpreter)
        except Unavailable as error:
            if interpreter.backend in named:
                raise
            skipped[interpreter.backend] = str(error)
    if not usable:
        raise Unavailable("no backend can run here: " + "; ".join(skipped.values()))
    subjects = _subjects(settings, usable)
    for subject in subjects:
        subject.description  # noqa: B018 - imports it: a subject that cannot be is told of now
    return subjects, skipped


def _subjects(settings: Settings, opened: list[Interpreter]) -> list[Subject]:
    if not settings.subjects:
        layers = settings.layers or LAYERS
        return [subject for interpreter in opened for subject in our_subjects(interpreter, layers)]
    by_name = {interpreter.backend: interpreter for interpreter in opened}
    return [
        Subject(by_name[backend], layer, name, foreign=True)
        for backend, name, layer in settings.subjects
    ]


def header(settings: Settings, subjects: list[Subject], skipped: dict[str, str]) -> Header:
    """What was run, when and on what."""
    return Header(
        suite_version=__version__,
        time=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        seed=settings.seed,
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        quick=settings.quick,
        subjects=tuple(
            SubjectInfo(
                subject=subject.name,
                backend=subject.backend,
                layer=subject.layer,
                framework_version=subject.facts["version"],
                numpy_version=subject.facts["numpy"],
                python_version=subject.facts["python"].split()[1],
                device=subject.facts["device"],
                interpreter=subject.facts["python"],
                foreign=subject.foreign,
            )
            for subject in subjects
        ),
        skipped_backends=skipped,
    )


def run(
    settings: Settings,
    subjects: list[Subject],
    header: Header,
    started: Callable[[str, str], None] = lambda subject, clause: None,
    ended: Callable[[Result], None] = lambda result: None,
    collected: Callable[[int], None] = lambda total: None,
    wanted: Callable[[Subject, str], bool] | None = None,
) -> Run:
    """Run the suite on open subjects; ``started`` and ``ended`` are told of every case.

    ``wanted`` tells whether a clause is tried on a subject; by default, the settings do.

    Raises:
        Unavailable: pytest could not collect the suite, or does not know its arguments.
    """

    def chosen(subject: Subject, clause: str) -> bool:
        return not settings.clauses or clause in settings.clauses

    began = time.monotonic()
    options = [argument for argument in settings.pytest_args if "::" not in argument]
    places = [f"{HERE}/{name}" for name in settings.pytest_args if "::" in name] or [str(HERE)]
    plugin = SuitePlugin(
        subjects,
        settings.plan,
        wanted or chosen,
        options=settings.options(),
        quiet=not options,
        started=started,
        ended=ended,
        collected=collected,
    )
    arguments = [
        "-q",
        "--tb=short",
        "-p",
        "no:cacheprovider",
        "--import-mode=importlib",
        *options,
        *places,
    ]
    status = pytest.main(arguments, plugins=[plugin])
    if plugin.collection_errors:
        raise Unavailable("the suite does not load:\n" + "\n".join(plugin.collection_errors))
    if status == pytest.ExitCode.USAGE_ERROR:
        raise Unavailable(f"pytest does not take these arguments: {' '.join(arguments)}")
    complete = status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    finished = Run(header, tuple(plugin.results), tuple(plugin.agreement))
    return finished.ended(
        complete and len(plugin.results) == plugin.total, time.monotonic() - began
    )


def close(subjects: list[Subject]) -> None:
    """End the interpreters."""
    for interpreter in {
        id(subject.interpreter): subject.interpreter for subject in subjects
    }.values():
        interpreter.worker.close()
