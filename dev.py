#!/usr/bin/env python3
"""Makes the environments that a command needs, and runs the command in them.

Needs nothing but Python 3.9 or newer. `python3 dev.py --help` lists the commands.
"""

from __future__ import annotations

import argparse
import inspect
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from conformance.interpreters import Environments
from environments import ROOT, SetupError
from environments.checks import NEEDS, check, layers, steps
from environments.extras import add_extras
from environments.install import say
from environments.launch import launch
from environments.make import python_of, trusted
from environments.overview import overview
from environments.prepare import Prepared, prepare
from environments.specs import BACKENDS, CONTROLLER, EXTRAS, SPECS, TORCH_ENDS

INTERRUPTED = 130  # what a shell reports after Ctrl-C
SUBJECT = "subject"
ACTIONS = ("run", "compare", "plot", "table")  # of the benchmarks
PINNED = "pinned"  # the version of a backend in its own environment


def backend(name: str) -> str:
    """An argument that names a backend."""
    if name not in BACKENDS:
        valid = ", ".join(BACKENDS)
        raise argparse.ArgumentTypeError(f"unknown backend {name!r}; the backends are {valid}")
    return name


def subject(text: str) -> str:
    """The backend of an argument BACKEND:..."""
    return backend(text.partition(":")[0])


def named_python(text: str) -> tuple[str, Path]:
    """An argument NAME=PATH."""
    name, equals, path = text.partition("=")
    if not equals or not path or name not in SPECS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not NAME=PATH with NAME one of {', '.join(SPECS)}"
        )
    return name, Path(path)


def any_python(text: str) -> tuple[str, Path]:
    """An argument NAME=PATH, or a PATH alone, which is the interpreter of the --subject."""
    return named_python(text) if "=" in text else (SUBJECT, Path(text))


