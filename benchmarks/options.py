"""The options of the command line.

``dev.py`` reads them before there is any environment: standard library, Python 3.9.
"""

from __future__ import annotations

import argparse
import math
import re
from functools import partial
from pathlib import Path

from benchmarks.model import ITEM_BYTES, LAYERS, STAGES
from benchmarks.model.plan import PRESETS
from conformance.arguments import Parser, interpreter
from conformance.interpreters import BACKENDS, DEVICES

PUBLISHED_RUN = Path(__file__).parent / "runs" / "cpu.json.gz"
EPILOG = """\
Exit status: 0 done; 1 a layer of ours is wrong or failed, or got slower than --fail-above allows;
2 the benchmarks could not run, or a file is not one of theirs; 130 interrupted: the finished rows
are kept, in a file that says it is partial."""


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options, with the action's name as ``action``; exits where they do not fit."""
    parser = Parser(
        "python3 dev.py benchmarks",
        description="Time the layers, beside each other and beside a plain copy.",
        epilog=f"{EPILOG}\n\n%(prog)s ACTION --help says more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, about: str) -> Parser:
        made: Parser = actions.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        return made

    _of_run(action("run", "time the layers, save what was found, and show it as a table"))
    made = action("compare", "show what changed from one run to another")
    made.add_argument("before", metavar="BEFORE.json", type=_file)
    made.add_argument("after", metavar="AFTER.json", type=_file)
    made.add_argument(
        "--fail-above",
        metavar="PERCENT",
        type=_percentage,
        help="exit 1 if a layer of ours got slower by more than this",
    )
    _of_rows(made)
    made = action("plot", "draw a run, as SVG")
    made.add_argument("file", metavar="FILE.json", type=_file)
    made.add_argument("--output", metavar="FOLDER", type=Path, help="default: beside the file")
    made = action("table", "show what a run found, or its rows")
    about = "default: the published run, benchmarks/runs/cpu.json.gz"
    made.add_argument(
        "file", metavar="FILE.json", type=_file, nargs="?", default=PUBLISHED_RUN, help=about
    )
    _of_rows(made)
    options = parser.parse_args(arguments)
    if options.action == "run":
        options.python = dict(options.python)
    return options


def _of_run(parser: Parser) -> None:
    add = partial(parser.add_argument, action="append", default=[])
    add("--backend", choices=BACKENDS, help="only this one; repeatable")
    add("--layer", choices=LAYERS, help="only this one; repeatable")
    add(
        "--size",
        metavar="SHAPE",
        type=_shape,
        help="such as 1 or 64x3x224x224, in place of the preset's sizes; repeatable",
    )
    use = "use this interpreter for a backend or the controller; repeatable"
    add("--python", metavar="NAME=PATH", type=interpreter, help=use)
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


def _of_rows(parser: Parser) -> None:
    add = partial(parser.add_argument, action="append", default=[])
    add("--layer", choices=LAYERS, help="show the rows of this one; repeatable")
    add("--backend", choices=BACKENDS, help="show the rows of this one; repeatable")
    add("--size", metavar="SHAPE", type=_shape, help="such as 1 or 64x3x224x224; repeatable")
    add("--stage", choices=STAGES, help="show the rows of this one; repeatable")
    add("--dtype", choices=tuple(ITEM_BYTES), help="show the rows of this one; repeatable")
    parser.add_argument("--all", action="store_true", help="show every row")


def _shape(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"[1-9][0-9]*(x[1-9][0-9]*)*", text):
        raise argparse.ArgumentTypeError(
            f"a size is a shape of whole numbers from 1, as 1 or 64x3x224x224; got {text!r}"
        )
    return tuple(int(number) for number in text.split("x"))


def _percentage(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = math.nan
    if not 0 <= percent < math.inf:
        raise argparse.ArgumentTypeError(f"a percentage is a number of at least 0, got {text!r}")
    return percent


def _file(text: str) -> Path:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"no such file: {text}")
    return Path(text)
