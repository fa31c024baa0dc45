"""The options of ``dev.py wheel``. Standard library, Python 3.9."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.arguments import Parser
from environments.specs import TORCH_ENDS

NAMES = (*(spec.name for spec in TORCH_ENDS.values()), "nnabla", "chainer", "jax")


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options; exits with a message where they do not fit."""
    parser = Parser(
        prog="python3 dev.py wheel",
        description="Installs the wheel with each framework in a fresh environment, takes a "
        "training step there, and judges a layer.",
        epilog="Exit status: 0 all passed; 1 one did not, or cannot be had here; 2 no wheel.",
    )
    parser.add_argument(
        "package", nargs="?", type=Path, help="a wheel or an sdist (default: builds the wheel)"
    )
    only = f"only this one of {', '.join(NAMES)}; repeatable"
    parser.add_argument("--backend", metavar="NAME", action="append", choices=NAMES, help=only)
    options = parser.parse_args(arguments)
    if options.package and not options.package.is_file():
        parser.error(f"package must be a file, a wheel or an sdist; got {options.package}")
    options.backend = options.backend or NAMES
    return options
