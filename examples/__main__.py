"""``python -m examples``: train a network in each framework, and show what came."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from conformance import BACKENDS, DEVICES, Unavailable, known
from conformance.report import check_writable, write_atomically
from examples.common.request import Outcome, Request
from examples.parity import EXAMPLES

INTERRUPTED = 130  # what a shell reports after Ctrl-C
SWEEPS = sorted(path.parent.name for path in Path(__file__).parent.glob("*/sweep.py"))
WITH_DATA = ("digits_dann", "gan", "shake_shake")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    for given, names in (("sweep", SWEEPS), ("data", WITH_DATA)):
        if getattr(options, given) and options.name not in names:
            parser.error(f"--{given} is for {', '.join(names)}, not for {options.name}")
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
        check_writable(numbers)  # not only after the training
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("dev.py example", description=__doc__)
    add = parser.add_argument
    which = "an example, or parity: how far the frameworks' curves are apart in each of them"
    add(
        "name",
        choices=[*EXAMPLES, "parity"],
        metavar="NAME",
        help=f"{', '.join(EXAMPLES)}: {which}",
    )
    add("--backend", action="append", default=[], choices=BACKENDS, help="only this; repeatable")
    add("--steps", type=_positive, help="other than the example takes")
    add("--seed", type=int, default=0, help="the first seed (default 0)")
    add("--device", choices=DEVICES, default="cpu")
    place = "for figures, numbers and checkpoints (default reports/examples/NAME)"
    add("--output", type=Path, metavar="DIR", help=place)
    add("--data", type=Path, metavar="DIR", help=f"files of a data set ({', '.join(WITH_DATA)})")
    what = "with other settings, in a figure"
    add("--sweep", action="store_true", help=f"{what} ({', '.join(SWEEPS)})")
    add("--resume", action="store_true", help="go on from the last checkpoints")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {number}")
    return number


if __name__ == "__main__":
    sys.exit(main())
