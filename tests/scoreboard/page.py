"""Writes docs/scoreboard.md from docs/scoreboard.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.clauses import clauses
from conformance.interpreters import HOME
from tests.scoreboard.declared import of
from tests.scoreboard.judge import KINDS
from tests.scoreboard.packages import PACKAGES, Package
from tests.scoreboard.running import law_command, suite_command

RESULTS = HOME.parent / "docs" / "scoreboard.json"
PAGE = RESULTS.with_suffix(".md")
DTYPES = ("float32", "float64", "float16")  # the most used one first
WORDS = {"gradient": "gradient differs", "output": "output differs", "raises": "raises"}

INTRODUCTION = """\
# Scoreboard

Public packages that have layers with a declared gradient, judged from outside: the released \
package, installed beside its framework, by the suite that judges this project's own layers.

```
python3 dev.py scoreboard
```

does all of it again: each package goes into a folder of its own, `.envs/scoreboard-NAME`, with \
the versions of `environments/scoreboard-NAME.txt`; then the commands below run, and write \
[scoreboard.json](scoreboard.json), which names each clause that is met, and this page. Only the \
notes are typed by hand.

How to read it:

- A clause is a numbered sentence of the specification, [SPEC.md](../conformance/SPEC.md), and \
an opinion with reasons. A **MUST** clause is about what makes a training wrong, and decides: a \
layer that **conforms** meets them all; it **conforms exactly** where the last bit is right, too.
- A **SHOULD** clause is about excellence: another dtype, forward mode, a clear error for bad \
input. Missing one is no fault. None of these packages claims to meet them; this project's own \
layers were made for that.
- A layer is judged in the form in which its package uses it, and may refuse every other one. \
Clauses without a meaning for that form are not counted: a function has no attribute to set (R5). \
"Not asked" are those that need coefficients, of a layer that takes none.
- The [words and units](your-layer.md#reading-the-verdict) are those of the suite's reports. A \
wrong entry is a defect of this page; the command below each shows what was done.
"""

DECLARED = """\
## Declared gradients

Each is held to a [law](laws.md), here the formula of its own documentation, in three dtypes, at \
ordinary values and at the points where formulas have kinks. "ok" means that output and gradient \
are the documented ones, within the rounding error. Where another dtype comes back, the column \
tells that alone, because the gradient has passed through this dtype, too. Below each table the \
first difference of each kind is quoted. To judge one gradient alone, write a part of its name \
behind the command.
"""


def page(results: Mapping[str, Any]) -> str:
    """The page, of what ``__main__.py`` wrote."""
    found = {each["package"]: each for each in results["packages"]}
    with_layers = [package for package in PACKAGES if package.layers]
    parts = [
        INTRODUCTION,
        f"Suite {results['suite']}, {', '.join(results['ran'])}, on {results['machine']}.\n",
        "## Layers\n",
        _table(
            ("package", "layer", "verdict", "MUST clauses met", "SHOULD clauses met"),
            [row for package in with_layers for row in _overview(package, found[package.name])],
        ),
        *(_layers(package, found[package.name]) for package in with_layers),
        DECLARED,
        *(_declared(p, found[p.name]) for p in PACKAGES if p.declared),
    ]
    return "\n".join(parts)


def write(results: Mapping[str, Any]) -> None:
    """Writes the results and the page."""
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    PAGE.write_text(page(results), "utf-8")


def _overview(package: Package, found: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    """The rows of a package in the first table."""
    if "reason" in found:
        yield package.name, "", "not judged", "", ""
        return
    for layer in found["layers"]:
        name = f"{package.name} {found['version']}", f"`{layer['name']}`"
        if "reason" in layer:
            yield *name, layer["verdict"], "", ""
            continue
        must, should = _met(layer)
        more = f", {len(layer['untried'])} not asked" if layer["untried"] else ""
        yield *name, layer["verdict"], f"{must}{more}", should


def _met(judged: Mapping[str, Any]) -> tuple[str, str]:
    """How many MUST clauses are met, and how many SHOULD clauses: "29 of 29", "9 of 13"."""
    met, missed = judged["met"], {"MUST": judged["fails"], "SHOULD": judged["misses"]}
    must, should = (
        f"{len(met[level])} of {len(met[level]) + len(missed[level])}" for level in missed
    )
    return must, should


def _layers(package: Package, found: Mapping[str, Any]) -> str:
    """What is told of a package's layers."""
    lines = [f"### {package.name} {found.get('version', '')}".rstrip(), ""]
    lines += [_sentence(package, found), ""]
    if "reason" in found:
        return "\n".join([*lines, f"Not judged: {found['reason']}", ""])
    for layer, judged in zip(package.layers, found["layers"], strict=True):
        lines += [f"**`{layer.name}`** {judged['verdict']}. {layer.note}".rstrip(), ""]
        lines += [*_verdict(judged), "```", suite_command(package, layer), "```", ""]
    return "\n".join(lines)


def _sentence(package: Package, found: Mapping[str, Any]) -> str:
    what = package.what[0].upper() + package.what[1:]
    date = f" Judged on {found['date']}." if "date" in found else ""
    return f"{what}.{date} {package.note}".rstrip()


def _verdict(judged: Mapping[str, Any]) -> Iterator[str]:
    """What is right first, then what is not, then what could not be asked."""
    if "reason" in judged:
        yield f"With the pinned versions: {_code(judged['reason'])}"
        yield ""
        return
    must, should = _met(judged)
    called = f"Called as `{judged['called']}`, in {judged['cases']} cases"
    yield f"- {called}, it meets {must} MUST clauses and {should} SHOULD clauses."
    for level, each in (("MUST, fails", judged["fails"]), ("SHOULD, misses", judged["misses"])):
        for clause, said in each.items():
            yield f"- {level} {clause}, {_title(clause)}: {_code(said)}"
    if judged["untried"]:
        untried = sorted(judged["untried"], key=list(clauses()).index)
        yield f"- MUST, could not be asked: {', '.join(untried)}."
    yield ""


def _declared(package: Package, found: Mapping[str, Any]) -> str:
    """The table of a package's declared gradients, and what differs."""
    lines = [f"### {package.name} {found.get('version', '')}".rstrip(), ""]
    lines += [_sentence(package, found), ""]
    if "reason" in found:
        return "\n".join([*lines, f"Not judged: {found['reason']}", ""])
    rows = [(f"`{e['name']}`", *_cells(e["findings"])) for e in found["declared"]]
    lines += [_table(("declared gradient", *DTYPES), rows)]
    told: dict[str, list[str]] = {}
    for each, judged in zip(of(package.declared), found["declared"], strict=True):
        if each.note:
            lines.append(f"- The law of `{each.name}`: {each.note}")
        for difference in _differences(judged["findings"]):
            told.setdefault(difference, []).append(f"`{each.name}`")
    lines += [f"- {', '.join(names)}: {difference}" for difference, names in told.items()]
    return "\n".join([*lines, "", "```", law_command(package), "```", ""])


def _cells(findings: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """For each dtype what differs; nothing else is said where another dtype comes."""
    for dtype in DTYPES:
        kinds = {f["kind"]: f for f in findings if f["dtype"] == dtype}
        if "dtype" in kinds:
            yield f"gives {kinds['dtype']['detail'].rpartition('got ')[2]}"
            continue
        differ = [kind for kind in KINDS if kind in kinds]
        at = {kind: " at a point" if "points" in kinds[kind]["what"] else "" for kind in differ}
        yield ", ".join(f"{WORDS[kind]}{at[kind]}" for kind in differ) or "ok"


def _differences(findings: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """The first difference of each kind, of the most used dtype that has it."""
    other = {f["dtype"] for f in findings if f["kind"] == "dtype"}
    for kind in WORDS:
        of_kind = {f["dtype"]: f for f in findings if f["kind"] == kind and f["dtype"] not in other}
        first = next((of_kind[dtype] for dtype in DTYPES if dtype in of_kind), None)
        if first:
            yield _code(f"{first['what']}, {first['dtype']}: {first['detail']}")


def _title(clause: str) -> str:
    title = clauses()[clause].title
    return title[0].lower() + title[1:] if title[:2] != title[:2].upper() else title


def _code(said: str) -> str:
    return f"`{said.replace('`', chr(39))}`"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
