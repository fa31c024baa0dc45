"""The suite catches every wrong layer, by the clause that it breaks, and blames no right one.

docs/bestiary.md has every mutant, and quotes what the suite says of those that it names.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import pytest

from conformance.interpreters import BACKENDS, HOME, known
from conformance.results import Outcome, Run
from conformance.run import session as suite
from conformance.run.subject import Interpreter, Subject

PYTHONS = known().pythons
# By "module:name": the layer that each claims to be, and the clauses of ``tests.mutants.mutant``.
Registered = dict[str, tuple[str, str]]
PAGE = (HOME.parent / "docs" / "bestiary.md").read_text("utf-8")
SAYS = re.compile(r"^- The suite, of `torch\.(\w+)\.(\w+)`: \*\*(\w+)\*\* `(.+)`$", re.MULTILINE)
LINES = 250  # at most: it is to be read


class Kind(NamedTuple):
    """A section of the page."""

    title: str
    example: str  # "module:name", as mutants are registered
    clause: str
    said: str
    mutants: list[str]


def _kind(section: str) -> Kind:
    title, _, body = section.partition("\n")
    ((module, name, clause, said),) = SAYS.findall(body)
    (listed,) = re.findall(r"^- Mutants: (.+)$", body, re.MULTILINE)
    mutants = re.findall(r"`(\w+)`", listed)
    return Kind(title, f"tests.mutants.torch.{module}:{name}", clause, said, mutants)


KINDS = [_kind(section) for section in PAGE.split("\n## ")[1:]]


@cache
def _judge(backend: str, kind: str) -> tuple[Registered, Run]:
    """Run the quick suite on every right layer or mutant, in one go."""
    if backend not in PYTHONS:
        pytest.skip(f"{backend} is not set up here")
    interpreter = Interpreter(backend, "cpu", PYTHONS[backend], timeout=60)
    layers: Registered = interpreter.worker.call("tests.mutants:registered", backend)[kind]

    def wanted(subject: Subject, clause: str) -> bool:
        """Of a mutant, only the clause that it must die to: the others would cost minutes."""
        clauses = layers[subject.name][1].split()
        return not clauses or clause == clauses[-1]

    subjects = [Subject(interpreter, layers[name][0], name, foreign=True) for name in layers]
    settings = suite.Settings(quick=True, pytest_args=("--tb=no",))
    try:
        header = suite.header(settings, subjects, {})
        return layers, suite.run(settings, subjects, header, wanted=wanted)
    finally:
        suite.close(subjects)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_mutant_dies_to_its_clause(backend: str) -> None:
    mutants, run = _judge(backend, "mutant")
    failed = {(r.subject, r.clause) for r in run.results if r.outcome is Outcome.FAILED}
    broken = {name: clauses.split()[0] for name, (_, clauses) in mutants.items()}
    survivors = {name: broken[name] for name in mutants if (name, broken[name]) not in failed}
    assert not survivors, f"not caught by the clause they break: {survivors}"
    errored = {r.subject: r.detail for r in run.results if r.outcome is Outcome.ERRORED}
    assert not errored
    assert len(mutants) >= 10


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_right_layer_is_blamed(backend: str) -> None:
    layers, run = _judge(backend, "right")
    blamed = [f"{r.subject} {r.clause} {r.case}: {r.detail[:300]}" for r in run.failures()]
    assert not blamed, "\n".join(blamed)
    assert {result.subject for result in run.results} == set(layers)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_mutant_is_of_one_kind_of_the_page(backend: str) -> None:
    names = {name.partition(":")[2] for name in _judge(backend, "mutant")[0]}
    kinds = {name: [kind.title for kind in KINDS if name in kind.mutants] for name in names}
    assert {name: of for name, of in kinds.items() if len(of) != 1} == {}


def test_what_the_page_quotes_is_said() -> None:
    mutants, run = _judge("torch", "mutant")
    failed = [r for r in run.results if r.outcome is Outcome.FAILED]
    for _, name, clause, words, _ in KINDS:
        said = [r.detail for r in failed if (r.subject, r.clause) == (name, clause)]
        assert words in "".join(said), (name, said)
        assert mutants[name][1].split()[0] == clause
    assert len({kind.example for kind in KINDS}) == len(KINDS)


def test_the_table_of_the_page_leads_to_every_kind() -> None:
    anchors = [re.sub(r"[^\w -]", "", kind.title.lower()).replace(" ", "-") for kind in KINDS]
    links = re.findall(r"\[(\d+)\]\(#([\w-]+)\)", PAGE)
    assert {anchor for _, anchor in links} == set(anchors)
    assert all(anchor.startswith(f"{number}-") for number, anchor in links)
    numbers = [kind.title.partition(".")[0] for kind in KINDS]
    assert numbers == [str(number) for number in range(1, len(KINDS) + 1)]
    assert len(PAGE.splitlines()) <= LINES
