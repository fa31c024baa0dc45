"""`dev.py test` installs the rivals and the ecosystem; `--torch` runs it on other versions."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from environments.specs import TORCH_ENDS
from tests.dev.conftest import ROOT, Checkout

# Says what it was given, and reports what pytest would.
FAKE_PYTEST = """\
import json, os, sys
if __name__ == "__main__":
    seen = {name: value for name, value in os.environ.items() if name.startswith("GRL_SUITE_")}
    print("SEEN", json.dumps({"arguments": sys.argv[1:], **seen}))
    with open(sys.argv[-1].partition("=")[2], "w") as report:
        report.write('<testsuite tests="5" failures="1" errors="0" skipped="1"/>')
    sys.exit(1)
"""


@pytest.fixture
def tested(suite: Checkout) -> Checkout:
    """A checkout whose environments have the false pytest."""
    fake = suite.root.parent / "fake_pytest.py"
    fake.write_text(FAKE_PYTEST)
    suite.env["FAKE_UV_PYTEST"] = str(fake)
    return suite


def seen(stdout: str) -> list[dict[str, Any]]:
    """What each run of pytest was given."""
    lines = [line.partition(" ") for line in stdout.splitlines()]
    return [json.loads(rest) for word, _, rest in lines if word == "SEEN"]


def test_tests_get_the_rivals_and_the_ecosystem_in_folders_of_their_own(tested: Checkout) -> None:
    done = tested.run("test", "--backend", "torch")
    folders = {entry["name"]: entry["arguments"] for entry in tested.record}
    assert tested.installed() == ["controller", "ecosystem-torch", "rivals-torch", "torch"]
    home = tested.root / ".envs"
    arguments = folders["ecosystem-torch"]
    assert arguments[arguments.index("--python") + 1] == str(home / "torch/bin/python")
    assert arguments[-5:-1] == ["--no-deps", "--target", str(home / "ecosystem-torch"), "-r"]
    assert arguments[-1] == str(tested.root / "environments/ecosystem-torch.txt")
    for kind in ("ecosystem", "rivals"):
        wanted = {"torch": str(home / f"{kind}-torch")}
        given = [json.loads(run[f"GRL_SUITE_{kind.upper()}"]) for run in seen(done.stdout)]
        assert given == [wanted, wanted]  # to the controller's tests and to torch's


def test_without_the_ecosystem_the_tests_go_on_loudly(tested: Checkout) -> None:
    failing = {"FAKE_UV_DO": "fail", "FAKE_UV_FOR": "ecosystem"}
    done = tested.run("test", "--backend", "torch", **failing)
    assert "ecosystem-torch: SKIPPED, it goes on without them" in done.stderr
    assert "no such package on this planet" in done.stderr
    assert [json.loads(run["GRL_SUITE_ECOSYSTEM"]) for run in seen(done.stdout)] == [{}, {}]


@pytest.mark.parametrize("end", TORCH_ENDS)
def test_end_runs_the_layers_tests_alone_in_an_environment_of_its_own(
    tested: Checkout, end: str
) -> None:
    done = tested.run("test", "--torch", end, "--", "-k", "shake")
    assert tested.record[0]["arguments"][-1].endswith(f"environments/torch-{end}.txt")
    assert tested.installed() == [f"torch-{end}"]
    [run] = seen(done.stdout)
    assert run["arguments"][:-1] == ["-q", "tests/grl_torch", "-k", "shake"]
    assert json.loads(run["GRL_SUITE_ECOSYSTEM"]) == {}  # which is pinned for another torch
    assert done.stdout.splitlines()[-1] == "3 passed, 1 failed, 1 skipped"
    assert done.returncode == 1
    tested.run("test", "--torch", end)
    assert tested.installed() == []


def test_no_other_command_makes_an_end(tested: Checkout) -> None:
    for arguments in (["setup"], ["conformance"], ["test", "--torch", "pinned"]):
        tested.run(*arguments)
    installed = tested.installed()
    assert "ecosystem-torch" in installed  # the last one went all the way
    assert not {spec.name for spec in TORCH_ENDS.values()} & set(installed)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--torch", "2.9"], "'pinned', 'oldest', 'newest'"),
        (["--torch", "oldest", "--backend", "torch"], "leave --backend out"),
    ],
)
def test_bad_version_is_refused(tested: Checkout, arguments: list[str], said: str) -> None:
    done = tested.run("test", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert tested.installed() == []


def test_end_that_cannot_be_made_ends_the_command(tested: Checkout) -> None:
    done = tested.run("test", "--torch", "oldest", FAKE_UV_DO="fail")
    assert done.returncode == 2
    assert ".envs/torch-oldest could not be made" in done.stderr


def test_pinned_version_lies_between_the_ends() -> None:
    def version(name: str) -> tuple[int, ...]:
        pins = (ROOT / "environments" / f"{name}.txt").read_text()
        found = re.search(r"^torch==([\d.]+)", pins, re.MULTILINE)
        assert found
        return tuple(map(int, found[1].split(".")))

    assert version("torch-oldest") < version("torch") < version("torch-newest")
