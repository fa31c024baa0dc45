"""The suite as a pytest plugin: it makes the cases, and turns pytest's reports into results.

The tests say what they are by markers; see ``suite/marks.py``.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, zip_longest
from typing import Any

import pytest

from ..case import COEFFICIENTS, Case
from ..clauses import clauses
from ..interpreters import COMMAND
from ..results import Agreement, Outcome, Result, Untried
from ..spec.limitations import Limitation, limitations
from .judge import Broken, Judge
from .plan import Plan
from .score import NotConforming
from .subject import Subject

MARKERS = (
    "clause(id, **by_layer): the clause of SPEC.md; by layer where it is not every layer's",
    "cases(function): makes the cases, from a subject and a plan",
    "needs(fact): run only where the framework has this (Driver.describe)",
    "modes: only for what can tell training from evaluation",
    "layer_objects: only for classes whose objects keep their coefficients",
    "takes_coefficients: only where the coefficients can be handed to a layer",
    "drawn: only for layers that draw their coefficients",
    "drawing_too(*clauses): also for these; other clauses that it tries on them",
    "long: begun ahead of its turn, beside other tests",
    "pairs: for every pair of our implementations of a layer in two frameworks",
)


class SuitePlugin:
    """Runs the suite's tests on subjects and collects results."""

    def __init__(
        self,
        subjects: list[Subject],
        plan: Plan,
        wanted: Callable[[Subject, str], bool] = lambda subject, clause: True,
        options: Sequence[str] = (),
        quiet: bool = True,
        started: Callable[[str, str], None] = lambda subject, clause: None,
        ended: Callable[[Result], None] = lambda result: None,
        collected: Callable[[int], None] = lambda total: None,
    ) -> None:
        self.subjects = subjects
        self.plan = plan
        self.wanted = wanted  # whether a clause is tried on a subject
        self.options = options  # of the command line, to run a case again
        self.quiet = quiet
        self.started = started
        self.ended = ended
        self.collected = collected
        self.total = 0
        self.results: list[Result] = []
        self.agreement: list[Agreement] = []
        self.untried: dict[tuple[Subject, str], Untried] = {}
        self._tried: set[tuple[Subject, str]] = set()
        self.collection_errors: list[str] = []
        self._pool = ThreadPoolExecutor(min(3, os.cpu_count() or 1))
        self._ahead: dict[pytest.Item, Future[None]] = {}

    @pytest.hookimpl(trylast=True)  # once the terminal reporter is there
    def pytest_configure(self, config: pytest.Config) -> None:
        for marker in MARKERS:
            config.addinivalue_line("markers", marker)
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if self.quiet and reporter is not None:
            config.pluginmanager.unregister(reporter)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "judge" not in metafunc.fixturenames:
            return
        wanted = [name for name in ("judge", "other", "case") if name in metafunc.fixturenames]
        rows: list[Any] = []
        for subject, other, name, case in self._tries(metafunc.definition):
            given = {"judge": Judge(subject, self.plan), "other": other, "case": case}
            versus = f"vs-{other.id}" if other else ""
            label = "-".join(filter(None, (subject.id, versus, name)))
            rows.append(pytest.param(*(given[argument] for argument in wanted), id=label))
        metafunc.parametrize(wanted, rows)

    def _tries(
        self, node: pytest.Item | Any
    ) -> Iterator[tuple[Subject, Subject | None, str, Case | None]]:
        marker = node.get_closest_marker("cases")
        for subject, other in self._chosen(node):
            if marker is None:
                yield subject, other, "", None
                continue
            for name, case in marker.args[0](subject, self.plan).items():
                if other is None or case.inputs[0].dtype.name in other.facts["dtypes"]:
                    yield subject, other, name, subject.fitted(case)

    def _chosen(self, node: Any) -> Iterator[tuple[Subject, Subject | None]]:
        """The subjects that a test is for, in pairs if it compares them."""
        chosen = [
            subject
            for subject in self.subjects
            if (clause := _clause(node, subject.layer))
            and self.wanted(subject, clause)
            and (subject.is_layer or not node.get_closest_marker("layer_objects"))
            and (subject.draws or not node.get_closest_marker("drawn"))
            and self._can_be_tried(node, subject, clause)
        ]
        if not node.get_closest_marker("pairs"):
            yield from ((subject, None) for subject in chosen)
            return
        functions = [subject for subject in chosen if not subject.is_layer]
        for number, subject in enumerate(functions):
            for other in functions[number + 1 :]:
                if other.layer == subject.layer and other.backend != subject.backend:
                    yield subject, other

    def _can_be_tried(self, node: Any, subject: Subject, clause: str) -> bool:
        """Whether a test can be run on a subject that it is for. Notes why where it cannot."""
        facts = [fact for marker in node.iter_markers("needs") for fact in marker.args]
        missing = [fact.replace("_", " ") for fact in facts if not subject.facts[fact]]
        reason = f"{subject.backend} has no {' and no '.join(missing)}" if missing else ""
        marked = {mark.name for mark in node.iter_markers()}
        needed = "takes_coefficients" in marked
        if subject.draws:  # what it must give depends on numbers that nobody knows
            needed = not {"drawn", "drawing_too"} & marked
        if needed and not subject.takes_coefficients:
            reason = f"it cannot be given {' and '.join(COEFFICIENTS[subject.layer])}"
        if "modes" in marked and not subject.has_modes:
            reason = "it takes no mode"
        key = subject, clause
        for mark in node.iter_markers("drawing_too") if subject.draws else ():
            self._tried.update((subject, other) for other in mark.args)
            for other in mark.args:
                self.untried.pop((subject, other), None)
        if "pairs" in marked:
            return not reason
        if not reason:
            self._tried.add(key)
            self.untried.pop(key, None)
        elif key not in self._tried:
            level = clauses()[clause].level
            self.untried[key] = Untried(
                subject.name, subject.backend, subject.layer, clause, level, reason
            )
        return not reason

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.collection_errors.append(str(report.longrepr))

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        # A parametrization that came out empty is a test with no subject here: not a skip.
        chosen = [
            item
            for item in items
            if "judge" in getattr(getattr(item, "callspec", None), "params", {})
            and isinstance(_params(item)["judge"], Judge)
        ]
        kept = set(chosen)
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        # What is wrong with a layer itself explains most of what then fails in general.
        items[:] = sorted(chosen, key=lambda item: _clause_of(item).startswith("G"))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.total = len(session.items)
        self.collected(self.total)
        turns: dict[str, list[pytest.Item]] = {}
        for item in session.items:
            if item.get_closest_marker("long"):
                turns.setdefault(_params(item)["judge"].subject.backend, []).append(item)
        # One framework after the other, so that two do not wait for one interpreter.
        for item in filter(None, chain.from_iterable(zip_longest(*turns.values()))):
            test = item.obj
            self._ahead[item] = self._pool.submit(test, _params(item)["judge"])

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        if pyfuncitem not in self._ahead:
            return None
        self._ahead[pyfuncitem].result()
        return True

    def pytest_internalerror(self, excrepr: object) -> None:
        self.collection_errors.append(str(excrepr))

    def pytest_sessionfinish(self) -> None:
        # What still runs ends when its interpreter is closed.
        self._pool.shutdown(wait=False, cancel_futures=True)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.started(_params(item)["judge"].subject.id, _clause_of(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.when == "call" or report.failed:
            result = self._result(item, call, report)
            if result.outcome is Outcome.SKIPPED:
                report.outcome = "skipped"
                report.longrepr = (str(item.path), 0, result.detail)
            elif result.outcome is Outcome.FAILED and report.passed:
                report.outcome, report.longrepr = "failed", result.detail
            self.results.append(result)
            self.agreement.extend(_params(item)["judge"].agreement)
            self.ended(result)
        return report

    def _result(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> Result:
        judge: Judge = _params(item)["judge"]
        error = call.excinfo.value if call.excinfo else None
        clause = (isinstance(error, NotConforming) and error.clause) or _clause_of(item)
        name = item.name.removeprefix("test_")
        outcome, detail = _outcome(error, report)
        detail = detail or judge.note
        limitation = _limitation(judge.subject, clause, name)
        if limitation is not None and not judge.subject.foreign:
            if outcome is Outcome.PASSED:
                outcome = Outcome.FAILED
                detail = f"the declared limitation no longer holds; delete it: {limitation.reason}"
            elif outcome is Outcome.FAILED:
                outcome, detail = Outcome.SKIPPED, limitation.reason
        return Result(
            subject=judge.subject.name,
            backend=judge.subject.backend,
            layer=judge.subject.layer,
            clause=clause,
            level=clauses()[clause].level,
            case=name,
            outcome=outcome,
            error=judge.error,
            unit=judge.unit,
            detail=detail,
            rerun=self._rerun(item, judge.subject),
            seconds=call.duration,
        )

    def _rerun(self, item: pytest.Item, subject: Subject) -> str:
        """A command line that runs this item alone."""
        words = COMMAND.split()
        if subject.foreign:
            words += ["--subject", f"{subject.backend}:{subject.name}"]
        else:
            other = _params(item).get("other")
            for backend in (subject.backend, *([other.backend] if other else [])):
                words += ["--backend", backend]
        words += ["--layer", subject.layer, *self.options]
        return shlex.join([*words, "--", f"{item.path.name}::{item.name}"])


def _params(item: pytest.Item) -> dict[str, Any]:
    params: dict[str, Any] = item.callspec.params  # type: ignore[attr-defined]
    return params


def _clause(node: Any, layer: str) -> str | None:
    """The clause that a test is about, None where it is not for this layer."""
    marker = node.get_closest_marker("clause")
    assert marker is not None, f"{node.nodeid} cites no clause"
    found: str | None = marker.args[0] if marker.args else marker.kwargs.get(layer)
    return found


def _clause_of(item: pytest.Item) -> str:
    clause = _clause(item, _params(item)["judge"].subject.layer)
    assert clause is not None
    return clause


def _outcome(error: BaseException | None, report: pytest.TestReport) -> tuple[Outcome, str]:
    if error is None:
        return Outcome.PASSED, ""
    if isinstance(error, NotConforming):
        return Outcome.FAILED, str(error)
    if isinstance(error, Broken):
        return Outcome.ERRORED, str(error)
    return Outcome.ERRORED, report.longreprtext


def _limitation(subject: Subject, clause: str, case: str) -> Limitation | None:
    for entry in limitations():
        if entry.covers(subject.backend, subject.layer, clause, case):
            return entry
    return None
