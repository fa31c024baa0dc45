"""``python -m examples``: train a network in each framework, and show what came."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from conformance import BACKENDS, Unavailable, known
from conformance.report import check_writable, write_atomically
from examples.common.request import Outcome, Request
from examples.options import parse

INTERRUPTED = 130  # what a shell reports after Ctrl-C


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    module = "parity" if options.name == "parity" else f"{options.name}.show"
    if options.sweep:
        module = f"{options.name}.sweep"
    output = options.output or Path("reports/examples") / options.name
    try:
        there = known()
        for name in options.backend:
            if name not in there.pythons:
                reason = there.unavailable.get(name, "no interpreter; python3 dev.py makes one")
                raise Unavailable(f"{name} is not available: {reason}")
        backends = [b for b in options.backend or BACKENDS if b in there.pythons]
        numbers = output / f"{options.name}{'-sweep' * options.sweep}.json"
        check_writable(numbers, "--output")  # not only after the training
        request = Request(
            name=options.name,
            backends=backends,
            output=output,
            steps=options.steps,
            seed=options.seed,
            device=options.device,
            resume=options.resume,
            data=options.data,
        )
        outcome: Outcome = import_module(f"examples.{module}").run(request)
        write_atomically(numbers, json.dumps(outcome.numbers, indent=1).encode())
    except (Unavailable, OSError) as error:
        print(f"example: {error}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        return int(error.returncode)
    except KeyboardInterrupt:
        print("example: interrupted; --resume goes on from the last checkpoints", file=sys.stderr)
        return INTERRUPTED
    for name in set(BACKENDS) - set(backends) if not options.backend else ():
        print(f"NOT RUN: {name}: {there.unavailable.get(name, 'no interpreter')}")
    print("\n".join(outcome.lines))
    print("Figures: " + ", ".join(map(str, outcome.figures)) + f"; numbers: {numbers}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
