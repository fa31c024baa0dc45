"""Stands in for uv: makes a real, empty environment and writes down what it was asked to install.

FAKE_UV_RECORD names the file for the record. FAKE_UV_DO is "fail", "slow" or "hang"; FAKE_UV_FOR is
how the names of the folders begin that this is done to: all, when it is not set. FAKE_UV_PYTEST
names the file that is installed as pytest.
"""

import json
import os
import shutil
import sys
import time
from pathlib import Path

CONTROLLER = ("ml_dtypes", "pytest", "hypothesis", "rich", "sklearn", "pyperf", "matplotlib")
MODULES = ("torch", "numpy", *CONTROLLER)


def main(arguments: list[str]) -> int:
    """Answers as uv would. It has no Python to offer."""
    if arguments[0] == "venv":
        make(Path(arguments[2]), Path(arguments[3]))
        return 0
    if arguments[:2] == ["pip", "install"]:
        return install(arguments)
    return int(arguments[0] == "python")


def make(python: Path, home: Path) -> None:
    """Makes what `python -m venv --without-pip` makes, in a fraction of the time."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    (home / "bin").mkdir(parents=True)
    (home / "lib" / version / "site-packages").mkdir(parents=True)
    (home / "bin" / "python").symlink_to(os.path.realpath(python))
    base = Path(os.path.realpath(python)).parent
    (home / "pyvenv.cfg").write_text(f"home = {base}\ninclude-system-site-packages = false\n")


def install(arguments: list[str]) -> int:
    """Records the request and puts empty modules in place."""
    target = "--target" in arguments
    python = Path(arguments[3])
    home = Path(arguments[arguments.index("--target") + 1]) if target else python.parent.parent
    record = {
        "name": home.name,
        "pid": os.getpid(),
        "arguments": arguments,
        "find_links": os.environ.get("UV_FIND_LINKS"),
    }
    with open(os.environ["FAKE_UV_RECORD"], "a") as file:
        file.write(json.dumps(record) + "\n")
    concerned = home.name.startswith(os.environ.get("FAKE_UV_FOR", ""))
    what = os.environ.get("FAKE_UV_DO", "") if concerned else ""
    time.sleep({"slow": 0.5, "hang": 60}.get(what, 0))
    site = home if target else next(home.glob("lib/python*/site-packages"))
    site.mkdir(exist_ok=True)
    for module in ("rival",) if target else MODULES:
        (site / f"{module}.py").touch()
    if not target and (pytest := os.environ.get("FAKE_UV_PYTEST")):
        shutil.copy(pytest, site / "pytest.py")
    if what == "fail":  # late, when the folder looks as good as a whole one
        print("no such package on this planet")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
