"""``python -m benchmarks``: time the layers, and read what was found. ``dev.py`` calls this."""

from __future__ import annotations

import argparse
import math
import re
import signal
import sys
from functools import partial
from pathlib import Path

from rich.console import Console

from benchmarks import run
from benchmarks.analysis.comparison import compare, slower
from benchmarks.model import AGAIN, LAYERS, OURS, Results, store
from benchmarks.model.plan import PRESETS, make_plan
from benchmarks.report import print_comparison, print_table
from conformance import BACKENDS, DEVICES, Unavailable, known
from conformance.report import check_writable

WIDTH = 100
INTERRUPTED = 130  # what a shell reports after Ctrl-C

EPILOG = """\
Exit status: 0 done; 1 a layer of ours is wrong or failed, or got slower than --fail-above allows;
2 the benchmarks could not run, or a file is not one of theirs; 130 interrupted: the finished rows
are kept, in a file that says it is partial."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        # The tables are made for 100 columns; a file or a pipe has no width of its own.
        width = None if sys.stdout.isatty() else WIDTH
        status: int = options.action(options, Console(width=width))
    except (Unavailable, OSError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("benchmarks: interrupted", file=sys.stderr)
        return INTERRUPTED
    return status


def _run(options: argparse.Namespace, console: Console) -> int:
    """Time a preset's rows; save them after each round, and show them at the end."""
    plan = make_plan(options.preset, options.backend, options.layer, options.size, options.device)
    there = known()
    for name in options.backend:
        if name not in there.pythons:
            reason = there.unavailable.get(name, "no interpreter; python3 dev.py makes one")
            raise Unavailable(f"{name} is not available: {reason}")
    output = options.output or Path(f"reports/benchmarks-{options.preset}.json")
    check_writable(output)  # not only after the first round
    # What a system sends that shuts down, or dev.py, is no reason to lose the finished rows.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    results = run.run(plan, there, console, partial(store.save, path=output))
    interrupted: bool = results.header["partial"]
    if interrupted and not results.samples:  # an older file is worth more than nothing
        print("benchmarks: interrupted before the first row", file=sys.stderr)
        return INTERRUPTED
    store.save(results, output)
    print_table(console, results)
    console.print(f"Results: {output}", soft_wrap=True, highlight=False)
    if interrupted:
        console.print("Interrupted: these are the rows that were finished.")
        return INTERRUPTED
    return int(any(row.subject in (OURS, AGAIN) for row in results.faults))


def _compare(options: argparse.Namespace, console: Console) -> int:
    (_, before), (_, after) = options.before, options.after
    comparison = compare(before, after)
    print_comparison(console, comparison)
    limit = options.fail_above
    return int(limit is not None and bool(slower(comparison, limit)))


def _plot(options: argparse.Namespace, console: Console) -> int:
    from benchmarks.report import plot  # noqa: PLC0415 - matplotlib is slow to import, and needed here only

    path, results = options.file
    saved = plot.save_plots(results, options.output or path.parent, path.name.partition(".")[0])
    if not saved:
        raise Unavailable(f"{path} has too few rows for any picture")
    for picture in saved:
        console.print(str(picture), soft_wrap=True, highlight=False)
    return 0


def _table(options: argparse.Namespace, console: Console) -> int:
    print_table(console, options.file[1])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 dev.py benchmarks",
        description="Time the layers, beside each other and beside the machine's measured limit.",
        epilog=f"{EPILOG}\n\n%(prog)s ACTION --help says more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    def add(name: str, action: object, about: str) -> argparse.ArgumentParser:
        made = actions.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(action=action)
        return made

    _add_run(add("run", _run, "time the layers, save what was found, and show it as a table"))
    made = add("compare", _compare, "show what changed from one run to another")
    made.add_argument("before", metavar="BEFORE.json", type=_results)
    made.add_argument("after", metavar="AFTER.json", type=_results)
    made.add_argument(
        "--fail-above",
        metavar="PERCENT",
        type=_percentage,
        help="exit 1 if a layer of ours got slower by more than this",
    )
    made = add("plot", _plot, "draw a run, as SVG")
    made.add_argument("file", metavar="FILE.json", type=_results)
    made.add_argument("--output", metavar="FOLDER", type=Path, help="default: beside the file")
    made = add("table", _table, "show a run as a table")
    made.add_argument("file", metavar="FILE.json", type=_results)
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    add = partial(parser.add_argument, action="append", default=[])
    add("--backend", choices=BACKENDS, help="only this one; repeatable")
    add("--layer", choices=LAYERS, help="only this one; repeatable")
    add(
        "--size",
        metavar="SHAPE",
        type=_shape,
        help="such as 1 or 64x3x224x224, in place of the preset's sizes; repeatable",
    )
    parser.add_argument("--device", choices=DEVICES, default="cpu")
    parser.add_argument(
        "--preset",
        choices=PRESETS,
        default="quick",
        help="how much: quick, under 60 s (the default); published, the nnabla article's table, "
        "under 2 min; or full, under 20 min",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        help="where the results go; default reports/benchmarks-PRESET.json; FILE.json.gz is "
        "compressed",
    )


def _shape(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"[1-9][0-9]*(x[1-9][0-9]*)*", text):
        raise argparse.ArgumentTypeError(
            f"a size is a shape of whole numbers from 1, as 1 or 64x3x224x224; got {text!r}"
        )
    return tuple(int(number) for number in text.split("x"))


def _percentage(text: str) -> float:
    percent = float(text)
    if not 0 <= percent < math.inf:
        raise argparse.ArgumentTypeError(f"a percentage is a number of at least 0, got {text!r}")
    return percent


def _results(text: str) -> tuple[Path, Results]:
    path = Path(text)
    try:
        return path, store.load(path)
    except (ValueError, OSError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
