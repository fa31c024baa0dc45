"""uv: the one on PATH or one of our own, and pip's settings handed on to it."""

from __future__ import annotations

import ast
import contextlib
import functools
import os
import re
import shutil
import sys
from pathlib import Path

from conformance.interpreters import HOME
from environments import SetupError, UnavailableError, say
from environments.causes import cause
from environments.process import ask, run

OWN = HOME / "uv"
PINS = Path(__file__).with_name("uv.txt")
# A setting of pip's: uv's variables for it. The first one is set where none of them is.
SETTINGS = {
    "index-url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "extra-index-url": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "no-index": ("UV_OFFLINE",),  # what is nearest: uv has no variable for it
    "find-links": ("UV_FIND_LINKS",),
    "trusted-host": ("UV_INSECURE_HOST",),
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "proxy": ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy", "all_proxy"),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "default-timeout": ("UV_HTTP_TIMEOUT",),
}


def found() -> str | None:
    """The uv to use, where there is one that can do what it has to."""
    for path in (shutil.which("uv"), str(OWN / "bin" / "uv")):
        with contextlib.suppress(TimeoutError):
            if path and run([path, "pip", "sync", "--check", "--help"], timeout=60)[0] == 0:
                return path
    return None


@functools.cache
def get() -> str:
    """The uv to use; installs one where there is none. Raises SetupError where that fails."""
    if path := found():
        return path
    say("uv", f"installing {PINS.name} into .envs/uv")
    part, here = OWN.with_name("uv.part"), sys.executable
    env = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}  # they bar what follows
    pip = ("-m", "pip", "install", "--quiet", "--no-deps", "--requirement", str(PINS))
    ways = (  # some Pythons come without pip, others without venv
        [(here, *pip, "--target", str(part))],
        [(here, "-m", "venv", str(part)), (str(part / "bin" / "python"), *pip)],
    )
    failed = []
    for way in ways:
        for old in (OWN, part):
            shutil.rmtree(old, ignore_errors=True)
        try:
            for python, *arguments in way:
                ask(Path(python), *arguments, timeout=600, env=env)
            part.rename(OWN)
            return str(OWN / "bin" / "uv")
        except UnavailableError as error:
            failed.append(str(error))
    reasons = "\n".join(failed)
    raise SetupError(
        "uv is not on PATH, and cannot be installed: "
        + (
            cause(reasons)
            or "install it (https://docs.astral.sh/uv), or a Python with pip or venv "
            f"(Debian: apt install python3-venv)\n{reasons}"
        )
    )


@functools.cache
def settings() -> dict[str, str]:
    """The environment for uv: this one, and what pip was told, which uv does not ask pip about.

    What is set for uv itself is left as it is.
    """
    env = dict(os.environ)
    said = ""
    with contextlib.suppress(UnavailableError):  # a Python without pip
        said = ask(Path(sys.executable), "-m", "pip", "config", "list")
    pip: dict[str, str] = {}
    for section in ("global", "install"):  # the later one counts for more, and variables for most
        for name, value in re.findall(rf"^{section}\.(\S+?)=(.*)$", said, re.MULTILINE):
            pip[name] = ast.literal_eval(value)
    pip.update((n[4:].lower().replace("_", "-"), v) for n, v in env.items() if n[:4] == "PIP_")
    for name, value in pip.items():
        variables = SETTINGS.get(name, ())
        if variables and not any(variable in os.environ for variable in variables):
            env[variables[0]] = (" " if "index" in name else ",").join(value.split())
    if env.get("UV_INDEX") != os.environ.get("UV_INDEX"):
        # pip takes the best version of all indexes, uv by default the first index with any.
        env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return env
