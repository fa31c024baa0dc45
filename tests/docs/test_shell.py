"""Every command on a page can be given: programs, modules, packages and options are there."""

from __future__ import annotations

import argparse
import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from packaging.requirements import Requirement

import benchmarks.options
import conformance.options
import examples.options
import tests.wheel.options
from tests.docs.blocks import PAGES, ROOT, blocks
from tests.docs.test_data import PROJECT

# Commands of dev.py whose options are those of a package, and what reads them.
OPTIONS: dict[str, Callable[[list[str]], argparse.Namespace]] = {
    "conformance": conformance.options.parse,
    "conformance compare": conformance.options.parse_compare,
    "benchmarks": benchmarks.options.parse,
    "example": examples.options.parse,
    "wheel": tests.wheel.options.parse,
}
SYSTEM = {"cd", "git", "mpiexec", "sha256sum", "tar", "torchrun", "unzip"}
# What stands on a page for any word of its kind.
ANY = {"BACKEND": "torch", "LAYER": "gradient_reversal", "NAME": "jax"}
INLINE = re.compile(r"`((?:python3? |dev\.py |grl-conformance |pip )[^`\n]+)`")


def commands(path: Path) -> Iterator[str]:
    """The commands of a page: in its blocks, its workflows, and its text."""
    for block in blocks(path):
        if block.language in ("", "sh"):
            yield from block.text.splitlines()
        elif block.language == "session":
            yield from (line[2:] for line in block.text.splitlines() if line.startswith("$ "))
        elif block.language == "yaml":
            yield from (
                step["run"] for step in yaml.safe_load(block.text)["steps"] if "run" in step
            )
    yield from INLINE.findall(path.read_text("utf-8"))


def single(line: str) -> Iterator[list[str]]:
    """The words of each command of a line, without variables that are set for it."""
    for command in line.split(" && "):
        words = shlex.split(command, comments=True)
        while words and re.match(r"[A-Z_]+=", words[0]):
            words = words[1:]
        if words:
            yield words


def check(words: list[str]) -> None:
    """Fails where a command cannot be given."""
    program = Path(words[0]).name
    if program == "dev.py" or words[:2] == ["python3", "dev.py"]:
        parse(words[words.index("dev.py") + 1 :])
    elif program == "grl-conformance":
        parse(["conformance", *words[1:]])
    elif program == "pip":
        assert words[1] == "install"
        for word in words[2:]:
            required(word)
    elif program in ("export", "unset"):
        assert all(re.fullmatch(r"[A-Z_0-9]+(=\S+)?", word) for word in words[1:])
    elif "-m" in words:
        module(words[words.index("-m") + 1])
    elif program not in SYSTEM:
        assert "/" in words[0], f"{words[0]} is no known program"
        assert (ROOT / words[0]).is_file()


def parse(arguments: list[str]) -> None:
    """Fails where dev.py refuses the arguments. Files that they name are made where it stands."""
    arguments = [re.sub("|".join(ANY), lambda found: ANY[found[0]], word) for word in arguments]
    for part in (part for word in arguments for part in re.split("[:=]", word)):
        if re.search(r"/|\.(py|json)$", part):
            Path(part).parent.mkdir(parents=True, exist_ok=True)
            Path(part).touch(0o755)
    name, *rest = arguments
    if " ".join(arguments[:2]) in OPTIONS:
        name, *rest = " ".join(arguments[:2]), *arguments[2:]
    if name in OPTIONS and rest:
        OPTIONS[name](rest)
        return
    words = set(re.findall(r"[\w-]+", helped(name)))
    ours = rest[: rest.index("--")] if "--" in rest else rest
    assert {*ours} <= words, f"{name} --help does not tell of all of {rest}"


@cache
def helped(command: str) -> str:
    """The help of a command of dev.py."""
    told = [sys.executable, str(ROOT / "dev.py"), command, "--help"]
    done = subprocess.run(told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def module(name: str) -> None:
    """Fails where there is no such module of ours, or in this interpreter."""
    top, path = name.partition(".")[0], ROOT.joinpath(*name.split("."))
    if (ROOT / top).is_dir():
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
    else:
        assert importlib.util.find_spec(top)


def required(word: str) -> None:
    """Fails where a word is nothing that pip can install."""
    if extras := re.fullmatch(r"\.\[(.*)\]", word):
        assert {*extras[1].split(",")} <= {*PROJECT["project"]["optional-dependencies"]}
    elif "/" not in word:
        Requirement(word)


LINES = [(path, line) for path in PAGES for line in dict.fromkeys(commands(path))]


@pytest.mark.parametrize(("path", "line"), LINES, ids=lambda part: getattr(part, "stem", part))
def test_command(path: Path, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for words in single(line):
        try:
            check(words)
        except SystemExit as refused:
            pytest.fail(f"{words} is refused with status {refused.code}")
