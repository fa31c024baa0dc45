"""Makes the table of the facts, and puts it into README.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.analysis.statistics import Summary, ratio, times
from benchmarks.model import FRESH_COPY, ONE, OURS, PUBLISHED, Results, Row, Sample, Workload
from conformance.clauses import clauses
from environments import specs

NAMES = {"torch": "PyTorch", "nnabla": "nnabla", "chainer": "Chainer"}
WORDS = {"gradient_reversal": "reversal", "shake_shake": "Shake-Shake", "mul_scalar": "scalar"}
BEGIN = "<!-- `python3 dev.py which` writes this table, of docs/which.json -->"
END = "<!-- the end of what it writes -->"
UNITS = ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms"), (float("inf"), 1.0, "s"))
NO_BREAK = "\u00a0"  # a space at which a browser ends no line

# What neither a report nor the repository's data can tell, each with its source.
MAINTAINED = {
    "torch": "[yes](https://github.com/pytorch/pytorch/releases)",
    "nnabla": "[maintenance only, since 2025]"
    "(https://github.com/sony/nnabla/commit/675a9c572e41aa45d6304bcaca29e7a412dd7155)",
    "chainer": "[maintenance only, since 2019]"
    "(https://chainer.org/announcement/2019/12/05/released-v7.html)",
}
ALSO_TESTED = {"nnabla": "[1.38.0 and 1.37.0, but for one thing](docs/nnabla.md#releases)"}
ALSO_TAKEN = {
    "torch": "[complex64, complex128 (reversal, scalar)](tests/grl_torch/test_complex.py)"
}


@dataclass(frozen=True)
class Facts:
    """What the table is made of: what ``judged.py`` gives, and a run of the benchmarks."""

    judged: Mapping[str, Any]
    timed: Results

    def of(self, name: str) -> Mapping[str, Any]:
        """What was judged of a framework."""
        found: Mapping[str, Any] = self.judged["frameworks"][name]
        return found


def table(judged: Mapping[str, Any], timed: Results) -> str:
    """The table and its legend, between the marks. Raises ValueError where the run lacks a time."""
    facts = Facts(judged, timed)
    lines = [["", *NAMES.values()], ["---"] * (1 + len(NAMES))]
    lines += [[label, *(cell(facts, name) for name in NAMES)] for label, cell in ROWS.items()]
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{BEGIN}\n{rows}\n\n{_legend(facts)} {END}"


def put(text: str, made: str) -> str:
    """A text with the table in place of the one between the marks. Raises ValueError without."""
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end or BEGIN in rest or END in after:
        raise ValueError(f"README.md has to have {BEGIN} once and, behind it, {END} once")
    return f"{before}{made}{after}"


def pinned(spec: specs.Spec, package: str) -> list[str]:
    """The versions of a package in the pins of an environment; some depend on the Python."""
    return re.findall(rf"^{package}==(\S+)", spec.pins.read_text("utf-8"), re.MULTILINE)


def _legend(facts: Facts) -> str:
    judged, timed = facts.judged, facts.timed.header
    devices = sorted({each["device"] for each in judged["frameworks"].values()})
    versions = {name: timed["backends"][name]["version"] for name in NAMES}
    others = "".join(
        f", with {NAMES[name]} {version}"
        for name, version in versions.items()
        if version != facts.of(name)["version"]
    )
    machine = f"{timed['system']['cpu_model_name']}, {timed['system']['cpu_count']} cores"
    return (
        f"Judged on {judged['time'][:10]} by suite {judged['suite']} on one machine: "
        f"{judged['machine']}, device {', '.join(devices)}. A bound is the largest error that the "
        "arithmetic explains; two frameworks may be apart by the sum of theirs. "
        f"Timed on {timed['date'][:10]} on {machine}{others}: a forward and a backward "
        "pass, float32, one thread, ± the 95 % interval of the median of "
        f"{timed['rounds']} rounds; a fresh copy is the framework's own, of the input into new "
        "memory."
    )


def _versions(facts: Facts, name: str) -> str:
    judged = facts.of(name)
    ends = specs.TORCH_ENDS.values() if name == "torch" else ()
    tried = [version for end in ends for version in pinned(end, name)]
    also = ", ".join(filter(None, [*tried, ALSO_TESTED.get(name)]))
    version = judged["version"].partition("+")[0]  # without the label of its build
    return f"{version} on Python {judged['python']}{also and f'; tests also on {also}'}"


def _installs_on(facts: Facts, name: str) -> str:
    spec = specs.BACKENDS[name]
    pythons = sorted(spec.pythons, key=lambda version: [*map(int, version.split("."))])
    span = f"{pythons[0]} to {pythons[-1]}" if pythons[2:] else ", ".join(pythons)
    machines = ", ".join(spec.machines).replace("Darwin", "macOS")
    return f"Python {span}; {machines or 'any machine, built from source'}"


def _clauses(facts: Facts, name: str) -> str:
    judged, counts = facts.of(name), []
    for level in ("MUST", "SHOULD"):
        met, limited = (
            sum(clauses()[clause].level == level for clause in judged[kind])
            for kind in ("met", "limited")
        )
        counts.append(f"{met} of {met + limited} {level}")
    declared = [f"{clause}, {_plain(reason)}" for clause, reason in judged["limited"].items()]
    return f"{', '.join(counts)}; {'; '.join(declared) or 'none'}"


def _dtypes(facts: Facts, name: str) -> str:
    return ", ".join(filter(None, [*facts.of(name)["dtypes"], ALSO_TAKEN.get(name)]))


def _of_clause(clause: str, met: str, otherwise: str) -> Callable[[Facts, str], str]:
    """What it means that the layers meet a clause, or else the reason why they do not."""

    def cell(facts: Facts, name: str) -> str:
        judged = facts.of(name)
        if clause in judged["met"]:
            return met
        reason = {**judged["untried"], **judged["limited"]}.get(clause, "not tried")
        return f"{otherwise}: {_plain(reason).replace(name, NAMES[name])}"

    return cell


def _agreement(facts: Facts, name: str) -> str:
    with_others: dict[str, list[str]] = {}
    for other, shown in NAMES.items():
        for pair, layers in facts.judged["agreement"].items():
            if {*pair.split()} == {name, other}:
                with_others.setdefault(_apart(layers), []).append(shown)
    return "; ".join(f"{', '.join(others)}: {how}" for how, others in with_others.items())


def _apart(layers: Mapping[str, Mapping[str, float]]) -> str:
    """Of all layers of two frameworks."""
    apart = [
        f"{WORDS[layer]} within {error:.3f} {'bounds' if unit == 'bound' else unit}"
        for layer, largest in layers.items()
        for unit, error in largest.items()
    ]
    return ", ".join(["bit by bit", *apart])


def _time(facts: Facts, name: str) -> str:
    one, large = (_samples(facts, name, shape) for shape in (ONE, PUBLISHED))
    copies = ratio(large, _samples(facts, name, PUBLISHED, FRESH_COPY))
    assert copies is not None  # both have samples
    shown = f"{_shown(times(one), _seconds)}; {_shown(times(large), _seconds)}"
    return f"{shown}, {_shown(copies, '{:.2f}'.format)} fresh copies"


def _samples(facts: Facts, name: str, shape: tuple[int, ...], subject: str = OURS) -> list[Sample]:
    """Of the reversal, forward and backward."""
    row = Row(Workload("gradient_reversal", "both", shape), name, subject)
    if found := facts.timed.of(row):
        return found
    raise ValueError(f"the run of the benchmarks has no time of {row.label!r}")


def _shown(figure: Summary, words: Callable[[float], str]) -> str:
    if not figure.stable:
        return "unstable"
    shown = f"{words(figure.median)} ± {100 * figure.margin:.0f} %"
    return shown.replace(" ", NO_BREAK)


def _seconds(value: float) -> str:
    scale, unit = next((scale, unit) for below, scale, unit in UNITS if value < below)
    return f"{value * scale:.3g} {unit}"


def _plain(text: str) -> str:
    """In one line, with no bar that would end a cell."""
    return " ".join(text.splitlines()).replace("|", r"\|")


ROWS: dict[str, Callable[[Facts, str], str]] = {
    "judged with": _versions,
    "can be installed on": _installs_on,
    "maintained": lambda facts, name: MAINTAINED[name],
    "clauses met, of those tried; declared limitations": _clauses,
    "dtypes": _dtypes,
    "forward of the reversal": _of_clause("R4", "copies nothing", "a copy"),
    "forward mode": _of_clause("G19", "yes", "no"),
    "agreement": _agreement,
    "time of the reversal: 1 element; 64 × 3 × 224 × 224": _time,
}
