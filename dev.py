#!/usr/bin/env python3
"""Makes the environments that a command needs, and runs the command in them.

Needs nothing but Python 3.9 or newer.
"""

from __future__ import annotations

import os
import sys

if not sys.flags.isolated:  # no variable of Python's and no folder but this one has a say here
    os.execv(sys.executable, [sys.executable, "-I", *sys.argv])
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import argparse
import inspect
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

from conformance.interpreters import BACKENDS, python_in
from environments import ROOT, SetupError, say
from environments.checks import NEEDS, pytest, static, steps
from environments.overview import overview
from environments.prepare import Prepared, add_extras, add_scoreboard, prepare
from environments.process import stop
from environments.specs import CONTROLLER, DOCS, EXTRAS, LAWS, SCOREBOARD, SPECS, TORCH_ENDS
from environments.steps import check

SUBJECT = "subject"
COMPARE = "compare"  # two reports of the suite
ACTIONS = ("run", COMPARE, "plot", "table")  # of the benchmarks
PINNED = "pinned"  # the version of a backend in its own environment
NAMES = [name for name in SPECS if name not in (*LAWS, DOCS.name)]  # those that --python takes


def judge(given: argparse.Namespace, rest: list[str]) -> int:
    """Holds every implementation to the specification.

    Takes --python NAME=PATH, and hands all else on to `python -m conformance`, whose own help
    shows here once there is a controller to run it. `compare` needs no backend.
    """
    pythons = dict(given.python)
    if rest[:1] == [COMPARE]:
        prepared = prepare([CONTROLLER.name], pythons, {CONTROLLER.name})
        prepared.become("conformance", [*rest, *(f"--backend={name}" for name in given.backend)])
    subjects = [text.partition(":")[0] for text in given.subject]
    rest = [*(f"--subject={text}" for text in given.subject), *rest]
    if path := pythons.pop(SUBJECT, None):
        pythons = {**dict.fromkeys(subjects, path), **pythons}
        rest = [f"--python={path}", *rest]
    # A subject of a framework without layers of ours is judged by a law.
    prepared = get([*given.backend, *subjects], pythons, known=(*BACKENDS, *LAWS))
    prepared.become("conformance", [*(f"--backend={name}" for name in given.backend), *rest])


def time_layers(given: argparse.Namespace, rest: list[str]) -> int:
    """Times the layers, beside each other and beside the machine's limit.

    Takes --python NAME=PATH, and hands all else on to `python -m benchmarks`, whose own help shows
    here once there is a controller to run it. Only `run` needs the backends; it also installs the
    rivals, the public packages that it times.
    """
    if given.action == "run":
        prepared = get(given.backend, dict(given.python))
        add_extras(prepared, "rivals")
    else:
        prepared = prepare([CONTROLLER.name], dict(given.python), {CONTROLLER.name})
    named = [f"--backend={name}" for name in given.backend]
    prepared.become("benchmarks", [given.action, *named, *rest])


def train(given: argparse.Namespace, rest: list[str]) -> int:
    """Trains a network that uses the layers, in each framework from the same start.

    Takes --python NAME=PATH, and hands all else on to `python -m examples`, whose own help shows
    here once there is a controller to run it.
    """
    prepared = get(given.backend, dict(given.python))
    prepared.become("examples", [*(f"--backend={name}" for name in given.backend), *rest])


def score(given: argparse.Namespace, rest: list[str]) -> int:
    """Judges public packages, and writes docs/scoreboard.md.

    Installs each into a folder of its own beside its framework, .envs/scoreboard-NAME, and runs
    the commands of that page (1 GB, about two minutes).
    """
    wanted = [CONTROLLER.name, *dict.fromkeys(SCOREBOARD.values())]
    prepared = prepare(wanted, {}, {CONTROLLER.name})
    missing = [word for pair in add_scoreboard(prepared).items() for word in ("--missing", *pair)]
    prepared.become("tests.scoreboard", missing)


def try_wheel(given: argparse.Namespace, rest: list[str]) -> int:
    """Tries the wheel in a fresh environment for each framework, as a release needs.

    Hands all on to `python -m tests.wheel`, whose own help shows here once there is a controller to
    run it. Downloads both ends of PyTorch's versions, nnabla, Chainer and JAX.
    """
    prepared = prepare([CONTROLLER.name], {}, {CONTROLLER.name})
    prepared.become("tests.wheel", rest)


def build_docs(given: argparse.Namespace, rest: list[str]) -> int:
    """Builds the documentation's site from docs/ into site/, and checks its links.

    A warning is an error. `python3 -m http.server -d site` then shows it, with its search.
    """
    prepared = prepare([DOCS.name], {}, {DOCS.name})
    os.environ["NO_MKDOCS_2_WARNING"] = "1"  # the theme's notice on its successor
    # What is left of an older build is no page.
    options = ["--strict", "--clean", f"--config-file={ROOT / 'mkdocs.yml'}"]
    prepared.become("mkdocs", ["build", *options], DOCS.name)


