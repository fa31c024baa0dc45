"""``python -m tests.scoreboard``: judges all packages, and writes the page. dev.py calls this."""

from __future__ import annotations

import argparse
import platform
import sys
from typing import Any

from conformance import __version__, known
from tests.scoreboard.packages import PACKAGES, Package
from tests.scoreboard.page import PAGE, RESULTS, write
from tests.scoreboard.running import NotRunError, judge


def told(package: Package, reason: str | None) -> dict[str, Any]:
    """What is found of a package, or why nothing is."""
    if reason is None:
        try:
            return judge(package)
        except NotRunError as error:
            reason = str(error)
    return {"package": package.name, "reason": reason}


def main() -> None:
    """Judges each package that could be installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--missing", nargs=2, action="append", default=[], metavar="NAME WHY")
    missing = dict(parser.parse_args().missing)
    unavailable = known().unavailable
    packages: list[dict[str, Any]] = []
    for package in PACKAGES:
        reason = missing.get(package.name) or unavailable.get(package.framework)
        print(f"{package.name}: {reason or 'judging'}", file=sys.stderr, flush=True)
        packages.append(told(package, reason))
    layers = [layer for package in packages for layer in package.get("layers", ())]
    results = {
        "suite": __version__,
        "machine": f"{platform.system()} {platform.machine()}",
        "ran": list(dict.fromkeys(layer["ran"] for layer in layers if "ran" in layer)),
        "packages": packages,
    }
    write(results)
    print(f"written: {RESULTS} and {PAGE}")


if __name__ == "__main__":
    main()
