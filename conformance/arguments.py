"""Command lines that name the nearest valid word where one is unknown.

``dev.py`` imports this file before there is any environment: standard library, Python 3.9.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from .interpreters import BACKENDS, CONTROLLER

CHOICE = re.compile(r"invalid choice: '(.*)' \(choose from (.*)\)")


class Parser(argparse.ArgumentParser):
    """A parser that takes no abbreviations, and suggests commands, choices and options."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("allow_abbrev", False)
        super().__init__(*args, **options)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Also refuse an option that is unknown: here, the parser of an action knows its own."""
        given, rest = super().parse_known_args(args, namespace)
        for text in rest:
            if text.startswith("-") and (name := text.partition("=")[0]):
                options = re.findall(r"(?<!\w)--[\w-]+", self.format_help())
                self.error(f"unknown option {name}{nearest(name, options)}; --help shows them all")
        return given, rest

    def error(self, message: str) -> NoReturn:
        """End with status 2, the usage and the message."""
        if found := CHOICE.search(message):
            word, choices = found.groups()
            message += nearest(word, re.findall(r"[^', ]+", choices))
        super().error(message)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like this one, as the end of a sentence; or nothing."""
    by_letters = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), by_letters, 1)
    like = by_letters[found[0]] if found else word
    return f"; did you mean {like}?" if like != word else ""


def interpreter(text: str) -> tuple[str, Path]:
    """The value of an option --python NAME=PATH: the name and the path.

    Raises ArgumentTypeError where the name is unknown or there is no such program.
    """
    name, equals, path = text.partition("=")
    names = (CONTROLLER, *BACKENDS)
    if not equals or name not in names:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not NAME=PATH with NAME one of {', '.join(names)}{nearest(name, names)}"
        )
    return name, program(path)


def program(text: str) -> Path:
    """The absolute path of a program. Raises ArgumentTypeError where there is none."""
    path = Path(os.path.abspath(os.path.expanduser(text)))  # not resolve(): a venv's is a link
    if path.is_dir() or not os.access(path, os.X_OK):
        raise argparse.ArgumentTypeError(f"{text!r}: no program {path}")
    return path
