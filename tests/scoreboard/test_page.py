"""The page is what the program writes from the results, and the entries are well-formed."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from conformance import LAYERS
from conformance.interpreters import HOME
from conformance.law.checked import check_law
from environments.specs import SCOREBOARD
from tests.scoreboard import page
from tests.scoreboard.declared import Declared, of
from tests.scoreboard.judge import kind_of
from tests.scoreboard.packages import PACKAGES, Layer, Package

ROOT = HOME.parent
RESULTS = json.loads(page.RESULTS.read_text("utf-8"))
KINDS = ("layers", "declared")
FOUND = {each["package"]: each for each in RESULTS["packages"]}
by_name = pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
by_layer = pytest.mark.parametrize(
    "layer",
    [layer for package in PACKAGES for layer in package.layers],
    ids=lambda layer: layer.subject,
)
by_declared = pytest.mark.parametrize(
    "declared",
    [each for package in PACKAGES if package.declared for each in of(package.declared)],
    ids=lambda declared: declared.name,
)


def test_the_page_is_written_from_the_results() -> None:
    assert page.PAGE.read_text("utf-8") == page.page(RESULTS)


def test_every_package_is_listed_and_judged() -> None:
    names = [package.name for package in PACKAGES]
    assert sorted(names) == sorted(SCOREBOARD)
    assert [each["package"] for each in RESULTS["packages"]] == names


@by_name
def test_the_results_are_those_of_the_pinned_version(package: Package) -> None:
    pins = (ROOT / "environments" / f"scoreboard-{package.name}.txt").read_text("utf-8")
    found = FOUND[package.name]
    assert "reason" in found or f"\n{package.name}=={found['version']} " in pins.lower()


@by_name
def test_the_results_are_those_of_the_entries(package: Package) -> None:
    found = FOUND[package.name]
    declared = of(package.declared) if package.declared else []
    assert package.layers or declared
    if "reason" not in found:
        assert [each["name"] for each in found["layers"]] == [
            layer.name for layer in package.layers
        ]
        assert [e["name"] for e in found.get("declared", ())] == [d.name for d in declared]


@by_layer
def test_a_layer_names_what_is_there(layer: Layer) -> None:
    assert layer.layer in LAYERS
    where, _, name = layer.subject.partition(":")
    if where.endswith(".py"):
        tree = ast.parse((ROOT / where).read_text("utf-8"))
        assert name in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


@by_declared
def test_a_law_does_not_contradict_itself(declared: Declared) -> None:
    check_law(declared.law, 0)
    assert declared.law.name in declared.name


@pytest.mark.parametrize(
    ("what", "detail", "kind"),
    [
        ("values", "it raises TypeError: x", "raises"),
        ("output of values", "dtype must be float16, got float32", "dtype"),
        ("output of points", "expected[0] = 1.0, got[0] = 0.0", "output"),
        ("gradient of x, values", "at x = 1 the declared gradient is 1, got 2", "gradient"),
        ("x afterwards", "the input was changed", "gradient"),
    ],
)
def test_a_difference_has_a_kind(what: str, detail: str, kind: str) -> None:
    assert kind_of(what, detail) == kind


def _declared(package: Package, *findings: dict[str, str]) -> str:
    rows: list[dict[str, Any]] = [
        {"name": each.name, "findings": list(findings)} for each in of(package.declared)
    ]
    found = {"package": package.name, "version": "1", "date": "2026-01-01", "declared": rows}
    others = [each for each in RESULTS["packages"] if each["package"] != package.name]
    return page.page({**RESULTS, "packages": [*others, found]})


NORSE = next(package for package in PACKAGES if package.name == "norse")


def test_a_difference_at_a_point_is_told() -> None:
    said = "at x = 0 the declared gradient is 1, got 2"
    of_a_point = {"kind": "gradient", "dtype": "float64", "what": "points", "detail": said}
    text = _declared(NORSE, of_a_point)
    assert "| `threshold.triangle_fn(x, k)` | ok | gradient differs at a point | ok |" in text
    assert f"`points, float64: {said}`" in text


def test_behind_another_dtype_nothing_is_told() -> None:
    text = _declared(
        NORSE,
        {
            "kind": "dtype",
            "dtype": "float16",
            "what": "o",
            "detail": "dtype must be a, got float32",
        },
        {"kind": "gradient", "dtype": "float16", "what": "values", "detail": "off by a unit"},
    )
    assert "| `threshold.triangle_fn(x, k)` | ok | ok | gives float32 |" in text
    assert "off by a unit" not in text


def test_a_package_that_is_missing_has_its_reason() -> None:
    others = [each for each in RESULTS["packages"] if each["package"] != "skada"]
    missing = {"package": "skada", "reason": "no wheel for this machine"}
    text = page.page({**RESULTS, "packages": [*others, missing]})
    assert "| skada |  | not judged |  |  |" in text
    assert "Not judged: no wheel for this machine" in text
