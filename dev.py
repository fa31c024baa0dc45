#!/usr/bin/env python3
"""Makes the environments that a command needs, and runs the command in them.

Needs nothing but Python 3.9 or newer.
"""

import os
import signal
import sys

if sys.version_info < (3, 9):  # noqa: UP036 - this is what tells the user so
    sys.stderr.write(f"dev.py needs Python 3.9 or newer; this is {sys.version.split()[0]}\n")
    sys.exit(2)
if os.name == "nt":
    sys.stderr.write("dev.py runs on Linux and macOS; on Windows use it inside WSL\n")
    sys.exit(2)
if sys.flags.isolated:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback of what is imported below
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
else:  # no variable of Python's and no folder but this one has a say here
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # nor of Python's start
    os.execv(sys.executable, [sys.executable, "-I", *sys.argv])
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import argparse
import inspect
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

import benchmarks.options
import conformance.options
import docs.which.options
import examples.options
import tests.wheel.options
from conformance.arguments import Parser, interpreter
from conformance.interpreters import BACKENDS
from environments import ROOT, SetupError, say
from environments.checks import NEEDS, pytest, static, steps
from environments.overview import overview
from environments.prepare import Prepared, add_extras, add_scoreboard, prepare
from environments.process import stop
from environments.specs import CONTROLLER, DOCS, EXTRAS, LAWS, SCOREBOARD, TORCH_ENDS
from environments.steps import check

COMPARE = "compare"  # two reports of the suite
PINNED = "pinned"  # the version of a backend in its own environment


def judge(arguments: list[str]) -> int:
    """Holds every implementation to the specification; `compare` compares two reports."""
    if arguments[:1] == [COMPARE]:
        conformance.options.parse_compare(arguments[1:])
        alone().become("conformance", arguments)
    given = conformance.options.parse(arguments)
    # A subject of a framework without layers of ours is judged by a law.
    named = [*given.backend, *(framework for framework, _ in given.subject)]
    get(named, given.python).become("conformance", arguments)


def time_layers(arguments: list[str]) -> int:
    """Times the layers, beside each other and beside a plain copy.

    Only `run` needs the backends; it also installs the rivals, the public packages that it times.
    """
    given = benchmarks.options.parse(arguments)
    if given.action != "run":
        alone().become("benchmarks", arguments)
    prepared = get(given.backend, given.python)
    add_extras(prepared, "rivals")
    prepared.become("benchmarks", arguments)


def train(arguments: list[str]) -> int:
    """Trains a network that uses the layers, in each framework from the same start."""
    given = examples.options.parse(arguments)
    get(given.backend, given.python).become("examples", arguments)


def score(arguments: list[str]) -> int:
    """Judges public packages, and writes docs/scoreboard.md.

    Installs each into a folder of its own beside its framework, .envs/scoreboard-NAME, and runs
    the commands of that page (1 GB, about two minutes).
    """
    parser(score).parse_args(arguments)
    # The page shows commands that use what dev.py made.
    prepared = alone(*dict.fromkeys(SCOREBOARD.values()))
    missing = [word for pair in add_scoreboard(prepared).items() for word in ("--missing", *pair)]
    prepared.become("tests.scoreboard", missing)


def which(arguments: list[str]) -> int:
    """Writes the table of README.md that tells which implementation to take, from reports."""
    docs.which.options.parse(arguments)
    alone().become("docs.which", arguments)


def try_wheel(arguments: list[str]) -> int:
    """Tries the wheel in a fresh environment for each framework, as a release needs.

    Downloads both ends of PyTorch's versions, nnabla, Chainer and JAX.
    """
    tests.wheel.options.parse(arguments)
    alone().become("tests.wheel", arguments)


def build_docs(arguments: list[str]) -> int:
    """Builds the documentation's site from docs/ into site/, and checks its links.

    A warning is an error. `python3 -m http.server -d site` then shows it, with its search.
    """
    parser(build_docs).parse_args(arguments)
    prepared = prepare([DOCS.name], {}, {DOCS.name})
    os.environ["NO_MKDOCS_2_WARNING"] = "1"  # the theme's notice on its successor
    # What is left of an older build is no page.
    options = ["--strict", "--clean", f"--config-file={ROOT / 'mkdocs.yml'}"]
    prepared.become("mkdocs", ["build", *options], DOCS.name)


