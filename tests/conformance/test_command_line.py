"""``python -m conformance``: exit statuses and what is said with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance import __main__ as command_line
from conformance.case import LAYERS
from conformance.interpreters import BACKENDS, Environments
from conformance.options import parse
from tests.conformance.whole_runs import BACKEND, conformance, needs_backend

LAW = ("--subject", "chainer:a:b", "--law")


def mine(place: str, *more: str) -> tuple[str, ...]:
    """The options that name a subject."""
    return ("--subject", f"{BACKEND}:{place}", "--layer", "mul_scalar", *more)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--backend", "jax"), BACKENDS),
        (("--layer", "dropout"), LAYERS),
        (("--clause", "Z9"), ("Z9", "G1", "R3")),
        (("--device", "tpu"), ("cpu", "cuda")),
        (("--subject", "torch"), ("BACKEND:MODULE:NAME",)),
        (("--subject", "torch:module:Name"), ("--layer", *LAYERS, "; or --law LAW")),
        (("--subject", "jax:a:b", "--layer", "mul_scalar"), ("judged by a law alone: --law LAW",)),
        (("--seed", "-1"), ("-1",)),
        (("--draws", "3"), ("at least 32", "3")),
        (("--timeout", "0"), ("positive",)),
        (("--law", "swish"), ("--law goes with --subject",)),
        (("--transform", "grad"), ("--transform goes with --law",)),
        ((*LAW, "nothing"), ("no published law 'nothing'; there are clamp_straight_through, ",)),
        ((*LAW, "gradient_reversel"), ("did you mean gradient_reversal?",)),
        ((*LAW, "swish", "--layer", "mul_scalar"), ("--law takes the place of --layer",)),
    ],
)
def test_bad_arguments_exit_2_and_name_the_good_ones(
    arguments: tuple[str, ...], said: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(list(arguments))
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert [word for word in said if word not in err] == []


@needs_backend
@pytest.mark.parametrize(
    ("arguments", "env", "said"),
    [
        (
            ("--backend", "nnabla"),
            Environments(unavailable={"nnabla": "no Python 3.10"}).variables(),
            "no Python 3.10",
        ),
        (mine("no_such:f"), {}, "No module named 'no_such'"),
        (mine(f"grl_{BACKEND}:no_such"), {}, "mul_scalar"),
        (mine("module:f", "--python", "/bin/false"), {}, "/bin/false"),
        (("--backend", BACKEND, "--device", "cuda"), {"CUDA_VISIBLE_DEVICES": ""}, "cuda"),
        (("--json", "folder"), {}, "folder cannot be written: folder is a folder"),
        (("--json", "file/report.json"), {}, "file/report.json cannot be written"),
        (("--json", "report.html"), {}, "cannot both be report.html"),
        (("--summary", "folder"), {}, "folder cannot be written: folder is a folder"),
        (("--summary", "file/summary.md"), {}, "file/summary.md cannot be written"),
        (("--badge", "file/badge.json"), {}, "file/badge.json cannot be written"),
        (("--badge", "x", "--summary", "./x"), {}, "--badge and --summary cannot both be x"),
        (("--json", "x", "--badge", "x.html"), {}, "--json and --badge cannot both be x.html"),
        (("--json", "x.json", "--summary", "x.json"), {}, "--json and --summary cannot both be x"),
    ],
)
def test_what_cannot_run_exits_2_with_the_reason_before_the_run(
    arguments: tuple[str, ...],
    env: dict[str, str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    briefly = ("--quick", "--clause", "G5")  # if it does run
    assert command_line.main([*arguments, *briefly]) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert "Traceback" not in err
    assert not out
    assert not list(tmp_path.glob("reports/*"))
    assert not (tmp_path / "x").exists()


def test_without_assertions_nothing_is_judged(tmp_path: Path) -> None:
    done = conformance(tmp_path, PYTHONOPTIMIZE="2")
    assert (done.returncode, done.stdout) == (2, "")
    assert "-O takes assertions away" in done.stderr


@needs_backend
def test_no_case_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert command_line.main(["--backend", BACKEND, "--", "-k", "no_such_test"]) == 2


@needs_backend
def test_a_run_writes_its_report_and_exits_0(tmp_path: Path) -> None:
    file = tmp_path / "new" / "report.json"
    arguments = ("--backend", BACKEND, "--clause", "G5", "--quick", "--json", str(file))
    done = conformance(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr + done.stdout
    run = json.loads(file.read_text("utf-8"))
    assert run["footer"]["complete"]
    assert run["header"]["chosen"] == ["--clause G5"]
    assert {result["clause"] for result in run["results"]} == {"G5"}
    assert {result["layer"] for result in run["results"]} == set(LAYERS)
    assert "<html" in file.with_suffix(".html").read_text("utf-8")
    assert "All that was tried conforms" in done.stdout
    assert "ONLY A PART WAS TRIED: --clause G5" in done.stdout


@needs_backend
def test_a_wrong_layer_exits_1_is_told_in_every_report_and_can_be_run_again_alone(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.py").write_text("def reversal(x, scale):\n    return x * 1\n", "utf-8")
    (tmp_path / "summary.md").write_text("# Of the step before\n", "utf-8")
    arguments = ["--subject", f"{BACKEND}:mine.py:reversal", "--layer", "gradient_reversal"]
    arguments += ["--quick", "--json", "new/report.json"]
    more = ("--clause", "R2", "--summary", "summary.md", "--badge", "new/badge.json")
    done = conformance(tmp_path, *arguments, *more)
    assert done.returncode == 1, done.stderr + done.stdout
    assert "fails R2" in done.stdout
    written = "new/report.json, new/report.html, new/badge.json, summary.md"
    assert done.stdout.endswith(f"\nReports: {written}\n")
    badge = json.loads((tmp_path / "new/badge.json").read_bytes())
    assert (badge["message"], badge["color"]) == ("does not conform: R2", "red")
    summary = (tmp_path / "summary.md").read_text("utf-8")
    assert summary.startswith("# Of the step before\n\n## Conformance: NOT conforming\n")
    assert "does NOT conform: **R2 dx is " in summary
    assert ": dx0 = 1 * dy, not " in summary
    results = json.loads((tmp_path / "new/report.json").read_text("utf-8"))["results"]
    failed = next(result for result in results if result["outcome"] == "failed")
    alone = failed["rerun"].partition(" -- ")[2].strip("'")
    done = conformance(tmp_path, *arguments, "--", alone)
    assert done.returncode == 1
    (result,) = json.loads((tmp_path / "new/report.json").read_text("utf-8"))["results"]
    assert (result["clause"], result["case"]) == (failed["clause"], failed["case"])
