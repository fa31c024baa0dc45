"""How figures, names and tables look in the report: plain text, legible without colour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from benchmarks.analysis.statistics import Summary
from conformance.report import plain

NONE = "-"
UNSTABLE = "unstable"
FASTEST = "fastest"
SAME = "as fast"  # within noise
SLOWER = "slower"
STAR = "*"  # at what is the fastest, or as fast

# How to see the rows that a short view leaves out.
CHOICE = "--layer, --backend, --size, --stage and --dtype show rows of that kind; --all shows all."

_UNITS = ((1e9, "ns"), (1e6, "us"), (1e3, "ms"), (1.0, "s"))
_WIDE = 0.05  # quartiles that are farther apart than this are shown beside the median
_STYLES = {
    UNSTABLE: "yellow",
    FASTEST: "green",
    SAME: "green",
    "wrong": "bold red",
    "failed": "bold red",
}


def figure(value: float) -> str:
    """Three significant digits, never in powers of ten: "0.0123", "1.00", "123", "12300"."""
    rounded = f"{value:.2e}"
    decimals = max(0, 2 - int(rounded.partition("e")[2]))
    return f"{float(rounded):.{decimals}f}"


def duration(seconds: float) -> str:
    """A time in the unit that fits: "412 ns", "6.13 us", "11.2 ms"."""
    shown = [f"{figure(seconds * scale)} {unit}" for scale, unit in _UNITS]
    # The last one stands for whatever is too long for the others.
    return next((each for each in shown[:-1] if float(each.split()[0]) < 1000), shown[-1])


def time(found: Summary) -> str:
    """A row's time, and how well it is known: "11.2 ms ± 3.1 %", "11.2 ms, unstable"."""
    return duration(found.median) + (_margin(found) if found.stable else f", {UNSTABLE}")


def percent(share: float) -> str:
    """A share in whole percents, or with a decimal where it is below ten."""
    return f"{100 * share:.1f} %" if share < 0.0995 else f"{100 * share:.0f} %"


def share(reached: Summary | None) -> str:
    """A share that was found in each round: "84 %"."""
    return _if_stable(reached, percent)


def multiple(times: Summary | None, margin: bool = False) -> str:
    """How many times as much, as it was found in each round: "1.35"; "1.35 ± 2.0 %"."""
    shown = _if_stable(times, figure)
    return shown + _margin(times) if margin and times is not None and times.stable else shown


def factor(value: float) -> str:
    """How many times as much, to two decimals or three digits: "1.35", "12.0", "0.0387"."""
    return f"{value:.2f}" if 0.1 <= value < 10 else figure(value)


def ratio(times: Summary | None) -> str:
    """How many times as much: "1.35", with the quartiles where they are wide."""
    if times is None:
        return NONE
    median, low, high = map(factor, (times.median, times.low, times.high))
    return median if times.spread <= _WIDE else f"{median} [{low}, {high}]"


def _margin(found: Summary) -> str:
    return f" ± {percent(found.margin)}"


def _if_stable(found: Summary | None, shown: Callable[[float], str]) -> str:
    if found is None:
        return NONE
    return shown(found.median) if found.stable else UNSTABLE


def shape_name(shape: Sequence[int]) -> str:
    """A shape in words: "64 x 3 x 224 x 224"; "1 element" for one of them."""
    return "1 element" if tuple(shape) == (1,) else " x ".join(map(str, shape))


def line(console: Console, text: str = "", style: str = "", indent: int = 0) -> None:
    """Print a paragraph, wrapped and indented; nothing in it is taken for a colour."""
    for part in Text(plain(text), style).wrap(console, console.width - indent) or [Text()]:
        console.print(Text(" " * indent) + part)


def heading(console: Console, text: str) -> None:
    """Print the title of a part, after an empty line."""
    line(console)
    line(console, f"== {text} ==", "bold")


def part(
    console: Console,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    legend: str = "",
    words: int = 1,
) -> None:
    """Print a part that is one table, and what it means; nothing where it has no row."""
    lines = list(rows)
    if lines:
        heading(console, name)
        table(console, columns, lines, words)
        if legend:
            line(console, legend, "dim")


def table(
    console: Console, columns: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1
) -> None:
    """Print a table: first so many columns of words, then columns of figures.

    A row of one cell is a title in the table. A cell that is a verdict is coloured.
    """
    made = Table(box=box.ASCII2, show_edge=False, pad_edge=False, header_style="")
    for place, name in enumerate(columns):
        justify: JustifyMethod = "left" if place < words else "right"
        made.add_column(Text(name, "bold"), justify=justify, overflow="fold")
    for cells in rows:
        made.add_row(*(Text(plain(cell), _STYLES.get(cell, "")) for cell in cells))
    console.print(made)
