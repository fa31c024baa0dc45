"""pytest: an item for each clause, dtype and transform of a layer that ``conforms`` marks.

The entry point ``pytest11`` loads this in every run of an environment, so it imports no NumPy.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .clauses import clauses

if TYPE_CHECKING:
    from .law import Judgement

MARK = "__conforms__"
FILES = {"skips": "not run", "xfails": "expected to fail; one that passes is a failure"}
ENTRIES = pytest.StashKey["dict[str, dict[str, bool]]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "layers that follow a law")
    for name, meaning in FILES.items():
        group.addoption(
            f"--{name}-file",
            metavar="FILE",
            help=f"items that are {meaning}; a name, or a pattern with *, a line, # comments",
        )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ENTRIES] = {name: _read(config.getoption(f"{name}_file")) for name in FILES}


def _read(file: str | None) -> dict[str, bool]:
    """The entries of a file, and whether each was met."""
    if file is None:
        return {}
    try:
        lines = Path(file).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise pytest.UsageError(f"cannot read {file}: {error}") from error
    entries = (line.partition("#")[0].strip() for line in lines)
    return dict.fromkeys((entry for entry in entries if entry), False)


def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str, obj: object
) -> pytest.Collector | None:
    # Of the object's own: a subclass, or an instance of a marked class, is another subject.
    if MARK not in getattr(obj, "__dict__", ()):
        return None
    return Layer.from_parent(collector, name=name, subject=obj)


class Layer(pytest.Collector):
    """A marked layer."""

    def __init__(self, *, subject: Any, **more: Any) -> None:
        super().__init__(**more)
        self.subject = subject

    def collect(self) -> Iterator[pytest.Item]:
        from .law import Judgement  # noqa: PLC0415 - it imports the framework

        options = vars(getattr(self.subject, MARK)).copy()
        judgement = Judgement(self.subject, options.pop("law"), **options)
        for dtype, transform in judgement.parts:
            for clause in judgement.clauses(transform):
                yield LawItem.from_parent(
                    self,
                    name=f"{clause}-{dtype}-{transform}",
                    judgement=judgement,
                    part=(dtype, transform),
                    clause=clause,
                )


class LawItem(pytest.Item):
    """One clause of the law, in one dtype and through one transform."""

    def __init__(
        self, *, judgement: Judgement, part: tuple[str, str], clause: str, **more: Any
    ) -> None:
        super().__init__(**more)
        self.judgement, self.part, self.clause = judgement, part, clause

    def runtest(self) -> None:
        outcome, why = self.judgement.judged(self.clause, *self.part)
        if outcome == "untried":
            pytest.skip(f"not tried: {why}")
        if outcome == "failed" and clauses()[self.clause].level == "SHOULD":
            pytest.xfail(why.replace("\n", "; "))
        if outcome == "failed":
            raise LawBroken(why)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, LawBroken):
            names = f"{self.judgement.name} does not follow {self.judgement.law.name}"
            return f"{names}:\n{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"{self.parent.name if self.parent else ''}: {self.name}"


class LawBroken(AssertionError):
    """A layer does otherwise than its law says."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    entries = config.stash[ENTRIES]
    for item in items:
        if not isinstance(item, LawItem):
            continue
        for entry in _matching(entries["skips"], item):
            item.add_marker(pytest.mark.skip(reason=f"{entry}: --skips-file"))
        for entry in _matching(entries["xfails"], item):
            item.add_marker(pytest.mark.xfail(reason=f"{entry}: --xfails-file", strict=True))


def _matching(entries: dict[str, bool], item: pytest.Item) -> list[str]:
    """The entries that name an item, by its whole node id or by an end of it."""
    ends = [item.nodeid, *(item.nodeid.split("::", i)[-1] for i in (1, 2))]
    found = [entry for entry in entries if any(fnmatchcase(end, entry) for end in ends)]
    entries.update(dict.fromkeys(found, True))
    return found


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    return [
        f"no item is named by {entry!r} of --{name}-file"
        for name, entries in config.stash[ENTRIES].items()
        for entry, met in entries.items()
        if not met
    ]
