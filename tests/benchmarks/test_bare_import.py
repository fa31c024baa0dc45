"""A module can be imported without what its package imports."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.idioms.bare_import import bare_import


@pytest.fixture(autouse=True)
def heavy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package whose every ``__init__`` fails, with a module that needs another one of it."""
    inner = tmp_path / "heavy_package" / "inner"
    inner.mkdir(parents=True)
    for folder in (inner, inner.parent):
        (folder / "__init__.py").write_text("raise RuntimeError('it was run')\n")
    (inner / "layer.py").write_text("from heavy_package.inner.helper import VALUE\n")
    (inner / "helper.py").write_text("VALUE = 3\n")
    (inner / "greedy.py").write_text("import package_that_is_not_there\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.startswith("heavy_package")]:
        del sys.modules[name]


def test_a_module_comes_without_its_packages() -> None:
    assert bare_import("heavy_package.inner.layer").VALUE == 3


def test_a_second_module_shares_what_is_imported() -> None:
    layer = bare_import("heavy_package.inner.layer")
    assert bare_import("heavy_package.inner.helper") is sys.modules["heavy_package.inner.helper"]
    assert bare_import("heavy_package.inner.layer") is layer


@pytest.mark.parametrize(
    ("module", "missing"),
    [
        ("package_that_is_not_there.layer", "package_that_is_not_there"),
        ("heavy_package.other.layer", "heavy_package.other"),
        ("heavy_package.inner.other", "heavy_package.inner.other"),
        ("heavy_package.inner.greedy", "package_that_is_not_there"),
    ],
)
def test_what_is_missing_is_named(module: str, missing: str) -> None:
    with pytest.raises(ModuleNotFoundError) as raised:
        bare_import(module)
    assert raised.value.name == missing
