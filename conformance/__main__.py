"""``python -m conformance``: judge layers by the specification. ``dev.py`` calls this."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

try:
    from rich.console import Console
except ModuleNotFoundError:
    sys.stderr.write(
        "grl-conformance needs rich, which laws do not: install the package with [conformance], "
        "as in pip install 'path/to/the/checkout[conformance]'\n"
    )
    sys.exit(2)

from . import Unavailable, compare, report
from .clauses import clauses, groups
from .options import parse
from .results import INTERRUPTED, Run
from .run import law_session, session

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
    options = parse(given)
    settings = session.Settings(
        backends=tuple(options.backend),
        layers=tuple(options.layer),
        clauses=tuple(options.clause),
        subjects=tuple((*named, layer) for named in options.subject for layer in options.layer),
        pythons=options.python,
        device=options.device,
        quick=options.quick,
        seed=options.seed,
        draws=options.draws,
        timeout=options.timeout,
        pytest_args=options.pytest_args,
    )
    written: list[str] = []
    try:
        html = options.json.with_suffix(".html")
        _check_places(options, html)
        console = Console()
        found = _judged_by_law(options, console) if options.law else _judged(settings, console)
        return _written(found, options, html, console, titles, written)
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


def _judged(settings: session.Settings, console: Console) -> Run:
    """The suite on the layers that are asked for."""
    subjects, skipped = session.open_subjects(settings)
    try:
        header = session.header(settings, subjects, skipped)
        report.print_header(console, header)
        with report.Progress(console) as progress:

            def collected(total: int) -> None:
                progress.total = total

            return session.run(
                settings, subjects, header, progress.starting, progress.add, collected
            )
    finally:
        session.close(subjects)


def _judged_by_law(options: argparse.Namespace, console: Console) -> Run:
    """A law, on anyone's functions."""
    settings = law_session.Settings(
        subjects=tuple(options.subject),
        law=options.law,
        transforms=tuple(options.transform),
        pythons=options.python,
        seed=options.seed,
        timeout=options.timeout,
    )
    found = law_session.run(settings)
    report.print_header(console, found.header)
    return found


def _written(
    found: Run,
    options: argparse.Namespace,
    html: Path,
    console: Console,
    titles: dict[str, str],
    written: list[str],
) -> int:
    """The verdict, after the reports; ``written`` gets their names, each once it is there."""
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
            check(file, name.rpartition(" ")[2])
        except OSError as error:
            raise Unavailable(f"the report {error}") from error


if __name__ == "__main__":
    sys.exit(main())
