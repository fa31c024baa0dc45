"""The table in docs/torch.md: checked against the tests that there are, or written anew.

python -m tests.grl_torch.table           run all tests of grl_torch; write it if all pass
python -m tests.grl_torch.table --check   only collect them, and compare
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.grl_torch.cells import ROWS
from tests.grl_torch.declared import LAYERS

ROOT = Path(__file__).parents[2]
FOLDER = "tests/grl_torch"
PAGE = ROOT / "docs" / "torch.md"
BEGIN = "<!-- begin: python -m tests.grl_torch.table -->\n"
END = "<!-- end -->\n"


def table() -> str:
    """The table in Markdown."""
    lines = ["| | " + " | ".join(LAYERS) + " | proved in |", "|---" * (len(LAYERS) + 2) + "|"]
    for row in ROWS:
        proofs = (proof for cell in row.cells.values() for proof in cell.proofs)
        files = ", ".join(dict.fromkeys(proof.split("::")[0] for proof in proofs))
        cells = " | ".join(row.cells[name].text for name in LAYERS)
        lines.append(f"| {row.what} | {cells} | {files} |")
    return "\n".join(lines) + "\n"


def unproved(tests: Iterable[str]) -> list[str]:
    """The cells that name a test which is not among the node ids."""
    cases: dict[str, list[str]] = {}
    for test in tests:
        name, _, case = test.removeprefix(f"{FOLDER}/").partition("[")
        cases.setdefault(name, []).append(case)
    return [
        f"{row.what}, {layer}: {proof}"
        for row in ROWS
        for layer, cell in row.cells.items()
        for proof in cell.proofs or ("no test is named",)
        if not any(_is_about(case, proof, layer) for case in cases.get(proof.partition("[")[0], []))
    ]


def _is_about(case: str, proof: str, layer: str) -> bool:
    part = proof.partition("[")[2].removesuffix("]")
    named = [name for name in LAYERS if name in case]
    return part in case and (not named or layer in named)


def page_with(new: str) -> str:
    """The page, with this table in the place of the one that is there."""
    before, begin, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE} must hold the lines {BEGIN.strip()} and {END.strip()}")
    return before + begin + new + end + after


class _Seen:
    """A plugin for pytest that keeps the ids of the tests, and of those that did not pass."""

    def __init__(self) -> None:
        self.tests: list[str] = []
        self.failed: list[str] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.tests = [item.nodeid for item in session.items]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self.failed.append(report.nodeid)


def main(arguments: list[str]) -> int:
    """The exit status."""
    check = arguments == ["--check"]
    if arguments and not check:
        print(__doc__)
        return 2
    seen = _Seen()
    options = ["--collect-only", "-qq"] if check else ["-q"]
    # The test that calls this has no part in it.
    status = pytest.main([*options, f"--ignore={FOLDER}/test_table.py", FOLDER], plugins=[seen])
    missing = unproved(seen.tests)
    for line in missing:
        print(f"no test proves: {line}")
    for test in seen.failed:
        print(f"did not pass: {test}")
    if status or missing or seen.failed:
        return 1
    page = page_with(table())
    if check:
        if page != PAGE.read_text("utf-8"):
            print(f"{PAGE.name} is not what the tests give: run python -m tests.grl_torch.table")
            return 1
    else:
        PAGE.write_text(page, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
