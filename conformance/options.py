"""The options of the command line.

``dev.py`` reads them before there is any environment: standard library, Python 3.9.
"""

from __future__ import annotations

import argparse
import ast
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from .arguments import Parser, interpreter, nearest, program
from .case import LAYERS
from .clauses import clauses
from .interpreters import BACKENDS, COMMAND, DEVICES, FRAMEWORKS

EPILOG = """\
Judge your own layer: --subject torch:package.module:Name (or path/to/file.py:Name, with nnabla
or chainer before it) and --layer. Name is a function f(x, scale), f(x, scalar) or
f(x0, x1, alpha, beta), or a class that is built with the scale. For another shape write a
function of that shape which calls yours.

Any other declared gradient: --subject and --law, with an instance of Law (docs/laws.md) or the name
of a published one, such as round_straight_through. --transform compile must keep it.

A subject is trusted code: the suite protects against accidents, not against malice.

Exit status: 0 what was tried conforms; 1 something does not conform; 2 there is no verdict, for
the suite could not run or a case errored; 130 it was interrupted."""

EPILOG_OF_COMPARE = """\
A case is the same one where subject, backend, layer and name are. A clause has regressed where a
case does worse (passed is better than skipped, skipped is better than failed or errored), or where
all its cases were good and a new one is not; a verdict, where what conformed does not any more.
What is not tried any more is shown, and is no regression.

Exit status: 0 nothing regressed; 1 something did; 2 there is nothing to compare, for a file cannot
be read or the reports have no subject in common."""


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options, what is behind "--" as ``pytest_args``; exits where they do not fit together."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    parser = _parser()
    options = parser.parse_args(arguments[:at])
    options.pytest_args = tuple(arguments[at + 1 :])
    if options.law and not options.subject:
        parser.error("--law goes with --subject")
    if options.law and options.layer:
        parser.error("--law takes the place of --layer")
    if options.transform and not options.law:
        parser.error("--transform goes with --law")
    if options.subject and not (options.layer or options.law):
        parser.error(
            f"--subject needs --layer, what it implements: {', '.join(LAYERS)}; or --law LAW"
        )
    subjects = [backend for backend, _ in options.subject]
    options.python = dict(options.python)
    if python := options.python.pop("", None):
        if not subjects:
            parser.error("--python INTERPRETER goes with --subject; others are NAME=INTERPRETER")
        options.python.update(dict.fromkeys(subjects, python))
    others = [backend for backend in subjects if backend not in BACKENDS]
    if others and not options.law:
        parser.error(f"--subject {others[0]}:... is judged by a law alone: --law LAW")
    return options


def parse_compare(arguments: Sequence[str]) -> argparse.Namespace:
    """The options behind ``compare``."""
    parser = Parser(
        prog=f"{COMMAND} compare",
        description="Show what changed from one JSON report of the suite to another.",
        epilog=EPILOG_OF_COMPARE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", metavar="OLD.json", type=_file, help="the report before the change")
    parser.add_argument("new", metavar="NEW.json", type=_file, help="the report after it")
    return parser.parse_args(arguments)


def _parser() -> Parser:
    parser = Parser(
        prog=COMMAND,
        description="Hold custom-gradient layers to a written specification, SPEC.md.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="%(prog)s [options] [-- PYTEST ARGS]\n       %(prog)s compare OLD.json NEW.json",
    )
    add = partial(parser.add_argument, action="append", default=[])
    add("--backend", choices=BACKENDS, help="only this one; repeatable")
    add("--layer", choices=LAYERS, help="only this one; repeatable")
    add("--clause", type=_clause, metavar="ID", help="only this clause, as R3; repeatable")
    add("--subject", type=_subject, metavar="BACKEND:MODULE:NAME", help="anyone's layer")
    parser.add_argument(
        "--law",
        type=_law,
        metavar="LAW",
        help="what a --subject must give: FILE.py:NAME, or a published name",
    )
    add("--transform", metavar="NAME", help='that must keep the law, or "all"; repeatable')
    parser.add_argument("--quick", action="store_true", help="fewer cases, a third of the time")
    parser.add_argument("--verbose", action="store_true", help="every failure of a --subject")
    parser.add_argument("--device", choices=DEVICES, default="cpu")
    parser.add_argument("--seed", type=_seed, default=0, help="of all values (default 0)")
    parser.add_argument(
        "--draws",
        type=_passes,
        metavar="N",
        help="forward passes of 256 images whose coefficients are tested (default 256, quick 32)",
    )
    parser.add_argument(
        "--timeout", type=_seconds, default=60.0, metavar="S", help="of one case (default 60)"
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=Path("reports/conformance.json"),
        metavar="FILE",
        help="where the report goes (default %(default)s), with an HTML page beside it",
    )
    parser.add_argument(
        "--summary", type=Path, metavar="FILE", help="append a summary in Markdown to this file"
    )
    parser.add_argument(
        "--badge", type=Path, metavar="FILE", help="write a badge's JSON, for shields.io"
    )
    add(
        "--python",
        type=_python,
        metavar="[NAME=]INTERPRETER",
        help="which runs the --subject, or this backend; repeatable",
    )
    return parser


def _clause(text: str) -> str:
    if text not in clauses():
        raise argparse.ArgumentTypeError(
            f"no clause {text!r}"
            + (nearest(text, clauses()) or f"; there are {', '.join(clauses())}")
        )
    return text


def _subject(text: str) -> tuple[str, str]:
    backend, _, name = text.partition(":")
    if backend not in FRAMEWORKS or ":" not in name:
        raise argparse.ArgumentTypeError(
            f"a subject is BACKEND:MODULE:NAME or BACKEND:FILE.py:NAME, with a backend of "
            f"{', '.join(FRAMEWORKS)}; got {text!r}{nearest(backend, FRAMEWORKS)}"
        )
    _check_place(name)
    return backend, name


def _law(text: str) -> str:
    if ":" in text:
        _check_place(text)
    elif text not in (known := _published()):
        raise argparse.ArgumentTypeError(
            f"no published law {text!r}"
            + (nearest(text, known) or f"; there are {', '.join(known)}")
            + "; a law of yours is FILE.py:NAME"
        )
    return text


def _published() -> list[str]:
    """The names of the published laws, read: to import them takes NumPy."""
    text = Path(__file__).with_name("laws").joinpath("__init__.py").read_text("utf-8")
    found: list[str] = ast.literal_eval(text.partition("\n__all__ = ")[2])
    return found


def _check_place(text: str) -> None:
    place, _, name = text.rpartition(":")
    if not place or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not MODULE:NAME or FILE.py:NAME")
    if place.endswith(".py"):
        _file(place)


def _file(text: str) -> Path:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"no such file: {text} (seen from {Path.cwd()})")
    return Path(text)


def _python(text: str) -> tuple[str, Path]:
    return interpreter(text) if "=" in text else ("", program(text))


def _seed(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"a seed is a whole number of at least 0, got {text!r}")
    return int(text)


def _passes(text: str) -> int:
    if not text.isdigit() or int(text) < 32:
        raise argparse.ArgumentTypeError(f"draws are a whole number of at least 32, got {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"a time-out is a positive number, got {text!r}")
    return seconds
