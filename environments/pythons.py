"""Finds Pythons, and runs them."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from environments import UnavailableError, uv
from environments.process import run
from environments.specs import Spec


@functools.cache
def base(spec: Spec) -> str:
    """The Python to make an environment from; uv fetches one where none is found.

    Raises UnavailableError when there is none.
    """
    failed = []
    for minor in spec.pythons:
        for python in (minor, *beyond(minor)):
            code, output = uv_python(
                "find", "--system", "--no-project", "--no-python-downloads", python
            )
            if code == 0:
                return output.strip()
            failed.append(output)
    uv_python("install", spec.pythons[0])
    code, output = uv_python("find", "--system", "--no-project", spec.pythons[0])
    if code == 0:
        return output.strip()
    reasons = dict.fromkeys(said.partition("\n")[0] for said in failed)
    raise UnavailableError(
        f"it needs Python {' or '.join(spec.pythons)}, and none was found that runs "
        f"({'; '.join(reasons)}). Install one, or name one with --python {spec.name}=PATH"
    )


def uv_python(*arguments: str) -> tuple[int, str]:
    """What `uv python` answers, with its exit code."""
    return run([uv.get(), "python", *arguments], uv.settings())


def beyond(minor: str) -> Iterator[str]:
    """Where a Python X.Y may be that uv does not look for."""
    if minor == "{}.{}".format(*sys.version_info):
        yield sys.executable
    # uv sees no more of pyenv than shims, which can exist and fail.
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    versions = [path for path in pyenv.glob(f"versions/{minor}.*") if path.is_dir()]
    versions.sort(key=lambda p: [int(n) for n in re.findall(r"\d+", p.name)], reverse=True)
    yield from (str(path / "bin" / "python") for path in versions)
