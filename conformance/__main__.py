"""``python -m conformance``: judge layers by the specification. ``dev.py`` calls this."""

from __future__ import annotations

import argparse
import math
import sys
from functools import partial
from pathlib import Path

from rich.console import Console

from conformance import report
from conformance.case import LAYERS
from conformance.interpreters import BACKENDS, DEVICES, Unavailable
from conformance.run import session as suite
from conformance.spec.clauses import clauses, groups

EPILOG = """\
Judge your own layer: --subject torch:package.module:Name (or path/to/file.py:Name, with nnabla
or chainer before it) and --layer. Name is a function f(x, scale), f(x, scalar) or
f(x0, x1, alpha, beta), or a class that is built with the scale. For another shape write a
function of that shape which calls yours.

Exit status: 0 all conform; 1 something failed or errored; 2 the suite could not run."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = _parser()
    options = parser.parse_args(given[: given.index("--")] if "--" in given else given)
    rest = given[given.index("--") + 1 :] if "--" in given else []
    if options.subject and not options.layer:
        parser.error(f"--subject needs --layer, what it implements: {', '.join(LAYERS)}")
    if options.python and not options.subject:
        parser.error("--python goes with --subject")
    settings = suite.Settings(
        backends=tuple(options.backend),
        layers=tuple(options.layer),
        clauses=tuple(options.clause),
        subjects=tuple((*named, layer) for named in options.subject for layer in options.layer),
        python=options.python,
        device=options.device,
        quick=options.quick,
        seed=options.seed,
        timeout=options.timeout,
        pytest_args=tuple(rest),
    )
    try:
        return _run(settings, options.json)
    except Unavailable as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2


def _run(settings: suite.Settings, json: Path) -> int:
    console = Console()
    subjects, skipped = suite.open_subjects(settings)
    try:
        header = suite.header(settings, subjects, skipped)
        report.print_header(console, header)
        with report.Progress(console) as progress:

            def collected(total: int) -> None:
                progress.total = total

            found = suite.run(
                settings, subjects, header, progress.starting, progress.add, collected
            )
    finally:
        suite.close(subjects)
    titles = {**groups(), **{clause.id: clause.title for clause in clauses().values()}}
    report.print_report(console, found, titles)
    report.write_json(found, json)
    report.write_html(found, json.with_suffix(".html"), titles)
    console.print(f"Reports: {json} and {json.with_suffix('.html')}", soft_wrap=True)
    if not found.judged:
        raise Unavailable("no case was chosen by these options")
    return found.verdict


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 dev.py conformance",
        description="Hold custom-gradient layers to a written specification, conformance/SPEC.md.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="%(prog)s [options] [-- PYTEST ARGS]",
    )
    add = partial(parser.add_argument, action="append", default=[])
    add("--backend", choices=BACKENDS, help="only this one; repeatable")
    add("--layer", choices=LAYERS, help="only this one; repeatable")
    add("--clause", type=_clause, metavar="ID", help="only this clause, as R3; repeatable")
    add("--subject", type=_subject, metavar="BACKEND:MODULE:NAME", help="anyone's layer")
    parser.add_argument("--quick", action="store_true", help="fewer cases, under 20 s")
    parser.add_argument("--device", choices=DEVICES, default="cpu")
    parser.add_argument("--seed", type=_seed, default=0, help="of all values (default 0)")
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
        "--python",
        metavar="INTERPRETER",
        help="which runs the --subject; dev.py also takes BACKEND=INTERPRETER, for any backend",
    )
    return parser


def _clause(text: str) -> str:
    if text not in clauses():
        raise argparse.ArgumentTypeError(f"no clause {text!r}; there are {', '.join(clauses())}")
    return text


def _subject(text: str) -> tuple[str, str]:
    backend, _, name = text.partition(":")
    if backend not in BACKENDS or ":" not in name:
        raise argparse.ArgumentTypeError(
            f"a subject is BACKEND:MODULE:NAME or BACKEND:FILE.py:NAME, with a backend of "
            f"{', '.join(BACKENDS)}; got {text!r}"
        )
    return backend, name


def _seed(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"a seed is a whole number of at least 0, got {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"a time-out is a positive number, got {text!r}")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