def run_tests(arguments: list[str]) -> int:
    """Runs ruff, mypy and all tests, each in the environment that it needs.

    With `--torch oldest` or `newest` it runs only the tests of PyTorch's layers, on that end of
    the versions that they support; with `--backend jax`, `tensorflow` or `mlx` only the tests of
    laws in it. What follows `--` goes to pytest: `dev.py test -- -k shake`.
    """
    at = arguments.index("--") if "--" in arguments else len(arguments)
    options = parser(run_tests, (*BACKENDS, *LAWS), python=True)
    options.add_argument("--static", action="store_true", help="only ruff and mypy")
    ends = "the version of PyTorch; oldest and newest are installed only for this"
    versions = (PINNED, *TORCH_ENDS)
    options.add_argument("--torch", choices=versions, default=PINNED, help=ends)
    given, rest = options.parse_args(arguments[:at]), arguments[at + 1 :]
    pythons = dict(given.python)
    if not os.access(ROOT, os.W_OK):
        raise SetupError(
            f"{ROOT} cannot be written, as the tests have to: copy it, and run it there"
        )
    of_laws = [name for name in LAWS if name in given.backend]
    if of_laws:  # no newer syntax than that of Python 3.6: an old one is told what it lacks
        if set(given.backend) - set(LAWS) or given.torch != PINNED or given.static:
            options.error(f"--backend {of_laws[0]} runs the tests of laws in it, and no others")
        prepared = prepare(of_laws, pythons, set(of_laws), NEEDS)
        todo = [pytest(name, name, prepared, rest) for name in of_laws]
    elif given.torch != PINNED:
        if given.backend or given.static:
            options.error(f"--torch {given.torch} tests PyTorch's layers alone, on that version")
        name = TORCH_ENDS[given.torch].name
        own = {name: pythons["torch"]} if "torch" in pythons else {}
        prepared = prepare([name], own, {name}, NEEDS)
        todo = [pytest("grl_torch", name, prepared, rest)]
    else:
        prepared = get(given.backend, pythons, NEEDS)
        if not given.static:
            add_extras(prepared, *EXTRAS)
        todo = static(prepared) if given.static else steps(prepared, rest)
    return check(todo, prepared.variables(), bool(rest))


def show_backends(arguments: list[str]) -> int:
    """Shows for each framework its version and the devices that work, or what is wrong."""
    given = parser(show_backends, python=True).parse_args(arguments)
    return overview(prepare(BACKENDS, dict(given.python), required=set()))


def set_up(arguments: list[str]) -> int:
    """Makes the environments and runs nothing."""
    given = parser(set_up, BACKENDS, python=True).parse_args(arguments)
    get(given.backend, dict(given.python))
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "conformance": judge,
    "benchmarks": time_layers,
    "example": train,
    "scoreboard": score,
    "which": which,
    "wheel": try_wheel,
    "docs": build_docs,
    "test": run_tests,
    "backends": show_backends,
    "setup": set_up,
}


def parser(
    command: Callable[[list[str]], int], backends: Collection[str] = (), python: bool = False
) -> Parser:
    """The parser of a command that has no package of its own to read its options."""
    name = next(name for name, function in COMMANDS.items() if function is command)
    form = argparse.RawDescriptionHelpFormatter
    made = Parser(
        f"python3 dev.py {name}", description=inspect.getdoc(command), formatter_class=form
    )
    add = partial(made.add_argument, action="append", default=[])
    if backends:
        add("--backend", choices=backends, help="only this one; repeatable")
    if python:
        use = "use this interpreter for a backend or the controller; repeatable"
        add("--python", metavar="NAME=PATH", type=interpreter, help=use)
    return made


def alone(*backends: str) -> Prepared:
    """The controller, and those of the backends that can be had."""
    return prepare([CONTROLLER.name, *backends], {}, {CONTROLLER.name})


def get(named: list[str], pythons: dict[str, Path], also: tuple[str, ...] = ()) -> Prepared:
    """The controller and the named backends, or all backends when none is named."""
    wanted = list(dict.fromkeys(named)) or list(BACKENDS)
    prepared = prepare([CONTROLLER.name, *wanted], pythons, {CONTROLLER.name, *named}, also)
    if not set(prepared.pythons) - {CONTROLLER.name}:
        raise SetupError("no backend can be had here")
    missing = f"; without {', '.join(prepared.unavailable)}" if prepared.unavailable else ""
    say("environments", f"ready: {', '.join(prepared.pythons)}{missing}")
    return prepared


def main(arguments: list[str]) -> int:
    """Runs a command. Returns 2 where it cannot start, otherwise its own exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    about = [f"  {n:13}{(inspect.getdoc(f) or '').splitlines()[0]}" for n, f in COMMANDS.items()]
    overview = Parser(
        "python3 dev.py",
        usage="%(prog)s COMMAND [OPTIONS]; COMMAND --help tells its options",
        description="\n".join((__doc__ or "", "commands:", *about)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    overview.add_argument("command", metavar="COMMAND", choices=COMMANDS, help=argparse.SUPPRESS)
    command = overview.parse_args(arguments[:1]).command
    try:
        return COMMANDS[command](arguments[1:])
    except (SetupError, OSError) as error:
        print(f"dev.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
