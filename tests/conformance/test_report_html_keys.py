"""The page in a browser, by the keyboard: focus, filter, sort, copy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.test_report_html_browser import (
    UNFOLD,
    Browser,
    browser,
    needs_browser,
    urls,
)

__all__ = ["browser", "urls"]  # fixtures
pytestmark = needs_browser

FOCUS = """(() => {
  const one = document.activeElement, style = getComputedStyle(one), head = one.closest("header");
  const {top, bottom, height} = one.getBoundingClientRect();
  const free = head ? 0 : document.querySelector("header").getBoundingClientRect().bottom;
  const seen = Math.min(bottom, innerHeight) - Math.max(top, free);
  return {what: one === document.body ? "" : one.textContent.trim() || one.name,
          outlined: style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2,
          seen: seen >= Math.min(height, 40) - 1};
})()"""


@pytest.mark.parametrize("width", [1280, 375])
def test_the_head_stays_and_hides_nothing_that_is_focused(
    width: int, browser: Browser, urls: dict[str, str]
) -> None:
    browser.show(urls["foreign"], width)
    browser.js(f"{UNFOLD} scrollTo(0, 3000)")
    assert browser.js("document.querySelector('header').getBoundingClientRect().top") == 0
    browser.js("scrollTo(0, 0)")
    stops = []
    while (stop := _tabbed(browser))["what"]:
        stops.append(stop)
    assert [stop for stop in stops if not (stop["outlined"] and stop["seen"])] == []
    assert {"words", "Clear", "Copy", "Case", "FAIL 7/13", "#failed-R3-6"} <= {
        s["what"] for s in stops
    }


def _tabbed(browser: Browser) -> Any:
    browser.press("Tab")
    return browser.js(FOCUS)


def _tab_to(browser: Browser, what: str) -> None:
    """Press Tab until what is focused has this text or name."""
    while (at := _tabbed(browser)["what"]) != what:
        assert at, f"no key leads to {what}"


def _shown(browser: Browser) -> list[str]:
    """The cases that are to be seen."""
    seen = "[...document.querySelectorAll('tr.case')].filter(row => row.checkVisibility())"
    return list(browser.js(f"{seen}.map(row => row.cells[4].innerText)"))


def test_the_filter_by_keys(browser: Browser, urls: dict[str, str]) -> None:
    browser.show(urls["broken"])
    _tab_to(browser, "Filter")
    browser.press("Enter")
    _tab_to(browser, "words")
    browser.press(*"failed float16")
    status = "document.querySelector('[role=status]').textContent"
    assert browser.js(status) == "7 of 502 results"
    assert len(_shown(browser)) == 7
    assert browser.js("document.querySelector('#failed-S1').checkVisibility()") is False
    for name, left in (("layer", 7), ("backend", 5)):
        browser.js(f"document.querySelector('[name={name}]').focus()")
        browser.press("ArrowDown")
        assert browser.js(status).split()[0] == str(left)
    _tab_to(browser, "Clear")
    browser.press("Enter")
    assert browser.js(status) == "502 of 502 results"
    assert _shown(browser) == []  # all is folded again


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize(
    ("name", "value", "left"),
    [("layer", "mul_scalar", 162), ("backend", "chainer", 168), ("clause", "G19", 3)],
)
def test_the_filter_by_choice(
    name: str, value: str, left: int, width: int, browser: Browser, urls: dict[str, str]
) -> None:
    browser.show(urls["broken"], width)
    field = f"document.querySelector('[name={name}]')"
    browser.js(f"{field}.value = '{value}'; {field}.dispatchEvent(new Event('input'))")
    assert len(_shown(browser)) == left


def test_a_link_to_what_is_filtered_out_shows_it(browser: Browser, urls: dict[str, str]) -> None:
    browser.show(urls["foreign"])
    browser.js("document.querySelector('[name=words]').value = 'sorted'; filter()")
    assert browser.js("document.querySelector('#failed-S9').checkVisibility()") is False
    browser.js("document.querySelector('nav a[href=\"#failed-S9\"]').focus()")
    browser.press("Enter")
    assert browser.js("document.querySelector('#failed-S9').checkVisibility()") is True


def test_a_table_is_sorted_by_keys(browser: Browser, urls: dict[str, str]) -> None:
    browser.show(urls["foreign"])
    browser.js("document.querySelector('[name=words]').value = 'sorted'; filter()")
    button = "document.querySelector('#R-1 th:nth-child(6) button')"
    browser.js(f"{button}.focus()")
    finite, far = [0, 2, 4, 5], [1, 3]  # of MIXED; beyond a million ULP all are alike
    up, down = [*finite, *far], [*far, *finite[::-1]]
    for order, direction in ((up, "ascending"), (down, "descending")):
        browser.press("Enter")
        assert browser.js(f"{button}.parentElement.ariaSort") == direction
        assert _shown(browser) == [*(f"sorted-{n}" for n in order), "sorted-none"]
    browser.js("document.querySelector('#R-1 th:nth-child(5) button').focus()")
    browser.press("Enter")
    assert _shown(browser) == [*(f"sorted-{n}" for n in range(6)), "sorted-none"]
    assert browser.js(f"{button}.parentElement.ariaSort") is None


def test_a_command_is_copied_by_keys(browser: Browser, urls: dict[str, str]) -> None:
    browser.show(urls["foreign"])
    permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
    browser.call("Browser.grantPermissions", permissions=permissions)
    _tab_to(browser, "Copy")
    browser.press("Enter")
    assert browser.js("navigator.clipboard.readText()") == "rerun 0"
    assert browser.js(FOCUS)["what"] == "Copied"
    browser.js("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    browser.press("Enter")
    assert browser.js("String(getSelection())").strip() == "rerun 0"
    assert browser.js(FOCUS)["what"] == "Selected"
