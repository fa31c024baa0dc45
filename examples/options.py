"""The options of the command line.

``dev.py`` reads them before there is any environment: standard library, Python 3.9.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.arguments import Parser, interpreter
from conformance.interpreters import BACKENDS, DEVICES

HERE = Path(__file__).parent
EXAMPLES = sorted(path.parent.name for path in HERE.glob("*/show.py"))
SWEEPS = sorted(path.parent.name for path in HERE.glob("*/sweep.py"))
WITH_DATA = ("digits_dann", "gan", "shake_shake")


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options; exits with a message where they do not fit together."""
    parser = _parser()
    options = parser.parse_args(arguments)
    for given, names in (("sweep", SWEEPS), ("data", WITH_DATA)):
        if getattr(options, given) and options.name not in names:
            parser.error(f"--{given} is for {', '.join(names)}, not for {options.name}")
    options.python = dict(options.python)
    return options


def _parser() -> Parser:
    parser = Parser(
        "python3 dev.py example",
        description="Train a network that uses the layers, in each framework from the same start.",
    )
    add = parser.add_argument
    which = "an example, or parity: how far the frameworks' curves are apart in each of them"
    add(
        "name",
        choices=[*EXAMPLES, "parity"],
        metavar="NAME",
        help=f"{', '.join(EXAMPLES)}: {which}",
    )
    add("--backend", action="append", default=[], choices=BACKENDS, help="only this; repeatable")
    add("--steps", type=_positive, help="of each training (default: as many as the example needs)")
    add("--seed", type=int, default=0, help="the first seed (default 0)")
    add("--device", choices=DEVICES, default="cpu")
    place = "for figures, numbers and checkpoints (default reports/examples/NAME)"
    add("--output", type=Path, metavar="DIR", help=place)
    files = f"files of a data set ({', '.join(WITH_DATA)})"
    add("--data", type=_folder, metavar="DIR", help=files)
    what = "train with other settings, and draw what they change"
    add("--sweep", action="store_true", help=f"{what} ({', '.join(SWEEPS)})")
    use = "use this interpreter for a backend or the controller; repeatable"
    add("--python", action="append", default=[], type=interpreter, metavar="NAME=PATH", help=use)
    add("--resume", action="store_true", help="go on from the last checkpoints")
    return parser


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"no such folder: {text}")
    return Path(text)