def parser_for(
    command: str,
    python: Callable[[str], tuple[str, Path]] = named_python,
    add_help: bool = True,
) -> argparse.ArgumentParser:
    """A parser with what every command shares."""
    parser = argparse.ArgumentParser(
        prog=f"dev.py {command}",
        description=inspect.getdoc(COMMANDS[command]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=add_help,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--python",
        metavar="NAME=PATH",
        type=python,
        action="append",
        default=[],
        help=f"use this interpreter as it is; NAME is one of {', '.join(SPECS)}; repeatable",
    )
    return parser


def add_backend(parser: argparse.ArgumentParser) -> None:
    """The option that narrows a command to some backends."""
    parser.add_argument(
        "--backend",
        metavar="NAME",
        type=backend,
        action="append",
        default=[],
        help=f"one of {', '.join(BACKENDS)}; repeatable; all of them by default",
    )


def add_subject(parser: argparse.ArgumentParser) -> None:
    """The options that tell which backends the conformance suite needs."""
    add_backend(parser)
    parser.add_argument(
        "--subject",
        metavar="BACKEND:...",
        type=subject,
        action="append",
        default=[],
        help="an implementation of yours to hold to the specification; repeatable",
    )


def add_action(parser: argparse.ArgumentParser) -> None:
    """The arguments that tell which backends the benchmarks need."""
    parser.add_argument(
        "action", metavar="ACTION", choices=ACTIONS, help=f"one of {', '.join(ACTIONS)}"
    )
    add_backend(parser)


def setting(prepared: Prepared) -> dict[str, str]:
    """The environment variables through which a command learns what there is."""
    pythons = {name: str(python) for name, python in prepared.pythons.items() if name in BACKENDS}
    extras = {
        kind: {name: str(folder) for name, folder in prepared.extras.get(kind, {}).items()}
        for kind in EXTRAS
    }
    known = Environments(pythons, prepared.unavailable, **extras)
    return {**os.environ, **known.variables()}


def suite(
    command: str,
    arguments: list[str],
    add: Callable[[argparse.ArgumentParser], None],
    wanted: Callable[[argparse.Namespace, dict[str, Path]], Prepared],
    python: Callable[[str], tuple[str, Path]] = named_python,
) -> int:
    """Runs `python -m COMMAND` in the controller, with all arguments but --python NAME=PATH.

    `add` adds the options that tell which environments are `wanted`; these go on too.
    """
    ours, after = split(arguments)
    parser = parser_for(command, python, add_help=False)
    given, rest = parser.parse_known_args(ours)
    pythons = dict(given.python)
    # A second look at the rest, for the environments that it takes: it goes on unchanged.
    peek = argparse.ArgumentParser(prog=parser.prog, add_help=False, allow_abbrev=False)
    for each in (parser, peek):
        add(each)
    if {"-h", "--help"} & set(rest):
        controller = pythons.get(CONTROLLER.name)
        if controller is None and trusted(CONTROLLER):
            controller = python_of(CONTROLLER)
        if controller is None:
            parser.print_help()
            return 0
        prepared = Prepared({CONTROLLER.name: controller})
    else:
        prepared = wanted(peek.parse_known_args(rest)[0], pythons)
    if SUBJECT in pythons:
        rest += ["--python", str(pythons[SUBJECT])]
    env = setting(prepared)
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
    return launch([str(prepared.pythons[CONTROLLER.name]), "-m", command, *rest, *after], env)


def conformance(arguments: list[str]) -> int:
    """Holds every implementation to the specification.

    Takes --python NAME=PATH, looks at --backend, --subject and --python PATH, and hands all
    but the first on to `python -m conformance`, whose own help shows here once there is a
    controller to run it.
    """

    def wanted(seen: argparse.Namespace, pythons: dict[str, Path]) -> Prepared:
        own = dict.fromkeys(seen.subject, pythons[SUBJECT]) if SUBJECT in pythons else {}
        return environments([*seen.backend, *seen.subject], {**own, **pythons})

    return suite("conformance", arguments, add_subject, wanted, any_python)


def benchmarks(arguments: list[str]) -> int:
    """Times the layers, beside each other and beside the machine's limit.

    Takes --python NAME=PATH, looks at the action and at --backend, and hands all but the first on
    to `python -m benchmarks`, whose own help shows here once there is a controller to run it.
    Only `run` needs the backends; it also installs the rivals, the public packages that it times.
    """

    def wanted(seen: argparse.Namespace, pythons: dict[str, Path]) -> Prepared:
        if seen.action != "run":
            return prepare([CONTROLLER.name], pythons, {CONTROLLER.name})
        prepared = environments(seen.backend, pythons)
        add_extras(prepared, "rivals")
        return prepared

    return suite("benchmarks", arguments, add_action, wanted)


def test(arguments: list[str]) -> int:
    """Runs ruff, mypy and all tests, each in the environment that it needs.

    With `--torch oldest` or `newest` it runs only the tests of PyTorch's layers, on that end of
    the versions that they support. What follows `--` goes to pytest: `dev.py test -- -k shake`.
    """
    ours, after = split(arguments)
    after = after[1:]
    parser = parser_for("test")
    add_backend(parser)
    parser.add_argument(
        "--torch",
        choices=(PINNED, *TORCH_ENDS),
        default=PINNED,
        help="the version of PyTorch; oldest and newest are installed only for this",
    )
    given = parser.parse_args(ours)
    pythons = dict(given.python)
    if given.torch == PINNED:
        prepared = environments(given.backend, pythons, also=NEEDS)
        add_extras(prepared, *EXTRAS)
        todo = list(steps(prepared, after))
    elif given.backend:
        parser.error(f"--torch {given.torch} runs PyTorch's tests alone: leave --backend out")
    else:
        name = TORCH_ENDS[given.torch].name
        prepared = prepare([name], pythons, {name}, NEEDS)
        todo = [layers("torch", name, prepared, after)]
    return check(todo, setting(prepared), bool(after))


def backends(arguments: list[str]) -> int:
    """Shows for each framework its version, devices and layers, and what it lacks."""
    given = parser_for("backends").parse_args(arguments)
    prepared = prepare(list(BACKENDS), dict(given.python), required=set())
    return overview(prepared)


def setup(arguments: list[str]) -> int:
    """Makes the environments and runs nothing."""
    parser = parser_for("setup")
    add_backend(parser)
    given = parser.parse_args(arguments)
    environments(given.backend, dict(given.python))
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "conformance": conformance,
    "benchmarks": benchmarks,
    "test": test,
    "backends": backends,
    "setup": setup,
}


def split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The arguments before the first `--`, and those from it on."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at:]


def environments(
    named: list[str], pythons: dict[str, Path], also: tuple[str, ...] = ()
) -> Prepared:
    """The controller and the named backends, or all backends when none is named."""
    wanted = [name for name in BACKENDS if not named or name in named]
    required = {CONTROLLER.name, *named}
    prepared = prepare([CONTROLLER.name, *wanted], pythons, required, also)
    if not set(prepared.pythons) & set(BACKENDS):
        raise SetupError("no backend can be had here")
    missing = f"; without {', '.join(prepared.unavailable)}" if prepared.unavailable else ""
    say("environments", f"ready: {', '.join(prepared.pythons)}{missing}")
    return prepared


def main(arguments: list[str]) -> int:
    """Runs a command. Returns 2 where it cannot start, otherwise its own exit code."""
    lines = [f"  {name:12} {(run.__doc__ or '').splitlines()[0]}" for name, run in COMMANDS.items()]
    parser = argparse.ArgumentParser(
        prog="dev.py",
        usage="dev.py COMMAND ...",
        description=__doc__,
        epilog="\n".join(["commands:", *lines, "", "dev.py COMMAND --help says more."]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=argparse.SUPPRESS)
    command = COMMANDS[parser.parse_args(arguments[:1]).command]
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        return command(arguments[1:])
    except (SetupError, OSError) as error:
        print(f"dev.py: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("dev.py: interrupted", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
