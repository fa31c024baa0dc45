"""Makes the table of the facts, and puts it into README.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Facts = Mapping[str, Any]

NAMES = {"torch": "PyTorch", "nnabla": "nnabla", "chainer": "Chainer"}
WORDS = {"gradient_reversal": "reversal", "shake_shake": "Shake-Shake", "mul_scalar": "scalar"}
BEGIN = "<!-- `python3 dev.py which` writes this table, of docs/which.json -->"
END = "<!-- the end of what it writes -->"
UNITS = ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms"), (float("inf"), 1.0, "s"))
NO_BREAK = "\u00a0"  # a space at which a browser ends no line
STABLE = 1 / 3  # a median that is known less well is no figure, as in the benchmarks


def table(facts: Facts) -> str:
    """The table and its legend, between the marks."""
    lines = [["", *NAMES.values()], ["---"] * (1 + len(NAMES))]
    lines += [
        [label, *(_plain(cell(facts, name)) for name in NAMES)] for label, cell in ROWS.items()
    ]
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{BEGIN}\n{rows}\n\n{_legend(facts)} {END}"


def put(text: str, made: str) -> str:
    """A text with the table in place of the one between the marks. Raises ValueError without."""
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end or BEGIN in rest or END in after:
        raise ValueError(f"README.md has to have {BEGIN} once and, behind it, {END} once")
    return f"{before}{made}{after}"


def _plain(text: str) -> str:
    """In one line, with no bar that would end a cell."""
    return " ".join(text.splitlines()).replace("|", r"\|")


def _legend(facts: Facts) -> str:
    judged, timed = facts["judged"], facts["timed"]
    devices = sorted({each["device"] for each in judged["frameworks"].values()})
    others = "".join(
        f", with {NAMES[name]} {version}"
        for name, version in timed["versions"].items()
        if version != judged["frameworks"][name]["version"]
    )
    return (
        f"Judged on {judged['time'][:10]} by suite {judged['suite']} on one machine: "
        f"{judged['machine']}, device {', '.join(devices)}. A bound is the largest error that the "
        "arithmetic explains; two frameworks may be apart by the sum of theirs. "
        f"Timed on {timed['date'][:10]} on {timed['machine']}{others}: a forward and a backward "
        "pass, float32, one thread, ± the 95 % interval of the median of "
        f"{timed['rounds']} rounds; a fresh copy is the framework's own, of the input into new "
        "memory."
    )


def _versions(facts: Facts, name: str) -> str:
    judged, known = facts["judged"]["frameworks"][name], facts["known"][name]
    also = ", ".join([*known["ends"], *_by_hand(known, "versions")])
    version = judged["version"].partition("+")[0]  # without the label of its build
    return f"{version} on Python {judged['python']}{also and f'; tests also on {also}'}"


def _installs_on(facts: Facts, name: str) -> str:
    known = facts["known"][name]
    pythons, machines = known["pythons"], ", ".join(known["machines"]).replace("Darwin", "macOS")
    span = f"{pythons[0]} to {pythons[-1]}" if pythons[2:] else ", ".join(pythons)
    return f"Python {span}; {machines or 'any machine, built from source'}"


def _clauses(facts: Facts, name: str) -> str:
    judged, levels = facts["judged"]["frameworks"][name], facts["judged"]["levels"]
    counts = []
    for level in ("MUST", "SHOULD"):
        met, limited = (
            sum(levels[clause] == level for clause in judged[kind]) for kind in ("met", "limited")
        )
        counts.append(f"{met} of {met + limited} {level}")
    declared = [f"{e['clause']}, {e['reason']}" for e in facts["known"][name]["limitations"]]
    said = f"{len(declared)} ({'; '.join(declared)})" if declared else "none"
    return f"{', '.join(counts)}; {said}"


def _dtypes(facts: Facts, name: str) -> str:
    also = _by_hand(facts["known"][name], "dtypes")
    return ", ".join([*facts["judged"]["frameworks"][name]["dtypes"], *also])


def _of_clause(clause: str, met: str, otherwise: str) -> Callable[[Facts, str], str]:
    """What it means that the layers meet a clause, or else the reason why they do not."""

    def cell(facts: Facts, name: str) -> str:
        judged = facts["judged"]["frameworks"][name]
        if clause in judged["met"]:
            return met
        reason = {**judged["untried"], **judged["limited"]}.get(clause, "not tried")
        return f"{otherwise}: {reason.replace(name, NAMES[name])}"

    return cell


def _agreement(facts: Facts, name: str) -> str:
    with_others: dict[str, list[str]] = {}
    for other, shown in NAMES.items():
        found = [e for e in facts["judged"]["agreement"] if {*e["frameworks"]} == {name, other}]
        if found:
            with_others.setdefault(_apart(found), []).append(shown)
    return "; ".join(f"{', '.join(others)}: {how}" for how, others in with_others.items())


def _apart(found: list[dict[str, Any]]) -> str:
    """Of all layers of two frameworks."""
    apart = [
        f"{WORDS[each['layer']]} within {error:.3f} {'bounds' if unit == 'bound' else unit}"
        for each in found
        for unit, error in each["largest"].items()
    ]
    return ", ".join(["bit by bit", *apart])


def _time(facts: Facts, name: str) -> str:
    found = facts["timed"]["frameworks"][name]
    one, published = _shown(found["one"], _seconds), _shown(found["published"], _seconds)
    copies = _shown(found["published, in fresh copies"], "{:.2f}".format)
    return f"{one}; {published}, {copies} fresh copies"


def _shown(figure: Mapping[str, float], words: Callable[[float], str]) -> str:
    if figure["margin"] > STABLE:
        return "unstable"
    shown = f"{words(figure['median'])} ± {100 * figure['margin']:.0f} %"
    return shown.replace(" ", NO_BREAK)


def _seconds(value: float) -> str:
    scale, unit = next((scale, unit) for below, scale, unit in UNITS if value < below)
    return f"{value * scale:.3g} {unit}"


def _maintained(facts: Facts, name: str) -> str:
    return _by_hand(facts["known"][name], "maintained")[0]


def _by_hand(known: Mapping[str, Any], what: str) -> list[str]:
    """The fact as a link to its source, where there is one."""
    fact = known["by hand"].get(what)
    return [f"[{fact['text']}]({fact['source']})"] if fact else []


ROWS: dict[str, Callable[[Facts, str], str]] = {
    "judged with": _versions,
    "can be installed on": _installs_on,
    "maintained": _maintained,
    "clauses met, of those tried; declared limitations": _clauses,
    "dtypes": _dtypes,
    "forward of the reversal": _of_clause("R4", "copies nothing", "a copy"),
    "forward mode": _of_clause("G19", "yes", "no"),
    "third-order backward": _of_clause("G18", "yes", "no"),
    "agreement": _agreement,
    "time of the reversal: 1 element; 64 × 3 × 224 × 224": _time,
}
