"""A run of the suite from start to end: open the subjects, drive pytest, collect the findings."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from .. import __version__
from ..case import LAYERS
from ..interpreters import BACKENDS, CHECKOUT, COMMAND, Unavailable, known
from ..results import Header, Result, Run, SubjectInfo
from .plan import Plan
from .plugin import SuitePlugin
from .subject import SUBJECT_TIMEOUT, Interpreter, Subject, our_subjects

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
    pythons: Mapping[str, Path] = field(default_factory=dict)
    device: str = "cpu"
    quick: bool = False
    seed: int = 0
    draws: int | None = None
    timeout: float = 60.0
    pytest_args: tuple[str, ...] = ()

    @cached_property
    def plan(self) -> Plan:
        return Plan(self.quick, self.seed, self.draws)

    def narrowing(self) -> tuple[str, ...]:
        """The options that leave clauses or cases out."""
        after = ("--", *self.pytest_args) if self.pytest_args else ()
        fewer = self.plan.passes < Plan(self.quick).passes
        draws = (f"--draws {self.draws}",) if fewer else ()
        return (*(f"--clause {clause}" for clause in self.clauses), *draws, *after)

    def options(self) -> list[str]:
        """The options of the command line that decide what a case is and where it runs."""
        return [
            *(["--quick"] if self.quick else []),
            *(["--seed", str(self.seed)] if self.seed else []),
            *(["--draws", str(self.draws)] if self.draws else []),
            *(["--device", self.device] if self.device != "cpu" else []),
            *(f"--python={name}={path}" for name, path in self.pythons.items()),
        ]


def open_subjects(settings: Settings) -> tuple[list[Subject], dict[str, str]]:
    """The subjects, each in a running interpreter, and why a backend has none.

    Our layers share an interpreter for each framework. Anyone else's subject has one of its own,
    so that what one does to its framework reaches no other.

    Raises:
        Unavailable: what was asked for by name cannot be had, or there is no backend at all.
    """
    there, skipped = known(), {}
    how = f"{COMMAND} makes its interpreter" if CHECKOUT else "it is not installed beside the suite"
    named = {backend for backend, _, _ in settings.subjects} or set(settings.backends)
    subjects: list[Subject] = []
    for backend in BACKENDS if not named else [b for b in BACKENDS if b in named]:
        python = str(settings.pythons.get(backend) or there.pythons.get(backend, ""))
        if python:
            subjects += _subjects(settings, backend, python)
            continue
        skipped[backend] = there.unavailable.get(backend, how)
        if backend in named:
            raise Unavailable(f"{backend} is not available: {skipped[backend]}")
    by_interpreter: dict[Interpreter, list[Subject]] = {}
    for subject in subjects:
        by_interpreter.setdefault(subject.interpreter, []).append(subject)
    opened: list[Subject] = []
    # Importing a framework takes seconds.
    with ThreadPoolExecutor(max(len(by_interpreter), 1)) as pool:
        ready = {key: pool.submit(_describe, mine) for key, mine in by_interpreter.items()}
    for interpreter, future in ready.items():
        try:
            future.result()
            opened += by_interpreter[interpreter]
        except Unavailable as error:
            if interpreter.backend in named:
                close(subjects)
                raise
            skipped[interpreter.backend] = str(error)
    if not opened:
        raise Unavailable("no backend can run here: " + "; ".join(skipped.values()))
    return opened, skipped


def _subjects(settings: Settings, backend: str, python: str) -> list[Subject]:
    def interpreter() -> Interpreter:
        return Interpreter(backend, settings.device, python, settings.timeout, SUBJECT_TIMEOUT)

    if not settings.subjects:
        return our_subjects(interpreter(), settings.layers or LAYERS)
    return [
        Subject(interpreter(), layer, name, foreign=True)
        for named, name, layer in settings.subjects
        if named == backend
    ]


def _describe(subjects: list[Subject]) -> None:
    for subject in subjects:
        subject.facts, subject.description  # noqa: B018 - imports framework and subject


def header(settings: Settings, subjects: list[Subject], skipped: dict[str, str]) -> Header:
    """What was run, when and on what."""
    infos = [
        described(s.name, s.backend, s.layer, s.facts, s.description["call"], s.foreign)
        for s in subjects
    ]
    return begun(settings.seed, infos, settings.quick, skipped, settings.narrowing())


def described(
    name: str, backend: str, layer: str, facts: Mapping[str, Any], call: str, foreign: bool
) -> SubjectInfo:
    """A subject, and where it runs: ``facts`` are those of ``worker/``."""
    return SubjectInfo(
        subject=name,
        backend=backend,
        layer=layer,
        framework_version=facts["version"],
        numpy_version=facts["numpy"],
        python_version=facts["python"].split()[1],
        device=facts["device"],
        interpreter=facts["python"],
        foreign=foreign,
        call=call,
    )


def begun(
    seed: int,
    infos: Sequence[SubjectInfo],
    quick: bool,
    skipped: Mapping[str, str],
    chosen: tuple[str, ...],
) -> Header:
    """The header of a run that begins now, on this machine."""
    return Header(
        suite_version=__version__,
        time=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        seed=seed,
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        quick=quick,
        subjects=tuple(infos),
        skipped_backends=skipped,
        chosen=chosen,
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
    arguments = ["-q", "--tb=short", "-p", "no:cacheprovider", "--import-mode=importlib"]
    # A file of our own: pytest would take the options of one that it finds above.
    arguments += ["-c", str(HERE / "pytest.ini"), *options, *places]
    with _untouched_by_the_environment():
        status = pytest.main(arguments, plugins=[plugin])
    if plugin.collection_errors:
        raise Unavailable("the suite does not load:\n" + "\n".join(plugin.collection_errors))
    if status == pytest.ExitCode.USAGE_ERROR:
        raise Unavailable(f"pytest does not take these arguments: {' '.join(arguments)}")
    complete = status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    finished = Run(
        header, tuple(plugin.results), tuple(plugin.agreement), tuple(plugin.untried.values())
    )
    return finished.ended(
        complete=complete and len(plugin.results) == plugin.total,
        seconds=time.monotonic() - began,
        interrupted=status == pytest.ExitCode.INTERRUPTED,
    )


@contextmanager
def _untouched_by_the_environment() -> Iterator[None]:
    """Without pytest's variables, which could leave cases out, and without plugins of anyone's."""
    before = dict(os.environ)
    for name in [name for name in before if name.startswith("PYTEST_")]:
        del os.environ[name]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def close(subjects: list[Subject]) -> None:
    """End the interpreters."""
    for interpreter in {
        id(subject.interpreter): subject.interpreter for subject in subjects
    }.values():
        interpreter.worker.close()
