"""Finds anyone's layer by its name."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from ..arguments import nearest
from ..procedures.target import SubjectError
from ..remote.errors import message_of


def find(name: str) -> Any:
    """The subject "package.module:Name" or "path/to/file.py:Name".

    Raises:
        SubjectError: it cannot be imported, with what went wrong and what to do.
    """
    # What a file of laws imports in its author's tests is there under this name too.
    sys.modules.setdefault("grl_conformance", sys.modules[__name__.partition(".")[0]])
    place, _, attribute = name.rpartition(":")
    if not place or not attribute:
        raise SubjectError(f"a subject is MODULE:NAME or FILE.py:NAME, got {name!r}")
    try:
        found: Any = _import_file(Path(place)) if place.endswith(".py") else _import_module(place)
    except SubjectError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {message_of(error)}"
        raise SubjectError(
            f"cannot import {place}: {reason}; try it in {sys.executable}"
        ) from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            names = [name for name in dir(found) if not name.startswith("_")]
            told = ", ".join(names) or "no public names"
            raise SubjectError(f"{place} has no {part!r}; it has {told}{nearest(part, names)}")
        found = getattr(found, part)
    return found


def digest(name: str) -> str:
    """A digest of the sources that a subject was imported from: its file, and others below it."""
    place = name.rpartition(":")[0]
    module = sys.modules[_file_module(Path(place)) if place.endswith(".py") else place]
    folder = os.path.dirname(getattr(module, "__file__", None) or "") + os.sep
    found = hashlib.sha256()
    for file in sorted(filter(None, map(_source, list(sys.modules.values())))):
        if file.startswith(folder) and "site-packages" not in file.removeprefix(folder):
            found.update(Path(file).read_bytes())
    return found.hexdigest()


def _source(module: ModuleType) -> str:
    """The file of a module of anyone's, empty where there is none."""
    ours = module.__name__.partition(".")[0] == __name__.partition(".")[0]
    file = getattr(module, "__file__", None)
    return file if isinstance(file, str) and file.endswith(".py") and not ours else ""


def _file_module(path: Path) -> str:
    return "subject_" + "_".join(path.resolve().with_suffix("").parts[1:])


def _import_module(name: str) -> ModuleType:
    # The folder that the user stands in comes last, so that nothing there hides a package.
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    return importlib.import_module(name)


def _import_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise SubjectError(f"no such file: {path} (seen from {os.getcwd()})")
    path = path.resolve()
    name = _file_module(path)
    if name in sys.modules:
        return sys.modules[name]
    sys.path.append(str(path.parent))  # what the file imports from beside it
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pickling looks the class up here
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
