"""How many of the wrong layers that a program makes up the suite catches.

    .envs/controller/bin/python -m tests.power [--backend torch] [--count 500] [--full]

Prints the share, and each that passes: it is equivalent to a right layer, or shows what is never
asked. Only the clauses on values are tried; what they miss is given to the whole suite.
"""

from __future__ import annotations

import argparse
import time

from conformance.interpreters import BACKENDS, known
from conformance.results import Outcome
from conformance.run import session
from conformance.run.subject import Interpreter, Subject
from tests.mutants.generated import LAYERS, wrong

VALUES = ("G26", "G29")


def survivors(backend: str, names: list[str], quick: bool, clauses: tuple[str, ...]) -> list[str]:
    """The names of the layers that meet the clauses, all of them where none are given."""
    python = known().pythons[backend]
    left = []
    for start in range(0, len(names), 100):
        interpreter = Interpreter(backend, "cpu", python, timeout=60)
        subjects = [
            Subject(
                interpreter,
                LAYERS[name.partition("_")[0]],
                f"tests.mutants.generated:{backend}_{name}",
                foreign=True,
            )
            for name in names[start : start + 100]
        ]
        settings = session.Settings(quick=quick, clauses=clauses)
        try:
            run = session.run(settings, subjects, session.header(settings, subjects, {}))
        finally:
            session.close(subjects)
        caught = {
            result.subject
            for result in run.results
            if result.outcome is Outcome.FAILED
            and result.level == "MUST"
            # The arrays that all are made of lose a gradient penalty, which nobody made up.
            and result.clause != "G31"
        }
        passed = (s.name.rpartition(":")[2] for s in subjects if s.name not in caught)
        left += [name.removeprefix(f"{backend}_") for name in passed]
    return left


def main() -> None:
    """Print what is caught, by backend."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", action="append", choices=BACKENDS)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--full", action="store_true", help="with the full run")
    options = parser.parse_args()
    kinds = list(LAYERS)
    names = [f"{kinds[number % len(kinds)]}_{number}" for number in range(options.count)]
    for backend in options.backend or BACKENDS:
        began = time.monotonic()
        left = survivors(backend, names, not options.full, VALUES)
        left = survivors(backend, left, not options.full, ())
        caught = len(names) - len(left)
        seconds = time.monotonic() - began
        print(f"{backend}: {caught} of {len(names)} caught in {seconds:.0f} s; these pass:")
        for name in left:
            print(f"  {name}: {wrong(name).text}", flush=True)


if __name__ == "__main__":
    main()
