"""``python -m conformance``: judge layers by the specification. ``dev.py`` calls this."""

from __future__ import annotations

import argparse
import math
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console

from . import BACKENDS, DEVICES, LAYERS, Unavailable, compare, report
from .interpreters import CHECKOUT, COMMAND
from .results import INTERRUPTED, Run
from .run import session
from .spec import clauses, groups

EPILOG = """\
Judge your own layer: --subject torch:package.module:Name (or path/to/file.py:Name, with nnabla
or chainer before it) and --layer. Name is a function f(x, scale), f(x, scalar) or
f(x0, x1, alpha, beta), or a class that is built with the scale. For another shape write a
function of that shape which calls yours.

A subject is trusted code: the suite protects against accidents, not against malice.

Exit status: 0 what was tried conforms; 1 something does not conform; 2 there is no verdict, for
the suite could not run or a case errored; 130 it was interrupted."""
NO_VERDICT = 2


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    titles = {**groups(), **{clause.id: clause.title for clause in clauses().values()}}
    if given[:1] == ["compare"]:
        return compare.main(given[1:], titles)
    if sys.flags.optimize:
        print("conformance: Python's -O takes assertions away; run it without", file=sys.stderr)
        return NO_VERDICT
    parser = _parser()
    options = parser.parse_args(given[: given.index("--")] if "--" in given else given)
    rest = given[given.index("--") + 1 :] if "--" in given else []
    if options.subject and not options.layer:
        parser.error(f"--subject needs --layer, what it implements: {', '.join(LAYERS)}")
    if options.python and not options.subject:
        parser.error("--python goes with --subject")
    settings = session.Settings(
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
    written: list[str] = []
    try:
        return _run(settings, options, titles, written)
    except Unavailable as error:
        print(f"conformance: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        reports = f"written: {', '.join(written)}" if written else "no report was written"
        print(f"conformance: interrupted; {reports}", file=sys.stderr)
        return INTERRUPTED
    except Exception:  # an exit status of 1 would speak against the subjects
        traceback.print_exc()
        print("conformance: the suite itself failed; there is no verdict", file=sys.stderr)
    return NO_VERDICT


def _run(
    settings: session.Settings,
    options: argparse.Namespace,
    titles: dict[str, str],
    written: list[str],
) -> int:
    """The verdict; ``written`` gets the names of the reports, each once it is there."""
    console = Console()
    html = options.json.with_suffix(".html")
    _check_places(options, html)
    subjects, skipped = session.open_subjects(settings)
    try:
        header = session.header(settings, subjects, skipped)
        report.print_header(console, header)
        with report.Progress(console) as progress:

            def collected(total: int) -> None:
                progress.total = total

            found = session.run(
                settings, subjects, header, progress.starting, progress.add, collected
            )
    finally:
        session.close(subjects)
    writers: dict[Path | None, Callable[[Run, Path], None]] = {
        options.json: report.write_json,
        html: lambda run, file: report.write_html(run, file, titles),
        options.badge: report.write_badge,
        options.summary: lambda run, file: report.append_summary(run, file, titles),
    }
    problems = []
    for file, write in writers.items():
        try:
            if file is not None:
                write(found, file)
                written.append(str(file))
        except OSError as error:  # what was found is shown all the same
            problems.append(f"the report {file} could not be written: {error}")
    report.print_report(console, found, titles, options.verbose)
    if problems:
        raise Unavailable("\n".join(problems))
    console.print(f"Reports: {', '.join(written)}", soft_wrap=True)
    assert found.footer is not None
    if found.footer.complete and not found.results:
        raise Unavailable("no case was chosen by these options")
    return found.verdict


def _check_places(options: argparse.Namespace, html: Path) -> None:
    """Raises Unavailable where a report could not be written, before anything has run."""
    named = {"--json": options.json, "the page beside --json": html}
    named |= {"--badge": options.badge, "--summary": options.summary}
    places: dict[Path, str] = {}
    for name, file in named.items():
        if file is None:
            continue
        if (other := places.setdefault(file.absolute(), name)) != name:
            raise Unavailable(f"{other} and {name} cannot both be {file}")
        check = report.check_appendable if name == "--summary" else report.check_writable
        try:
            check(file)
        except OSError as error:
            raise Unavailable(f"the report {file} cannot be written: {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
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
    parser.add_argument("--quick", action="store_true", help="fewer cases, under 20 s")
    parser.add_argument("--verbose", action="store_true", help="every failure of a --subject")
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
        "--summary", type=Path, metavar="FILE", help="append a summary in Markdown to this file"
    )
    parser.add_argument(
        "--badge", type=Path, metavar="FILE", help="write a badge's JSON, for shields.io"
    )
    parser.add_argument(
        "--python",
        metavar="INTERPRETER",
        help="which runs the --subject"
        + ("; dev.py also takes BACKEND=INTERPRETER, for any backend" if CHECKOUT else ""),
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
