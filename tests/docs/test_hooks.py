"""What the hooks of the site make of text that is written for GitHub, and for Python's help."""

from __future__ import annotations

import importlib

import pytest

from docs.hooks.text import ROOT, docstring, in_site, public, reference, shown

TABLE = """\
<table>
<tr><th>One</th><th>Two</th></tr>
<tr valign="top">
<td>

```python
a = 1
```

</td>
<td>

b

</td>
</tr>
</table>
"""


@pytest.mark.parametrize(
    ("there", "here"),
    [
        ("[a](../conformance/SPEC.md#g-general)", "[a](specification.md#g-general)"),
        ("[a](../dev.py) [b](../dev.py#x)", "[a](source/dev.py.md) [b](source/dev.py.md#x)"),
        ("[a](../tests/docs)", "[a](source/tests/docs.md)"),
        ("![a](../benchmarks/runs/cpu-size.svg)", "![a](source/benchmarks/runs/cpu-size.svg)"),
        ("[a](torch.md) [b](#c)", "[a](torch.md) [b](#c)"),
        ("[a](../nowhere.py)", "[a](../nowhere.py)"),  # MkDocs tells of it
        (TABLE, '=== "One"\n\n    ```python\n    a = 1\n    ```\n\n=== "Two"\n\n    b\n'),
    ],
)
def test_for_the_site(there: str, here: str) -> None:
    assert in_site(there) == here


def test_a_table_that_is_no_row_of_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="got 2 heads, 1 cells"):
        in_site(TABLE.replace("<td>\n\nb\n\n</td>\n", ""))


@pytest.mark.parametrize(
    ("there", "here"),
    [
        ("As :func:`~a.b` of :mod:`c`.", "As `a.b` of `c`."),
        (
            "Top.\n\nInputs\n    An array,\n    or two.",
            "Top.\n\nInputs\n:   An array,\n    or two.",
        ),
        ("Factors\n-------\n``a`` is", "**Factors**\n\n``a`` is"),
        ("Args:\n    x: any shape.", "Args:\n    x: any shape."),
    ],
)
def test_docstring(there: str, here: str) -> None:
    assert docstring(there) == here


def test_pages_of_code_and_of_folders() -> None:
    code = shown(ROOT / "docs" / "hooks" / "text.py")
    assert code.startswith('# docs/hooks/text.py\n\n`````py\n"""Markdown')
    assert code.endswith("`````\n")
    folder = shown(ROOT / "docs" / "hooks").splitlines()
    assert folder[:3] == ["# docs/hooks/", "", "The files of this folder:"]
    assert {"- `site.css`", "- `site.py`", "- `text.py`"} <= {*folder}
    assert not [line for line in folder if "cache" in line]


@pytest.mark.parametrize("package", ["conformance.law", "conformance.laws"])
def test_public_names_are_found_without_an_import(package: str) -> None:
    module = importlib.import_module(package)
    assert list(public(package)) == module.__all__
    for name, where in public(package).items():
        defined, _, last = where.rpartition(".")
        assert last == name
        assert getattr(importlib.import_module(defined), name) is getattr(module, name)


def test_a_page_of_the_reference_has_what_it_is_to_show() -> None:
    lines = reference("Torch", "grl_torch").splitlines()
    assert lines[:3] == ["# Torch", "", "::: grl_torch"]
    assert "::: grl_torch.gradient_reversal.gradient_reversal" in lines
    assert sum(line.startswith("::: ") for line in lines) == 1 + len(public("grl_torch"))
    some = reference("One", "grl_torch", ("dann_scale",)).splitlines()
    assert [line for line in some if line.startswith(":::")][1:] == [
        "::: grl_torch.schedules.dann_scale"
    ]
