"""docs/bestiary.md has every mutant, and quotes what the suite says of those that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from conformance.interpreters import BACKENDS, HOME, known
from conformance.results import Outcome
from conformance.run import session
from conformance.run.subject import Interpreter, Subject

PAGE = (HOME.parent / "docs" / "bestiary.md").read_text("utf-8")
PYTHONS = known().pythons
SAYS = re.compile(r"^- The suite, of `(\w+)\.([\w.]+)`: \*\*(\w+)\*\* `(.+)`$", re.MULTILINE)
BACKEND = "torch"  # which the examples are for
LINES = 250  # at most: it is to be read


@dataclass(frozen=True)
class Kind:
    """A section of the page."""

    title: str
    example: str  # "module:name", as mutants are registered
    clause: str
    said: str
    mutants: tuple[str, ...]


def _kind(section: str) -> Kind:
    title, _, body = section.partition("\n")
    ((backend, name, clause, said),) = SAYS.findall(body)
    assert backend == BACKEND
    (listed,) = re.findall(r"^- Mutants: (.+)$", body, re.MULTILINE)
    module, _, thing = name.rpartition(".")
    example = f"tests.mutants.{backend}.{module}:{thing}"
    return Kind(title, example, clause, said, tuple(re.findall(r"`(\w+)`", listed)))


KINDS = [_kind(section) for section in PAGE.split("\n## ")[1:]]


def _mutants(interpreter: Interpreter) -> dict[str, tuple[str, str]]:
    """The layer that each claims to be, and its clauses, by "module:name"."""
    found = interpreter.worker.call("tests.mutants:registered", interpreter.backend)
    mutants: dict[str, tuple[str, str]] = found["mutant"]
    return mutants


def _interpreter(backend: str) -> Interpreter:
    if backend not in PYTHONS:
        pytest.skip(f"{backend} is not set up here")
    return Interpreter(backend, "cpu", PYTHONS[backend], timeout=60)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_mutant_is_of_one_kind(backend: str) -> None:
    interpreter = _interpreter(backend)
    try:
        names = {name.partition(":")[2] for name in _mutants(interpreter)}
    finally:
        interpreter.worker.close()
    kinds = {name: [kind.title for kind in KINDS if name in kind.mutants] for name in names}
    assert {name: of for name, of in kinds.items() if len(of) != 1} == {}


def test_what_is_quoted_is_said() -> None:
    interpreter = _interpreter(BACKEND)
    kinds = {kind.example: kind for kind in KINDS}
    mutants = _mutants(interpreter)
    subjects = [Subject(interpreter, mutants[name][0], name, foreign=True) for name in kinds]
    settings = session.Settings(quick=True, pytest_args=("-k", "not test_any", "--tb=no"))

    def wanted(subject: Subject, clause: str) -> bool:
        return clause == kinds[subject.name].clause

    try:
        header = session.header(settings, subjects, {})
        run = session.run(settings, subjects, header, wanted=wanted)
    finally:
        session.close(subjects)
    said: dict[str, list[str]] = {name: [] for name in kinds}
    for result in run.results:
        if result.outcome is Outcome.FAILED:
            said[result.subject].append(result.detail)
    unsaid = {
        n: (kind.said, said[n]) for n, kind in kinds.items() if kind.said not in "".join(said[n])
    }
    assert unsaid == {}
    assert {n: mutants[n][1].split()[0] for n in kinds} == {n: k.clause for n, k in kinds.items()}
    assert len(kinds) == len(KINDS)


def test_the_table_leads_to_every_kind() -> None:
    anchors = [re.sub(r"[^\w -]", "", kind.title.lower()).replace(" ", "-") for kind in KINDS]
    links = re.findall(r"\[(\d+)\]\(#([\w-]+)\)", PAGE)
    assert {anchor for _, anchor in links} == set(anchors)
    assert all(anchor.startswith(f"{number}-") for number, anchor in links)
    assert [kind.title.partition(".")[0] for kind in KINDS] == [
        str(number) for number in range(1, len(KINDS) + 1)
    ]


def test_the_page_is_short() -> None:
    assert len(PAGE.splitlines()) <= LINES
