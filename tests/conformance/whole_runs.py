"""Whole runs for the tests: of layers that a test holds as text, and of the command."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.interpreters import known
from conformance.results import Run
from conformance.run import session
from conformance.run.subject import Interpreter
from tests.conformance.conftest import ROOT

PYTHONS = known().pythons
# Chainer starts fastest; what is tested here is the same for all.
BACKEND = next((b for b in ("chainer", "torch", "nnabla") if b in PYTHONS), "")
needs_backend = pytest.mark.skipif(not BACKEND, reason="no backend is set up here")
IMPORTS = f"import os, pathlib, signal, subprocess, time; from grl_{BACKEND} import mul_scalar\n"


def right_unless(condition: str, statements: str) -> str:
    """The source of a right layer, which does something else where the condition holds."""
    body = textwrap.indent(textwrap.dedent(statements).strip(), " " * 8)
    head, tail = f"    if {condition}:\n", "    return mul_scalar(x, scalar)\n"
    return f"def f(x, scalar):\n{head}{body}\n{tail}"


RIGHT = right_unless("False", "pass")


@contextmanager
def interpreter(backend: str) -> Iterator[Interpreter]:
    """One of a framework for a while; skips the test where that is not set up."""
    if backend not in PYTHONS:
        pytest.skip(f"{backend} is not set up here")
    found = Interpreter(backend, "cpu", PYTHONS[backend], timeout=60)
    with found.worker:
        yield found


def run(settings: session.Settings, foreign: bool = True) -> Run:
    """A run on subjects that are opened and closed for it; without `foreign` they are as ours."""
    subjects, skipped = session.open_subjects(settings)
    if not foreign:
        subjects = [replace(subject, foreign=False) for subject in subjects]
    try:
        return session.run(settings, subjects, session.header(settings, subjects, skipped))
    finally:
        session.close(subjects)


def judge(
    folder: Path,
    *sources: str,
    clauses: tuple[str, ...] = ("G1",),
    timeout: float = 60,
    foreign: bool = True,
) -> Run:
    """Judge functions f(x, scalar), each of a file with ``IMPORTS``, as scalar multiplies."""
    subjects = []
    for number, source in enumerate(sources):
        path = folder / f"layer{number}.py"
        path.write_text(IMPORTS + textwrap.dedent(source), "utf-8")
        subjects.append((BACKEND, f"{path}:f", "mul_scalar"))
    settings = session.Settings(
        clauses=clauses, quick=True, subjects=tuple(subjects), timeout=timeout
    )
    return run(settings, foreign)


def conformance(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`python -m conformance` in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        timeout=120,
        check=False,
    )
