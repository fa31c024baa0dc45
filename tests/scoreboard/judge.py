"""Holds the declared gradients of a package to their laws, in the interpreter that has it.

    PYTHONPATH=.envs/scoreboard-norse .envs/torch/bin/python -m tests.scoreboard.judge norse

prints a line for each; with a name as well, such as ``Sigmoid``, only for what contains it. With
``--json`` it prints one JSON list, for programs.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from conformance.law import findings
from tests.scoreboard.declared import Declared, of

KINDS = ("gradient", "output", "dtype", "raises")


def kind_of(what: str, detail: str) -> str:
    """What sort of difference a finding is, one of ``KINDS``."""
    if detail.startswith("it raises"):
        return "raises"
    if detail.startswith("dtype must be"):
        return "dtype"
    return "output" if what.startswith("output") else "gradient"


def judged(declared: Declared) -> dict[str, Any]:
    """What a package's function does otherwise than its law: the first of each kind and dtype."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for each in findings(declared.make(), declared.law, framework="torch"):
        kind = kind_of(each.what, each.detail)
        told = {"kind": kind, "dtype": each.dtype, "what": each.what, "detail": each.detail}
        found.setdefault((kind, each.dtype), told)
    return {"name": declared.name, "findings": list(found.values())}


def main() -> None:
    """Prints what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package")
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [judged(each) for each in of(options.package) if options.name in each.name]
    if options.json:
        print(json.dumps(rows))
        return
    for row in rows:
        print(f"{row['name']}: {'differs' if row['findings'] else 'follows its law'}")
        for each in row["findings"]:
            print(f"  {each['what']}, {each['dtype']}: {each['detail']}")


if __name__ == "__main__":
    main()
