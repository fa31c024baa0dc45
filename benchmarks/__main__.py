"""``python -m benchmarks``: time the layers, and read what was found. ``dev.py`` calls this."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console

from benchmarks import run
from benchmarks.analysis.comparison import compare, slower
from benchmarks.analysis.selection import KEYS, Wanted, narrowed, select
from benchmarks.model import AGAIN, OURS, Results, store
from benchmarks.model.plan import make_plan
from benchmarks.options import parse
from benchmarks.report import print_comparison, print_summary, print_table
from conformance import Unavailable, known
from conformance.report import check_writable

WIDTH = 100
INTERRUPTED = 130  # what a shell reports after Ctrl-C


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        # The tables are made for 100 columns; a file or a pipe has no width of its own.
        width = None if sys.stdout.isatty() else WIDTH
        return ACTIONS[options.action](options, Console(width=width))
    except (Unavailable, OSError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("benchmarks: interrupted", file=sys.stderr)
        return INTERRUPTED


def _run(options: argparse.Namespace, console: Console) -> int:
    """Time a preset's rows; save them after each round, and show them at the end."""
    plan = make_plan(options.preset, options.backend, options.layer, options.size, options.device)
    there = known()
    for name in options.backend:
        if name not in there.pythons:
            reason = there.unavailable.get(name, "no interpreter; python3 dev.py makes one")
            raise Unavailable(f"{name} is not available: {reason}")
    output = options.output or Path(f"reports/benchmarks-{options.preset}.json")
    check_writable(output, "--output")  # not only after the first round
    # What a system sends that shuts down, or dev.py, is no reason to lose the finished rows.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    results = run.run(plan, there, console, partial(store.save, path=output))
    interrupted: bool = results.header["partial"]
    if interrupted and not results.samples:  # an older file is worth more than nothing
        print("benchmarks: interrupted before the first row", file=sys.stderr)
        return INTERRUPTED
    store.save(results, output)
    print_summary(console, results)
    console.print(f"Results: {output}", soft_wrap=True, highlight=False)
    if interrupted:
        console.print("Interrupted: these are the rows that were finished.")
        return INTERRUPTED
    return int(any(row.subject in (OURS, AGAIN) for row in results.faults))


def _compare(options: argparse.Namespace, console: Console) -> int:
    comparison = compare(_results(options.before), _results(options.after))
    wanted = _wanted(options)
    rows = [change.row for change in comparison.changes]
    print_comparison(console, comparison, None if wanted is None else select(rows, wanted))
    limit = options.fail_above
    return int(limit is not None and bool(slower(comparison, limit)))


def _plot(options: argparse.Namespace, console: Console) -> int:
    from benchmarks.report import plot  # noqa: PLC0415 - matplotlib is slow to import, and needed here only

    path = options.file
    name = path.name.partition(".")[0]
    saved = plot.save_plots(_results(path), options.output or path.parent, name)
    if not saved:
        raise Unavailable(f"{path} has too few rows for any picture")
    for picture in saved:
        console.print(str(picture), soft_wrap=True, highlight=False)
    return 0


def _table(options: argparse.Namespace, console: Console) -> int:
    results, wanted = _results(options.file), _wanted(options)
    if wanted is None:
        print_summary(console, results)
    else:
        print_table(console, narrowed(results, wanted))
    return 0


def _wanted(options: argparse.Namespace) -> Wanted | None:
    """Which rows to show; None where no option asks for rows."""
    wanted = {key: getattr(options, key) for key in KEYS}
    return wanted if options.all or any(wanted.values()) else None


def _results(path: Path) -> Results:
    """Raises Unavailable where the file is not one of the benchmarks'."""
    try:
        return store.load(path)
    except ValueError as error:
        raise Unavailable(str(error)) from error


ACTIONS: dict[str, Callable[[argparse.Namespace, Console], int]] = {
    "run": _run,
    "compare": _compare,
    "plot": _plot,
    "table": _table,
}


if __name__ == "__main__":
    sys.exit(main())
