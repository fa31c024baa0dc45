"""The page in a browser, as it looks: widths, colours, print, links without a script."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.report import write_html
from tests.conformance.report_examples import TITLES, failure, large, result, run

PROGRAM = shutil.which("chromium") or shutil.which("google-chrome") or ""
needs_browser = pytest.mark.skipif(not PROGRAM, reason="no Chromium is installed here")
pytestmark = needs_browser

EVIL = "<script>alert('x')</script>&\"'><img src=x onerror=alert(1)>" + "wide" * 60
MIXED = [0.5, float("nan"), 2.0, float("inf"), 10.0, 5.67e5]
RUNS = {
    "passed": large(),
    "broken": large(broken=True, cupy="it is not installed"),
    "foreign": run(
        *(failure(case=f"case-{n}", rerun=f"rerun {n}") for n in range(6)),
        failure(clause="S9", case=EVIL, subject=EVIL, detail=EVIL, layer=EVIL, rerun=EVIL),
        failure(clause="G20", level="SHOULD"),
        *(result(clause="R1", case=f"sorted-{n}", error=error) for n, error in enumerate(MIXED)),
        result(clause="R1", case="sorted-none", error=None),
        foreign=True,
    ),
    "interrupted": large().ended(complete=False, seconds=1, interrupted=True),
}
KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), "End": (35, ""), "ArrowDown": (40, "")}


class Browser:
    """A headless Chromium, driven over two pipes by its DevTools protocol.

    See https://chromedevtools.github.io/devtools-protocol/. Each message is JSON and a null byte.
    """

    def __init__(self, folder: Path) -> None:
        requests, self._out = _pipe()
        self._in, answers = _pipe()
        options = ["--headless", "--remote-debugging-pipe", f"--user-data-dir={folder / 'user'}"]
        if os.geteuid() == 0:
            options.append("--no-sandbox")  # the sandbox takes no root
        self._said = folder / "said"
        mode = os.O_WRONLY | os.O_CREAT
        files = [
            (os.POSIX_SPAWN_DUP2, requests, 3),
            (os.POSIX_SPAWN_DUP2, answers, 4),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, str(self._said), mode, 0o600),
        ]
        self._pid = os.posix_spawn(PROGRAM, [PROGRAM, *options], os.environ, file_actions=files)
        os.close(requests)
        os.close(answers)
        self._rest, self._number, self._session = b"", 0, {}
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        found = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": found["sessionId"]}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Any:
        """What a method of the protocol returns."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params, **self._session}
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, f"{method}: {answer}"
        return answer["result"]

    def _next(self) -> Any:
        while b"\0" not in self._rest:
            ready = select.select([self._in], [], [], 60)[0]
            read = os.read(self._in, 1 << 16) if ready else b""
            assert read, f"the browser says nothing more; it said {self._said.read_text()}"
            self._rest += read
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def show(self, url: str, width: int = 1280, scheme: str = "light", media: str = "") -> None:
        """Load a page anew in a window of this width."""
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", media=media, features=[feature])
        for address in ("about:blank", url):  # from one anchor to another nothing would load
            self.events.clear()
            self.call("Page.navigate", url=address)
            while not self.seen("Page.loadEventFired"):
                self.events.append(self._next())

    def seen(self, *methods: str) -> list[Any]:
        """The events of these kinds since the page was asked for."""
        return [event["params"] for event in self.events if event.get("method") in methods]

    def js(self, expression: str) -> Any:
        """The value of an expression in the page, awaited."""
        given = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        answer = self.call("Runtime.evaluate", **given, userGesture=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other: those of KEYS, or a letter."""
        for key in keys:
            code, text = KEYS.get(key, (0, key))
            for kind in ("keyDown", "keyUp") if text else ("rawKeyDown", "keyUp"):
                given = {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code}
                self.call("Input.dispatchKeyEvent", **given, text=text if kind == "keyDown" else "")

    def close(self) -> None:
        """End it."""
        self._session = {}
        self.call("Browser.close")
        os.waitpid(self._pid, 0)
        os.close(self._in)
        os.close(self._out)


def _pipe() -> tuple[int, int]:
    """A pipe whose ends are neither 3 nor 4, where the browser gets its own."""
    low = os.pipe()
    read, write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low)
    for end in low:
        os.close(end)
    return read, write


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    found = Browser(tmp_path_factory.mktemp("browser"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The address of the page of each run."""
    folder = tmp_path_factory.mktemp("pages")
    for name, of in RUNS.items():
        write_html(of, folder / f"{name}.html", TITLES)
    return {name: (folder / f"{name}.html").as_uri() for name in RUNS}


UNFOLD = "for (const one of document.querySelectorAll('details')) one.open = true;"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# WCAG 2.2, contrast (minimum), with the numbers of its definition of relative luminance.
FAINT = """(() => {
  const numbers = color => color.match(/[\\d.]+/g).map(Number);
  const luminance = color => numbers(color).slice(0, 3).reduce((sum, c, i) => {
    const s = c / 255;
    return sum + [.2126, .7152, .0722][i] * (s <= .04045 ? s / 12.92 : ((s + .055) / 1.055) ** 2.4);
  }, 0);
  const behind = one => {
    const color = getComputedStyle(one).backgroundColor;
    return numbers(color)[3] === 0 ? behind(one.parentElement) : color;
  };
  const texts = [...document.querySelectorAll("body *")].filter(one => one.getClientRects().length
    && [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
  return texts.map(one => {
    const both = [getComputedStyle(one).color, behind(one)];
    const [dark, light] = both.map(luminance).sort((a, b) => a - b);
    return [one.textContent, both.join(" on "), (light + .05) / (dark + .05)];
  });
})()"""


@pytest.mark.parametrize("name", RUNS)
def test_nothing_is_complained_of_and_nothing_fetched(
    name: str, browser: Browser, urls: dict[str, str]
) -> None:
    browser.show(urls[name])
    browser.js(UNFOLD)
    assert not browser.seen("Runtime.consoleAPICalled", "Runtime.exceptionThrown")
    assert not browser.seen("Log.entryAdded", "Page.javascriptDialogOpening")
    asked = [each["request"]["url"] for each in browser.seen("Network.requestWillBeSent")]
    assert asked == [urls[name]]


@pytest.mark.parametrize("width", [1280, 768, 375])
@pytest.mark.parametrize("name", RUNS)
def test_nothing_is_wider_than_the_window(
    name: str, width: int, browser: Browser, urls: dict[str, str]
) -> None:
    browser.show(urls[name], width)
    assert browser.js(OVERFLOW) == 0
    browser.js(UNFOLD)
    assert browser.js(OVERFLOW) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", RUNS)
def test_every_text_has_the_contrast_of_aa(
    name: str, scheme: str, browser: Browser, urls: dict[str, str]
) -> None:
    browser.show(urls[name], scheme=scheme)
    browser.js(UNFOLD)
    found = browser.js(FAINT)
    assert len(found) > 50
    assert [each for each in found if each[2] < 4.5] == []
    page = browser.js("getComputedStyle(document.body).backgroundColor")
    assert (page == "rgb(255, 255, 255)") == (scheme == "light")


def test_a_page_on_which_all_passes_is_short(browser: Browser, urls: dict[str, str]) -> None:
    browser.show(urls["passed"])
    assert browser.js("document.documentElement.scrollHeight") < 2 * 800


def test_the_first_failure_is_on_the_first_screen(browser: Browser, urls: dict[str, str]) -> None:
    browser.show(urls["broken"])
    assert browser.js("document.querySelector('.failure pre').getBoundingClientRect().bottom") < 800


@pytest.mark.parametrize("anchor", ["failed-R3-2", "failed-R3-6", "R-1"])
def test_a_link_unfolds_what_it_leads_to_without_a_script(
    anchor: str, browser: Browser, urls: dict[str, str]
) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.show(f"{urls['foreign']}#{anchor}")
    place = f"document.getElementById('{anchor}')"
    for needs_script in ("#filter", ".copy"):
        assert not browser.js(f"document.querySelector('{needs_script}').checkVisibility()")
    assert browser.js(f"{place}.checkVisibility()") is True
    assert 0 < browser.js(f"{place}.getBoundingClientRect().top") < 800
    browser.call("Emulation.setScriptExecutionDisabled", value=False)


def test_in_print_every_failure_is_unfolded_on_white(
    browser: Browser, urls: dict[str, str]
) -> None:
    browser.show(urls["foreign"], scheme="dark", media="print")
    seen = "[...document.querySelectorAll('.failure > div')].map(e => e.checkVisibility())"
    # Of the six failures of a clause three are folded into "and 3 more".
    assert browser.js(seen) == [True] * 3 + [False] * 3 + [True] * 2
    assert browser.js("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.js("getComputedStyle(document.querySelector('header')).position") == "static"
