"""A run of a law from a shell: each subject in its framework's interpreter."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..interpreters import COMMAND, Unavailable, known, python_in
from ..remote import RemoteError, RemoteRaised, Worker
from ..results import Outcome, Result, Run, SubjectInfo, Untried
from .session import begun, described
from .subject import FRAMEWORK_TIMEOUT, SUBJECT_ERROR

THERE = f"{__name__.rpartition('.run.')[0]}.worker.lawful"


@dataclass(frozen=True)
class Settings:
    """What to judge. ``subjects`` are (framework, name); ``transforms`` names, or "all"."""

    subjects: tuple[tuple[str, str], ...]
    law: str
    transforms: tuple[str, ...] = ()
    pythons: Mapping[str, Path] = field(default_factory=dict)
    seed: int = 0
    timeout: float = 60.0


def run(settings: Settings, ended: Callable[[Result], None] = lambda result: None) -> Run:
    """Judge each subject; ``ended`` is told of every result.

    Raises:
        Unavailable: a framework, a subject or the law cannot be had.
    """
    began = time.monotonic()
    infos: list[SubjectInfo] = []
    results: list[Result] = []
    untried: list[Untried] = []
    for framework, name in settings.subjects:
        with _worker(settings, framework) as worker:
            place = framework, name, settings.law, list(settings.transforms), settings.seed
            facts = _call(worker, "open_law", *place)
            infos.append(described(name, framework, facts["law"], facts, facts["call"], True))
            for dtype, transform, _ in facts["parts"]:
                for found in _judged(worker, place, dtype, transform, facts["law"]):
                    if isinstance(found, Untried):
                        untried.append(found)
                    else:
                        results.append(found)
                        ended(found)
    # A clause is untried in one part and tried in another one: it is told once.
    once = tuple({(u.key, u.clause): u for u in untried}.values())
    found_all = Run(begun(settings.seed, infos, False, {}, ()), tuple(results), (), once)
    return found_all.ended(complete=True, seconds=time.monotonic() - began)


def _worker(settings: Settings, framework: str) -> Worker:
    made = known().pythons.get(framework, python_in(framework))
    return Worker(
        str(settings.pythons.get(framework, made)),
        name=framework,
        timeout=settings.timeout,
        start_timeout=FRAMEWORK_TIMEOUT,
        env={"OMP_NUM_THREADS": "1"},
    )


def _call(worker: Worker, function: str, *arguments: Any) -> Any:
    timeout = FRAMEWORK_TIMEOUT if function == "open_law" else None  # it imports the framework
    try:
        return worker.call(f"{THERE}:{function}", *arguments, timeout=timeout)
    except RemoteRaised as error:
        if error.type == SUBJECT_ERROR:
            raise Unavailable(error.message) from error
        raise Unavailable(f"{error.type}: {error.message}\n{error.traceback}") from error
    except RemoteError as error:
        raise Unavailable(str(error)) from error


def _judged(
    worker: Worker, place: tuple[Any, ...], dtype: str, transform: str, law: str
) -> Iterator[Result | Untried]:
    framework, name, asked, *_ = place
    began = time.monotonic()
    found = _call(worker, "judge_part", *place, dtype, transform)
    seconds = (time.monotonic() - began) / len(found)
    for clause, level, outcome, words in found:
        if outcome == "untried":
            yield Untried(name, framework, law, clause, level, words)
            continue
        chosen = ["--transform", transform] if transform != "eager" else []
        command = [*COMMAND.split(), "--subject", f"{framework}:{name}", "--law", asked, *chosen]
        yield Result(
            subject=name,
            backend=framework,
            layer=law,
            clause=clause,
            level=level,
            case=f"{dtype}-{transform}",
            outcome=Outcome(outcome),
            error=None,
            unit="",
            detail=words,
            rerun=shlex.join(command),
            seconds=seconds,
        )
