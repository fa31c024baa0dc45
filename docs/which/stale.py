"""What of docs/which.json is out of date, in sentences that name the command to run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.model import Results
from conformance.clauses import clauses
from conformance.interpreters import BACKENDS
from docs.which.known import known, pinned
from docs.which.timed import timed
from environments import ROOT, specs

OF_LAWS = ("L", "T")  # the groups of SPEC.md that are not about the layers
WRITE = "run `python3 dev.py which`"
JUDGE = "run `python3 dev.py conformance`, and then `python3 dev.py which`"


def stale(facts: Mapping[str, Any], results: Results) -> Iterator[str]:
    """The differences from pins, SPEC.md, drivers, the repository's data and the benchmarks."""
    for backend in BACKENDS:
        yield from _judged(backend, facts["judged"]["frameworks"][backend])
    yield from _levels(facts["judged"]["levels"])
    for what, kept, now in (
        ("known of the environments, limitations and by hand", facts["known"], known()),
        ("timed", facts["timed"], timed(results)),
    ):
        differs = [key for key in {**kept, **now} if kept.get(key) != now.get(key)]
        if differs:
            yield f"what is {what} has changed, in {', '.join(differs)}: {WRITE}"


def drivers_dtypes(backend: str) -> list[str]:
    """The dtypes that a driver names; read as text, for it imports its framework."""
    code = (ROOT / "conformance" / "worker" / f"{backend}_driver.py").read_text("utf-8")
    (found,) = re.findall(r'"dtypes": (\[[^]]*\])', code)
    return list(ast.literal_eval(found))


def _judged(backend: str, judged: Mapping[str, Any]) -> Iterator[str]:
    spec = specs.BACKENDS[backend]
    for package, version in ((backend, judged["version"]), ("numpy", judged["numpy"])):
        pins = pinned(spec, package)
        if version.partition("+")[0] not in pins:
            yield (
                f"{backend} was judged with {package} {version}, and {spec.pins.name} pins "
                f"{' or '.join(pins)}: {JUDGE}"
            )
    if judged["python"].rpartition(".")[0] not in spec.pythons:
        serves = ", ".join(spec.pythons)
        yield f"{backend} was judged on Python {judged['python']}, and is for {serves}: {JUDGE}"
    if judged["dtypes"] != (named := drivers_dtypes(backend)):
        was, now = ", ".join(judged["dtypes"]), ", ".join(named)
        yield f"{backend} was judged in {was}, and its driver names {now}: {JUDGE}"


def _levels(levels: Mapping[str, str]) -> Iterator[str]:
    of_layers = {c.id: c.level for c in clauses().values() if not c.id.startswith(OF_LAWS)}
    if differs := [c for c in {**levels, **of_layers} if levels.get(c) != of_layers.get(c)]:
        yield f"SPEC.md and what was judged differ in {', '.join(differs)}: {JUDGE}"