def run_tests(given: argparse.Namespace, rest: list[str]) -> int:
    """Runs ruff, mypy and all tests, each in the environment that it needs.

    With `--torch oldest` or `newest` it runs only the tests of PyTorch's layers, on that end of
    the versions that they support; with `--backend jax`, `tensorflow` or `mlx` only the tests of
    laws in it. What follows `--` goes to pytest: `dev.py test -- -k shake`.
    """
    pythons, arguments = dict(given.python), rest[1:]
    if of_laws := [name for name in LAWS if name in given.backend]:
        if set(given.backend) - set(LAWS) or given.torch != PINNED or given.static:
            raise SetupError(f"--backend {of_laws[0]} runs the tests of laws in it, and no others")
        prepared = prepare(of_laws, pythons, set(of_laws), NEEDS)
        todo = [pytest(name, name, prepared, arguments) for name in of_laws]
    elif given.torch != PINNED:
        if given.backend or given.static:
            raise SetupError(f"--torch {given.torch} tests PyTorch's layers alone, on that version")
        name = TORCH_ENDS[given.torch].name
        prepared = prepare([name], pythons, {name}, NEEDS)
        todo = [pytest("grl_torch", name, prepared, arguments)]
    else:
        prepared = get(given.backend, pythons, NEEDS)
        if not given.static:
            add_extras(prepared, *EXTRAS)
        todo = static(prepared) if given.static else steps(prepared, arguments)
    return check(todo, prepared.variables(), bool(arguments))


def show_backends(given: argparse.Namespace, rest: list[str]) -> int:
    """Shows for each framework its version and the devices that work, or what is wrong."""
    return overview(prepare(BACKENDS, dict(given.python), required=set()))


def set_up(given: argparse.Namespace, rest: list[str]) -> int:
    """Makes the environments and runs nothing."""
    get(given.backend, dict(given.python))
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace, list[str]], int]] = {
    "conformance": judge,
    "benchmarks": time_layers,
    "example": train,
    "scoreboard": score,
    "wheel": try_wheel,
    "docs": build_docs,
    "test": run_tests,
    "backends": show_backends,
    "setup": set_up,
}
# These have more options, and help of their own.
HAND_ON = ("conformance", "benchmarks", "example", "wheel")

PACKAGES = {"example": "examples", "wheel": "tests.wheel"}


def get(
    named: list[str],
    pythons: dict[str, Path],
    also: tuple[str, ...] = (),
    known: tuple[str, ...] = BACKENDS,
) -> Prepared:
    """The controller and the named backends, or all backends when none is named."""
    for name in named:
        if name not in known:
            raise SetupError(f"unknown backend {name!r}; the backends are {', '.join(known)}")
    wanted = list(dict.fromkeys(named)) or list(BACKENDS)
    prepared = prepare([CONTROLLER.name, *wanted], pythons, {CONTROLLER.name, *named}, also)
    if not set(prepared.pythons) & set(known):
        raise SetupError("no backend can be had here")
    missing = f"; without {', '.join(prepared.unavailable)}" if prepared.unavailable else ""
    say("environments", f"ready: {', '.join(prepared.pythons)}{missing}")
    return prepared


def named_python(text: str) -> tuple[str, Path]:
    """An argument NAME=PATH."""
    name, _, path = text.partition("=")
    if name not in NAMES:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not NAME=PATH with NAME one of {', '.join(NAMES)}"
        )
    return name, Path(path)


def any_python(text: str) -> tuple[str, Path]:
    """An argument NAME=PATH, or a PATH alone, which is the interpreter of the --subject."""
    return named_python(text) if "=" in text else (SUBJECT, Path(text))


def command_line() -> argparse.ArgumentParser:
    """The commands and their options."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("dev.py", description=__doc__, formatter_class=form)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, function in COMMANDS.items():
        text = inspect.getdoc(function) or ""
        command = commands.add_parser(
            name,
            help=text.splitlines()[0],
            description=text,
            formatter_class=form,
            allow_abbrev=False,
        )
        add = partial(command.add_argument, action="append", default=[])
        python = any_python if name == "conformance" else named_python
        one = f"use this interpreter; NAME is one of {', '.join(NAMES)}; repeatable"
        # The scoreboard's page shows commands that use what dev.py made; the wheel's are fresh.
        if name not in ("scoreboard", "wheel", "docs"):
            add("--python", metavar="NAME=PATH", type=python, help=one)
        if name not in ("backends", "scoreboard", "wheel", "docs"):
            known = (*BACKENDS, *LAWS) if name == "test" else BACKENDS
            some = f"only this one of {', '.join(known)}; repeatable"
            add("--backend", metavar="NAME", help=some)
        if name == "conformance":
            yours = "an implementation of yours to hold to the specification; repeatable"
            add("--subject", metavar="BACKEND:...", help=yours)
        if name == "benchmarks":
            command.add_argument("action", choices=ACTIONS, help="what to do")
        if name == "test":
            command.add_argument("--static", action="store_true", help="only ruff and mypy")
            ends = "the version of PyTorch; oldest and newest are installed only for this"
            versions = (PINNED, *TORCH_ENDS)
            command.add_argument("--torch", choices=versions, default=PINNED, help=ends)
    return parser


def main(arguments: list[str]) -> int:
    """Runs a command. Returns 2 where it cannot start, otherwise its own exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    parser = command_line()
    at = arguments.index("--") if "--" in arguments else len(arguments)
    ours, after = arguments[:at], arguments[at:]
    try:
        controller = python_in(CONTROLLER.name)
        if ours and ours[0] in HAND_ON and {"-h", "--help"} & set(ours) and controller.exists():
            package = PACKAGES.get(ours[0], ours[0])
            action = [COMPARE] if ours[1:2] == [COMPARE] else []
            Prepared({CONTROLLER.name: controller}).become(package, [*action, "--help"])
        given, rest = parser.parse_known_args(ours)
        if rest and given.command not in HAND_ON:
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        return COMMANDS[given.command](given, [*rest, *after])
    except (SetupError, OSError) as error:
        print(f"dev.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
