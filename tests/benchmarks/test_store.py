"""The file of a run: it comes back bit for bit, pyperf reads it, and it tells nobody's name."""

from __future__ import annotations

import getpass
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyperf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.model import ITEM_BYTES, STAGES, Fault, Results, Row, Sample, Workload, store
from tests.benchmarks import made

SECONDS = st.floats(1e-9, 1e3)
ROWS = st.builds(
    Row,
    st.builds(
        Workload,
        st.sampled_from(["mul_scalar", "shake_shake"]),
        st.sampled_from(STAGES),
        st.lists(st.integers(1, 300), max_size=4).map(tuple),
        st.sampled_from(list(ITEM_BYTES)),
        st.sampled_from(["batch", "image"]),
        st.sampled_from(["cpu", "cuda"]),
    ),
    st.sampled_from(list(made.BACKENDS)),
    st.sampled_from(["ours", "ours, again", "copy", "custom op (Triton), 100 %"]),
)
# What a path could be made of does not come back.
NO_PATHS = st.text(st.characters(codec="utf-8", exclude_characters="/~"))
SAMPLES = st.lists(
    st.builds(
        Sample,
        st.integers(0, 20),
        st.integers(1, 1 << 20),
        st.lists(SECONDS, min_size=1, max_size=4).map(tuple),
        st.lists(st.floats(0, 1e3), max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=4,
)


@given(
    st.dictionaries(ROWS, SAMPLES, max_size=5),
    st.dictionaries(ROWS, st.builds(Fault, NO_PATHS, NO_PATHS), max_size=3),
)
def test_results_come_back_as_they_went(
    tmp_path_factory: pytest.TempPathFactory,
    samples: dict[Row, list[Sample]],
    faults: dict[Row, Fault],
) -> None:
    path = tmp_path_factory.mktemp("store") / "run.json"
    sent = Results({"preset": "quick", "rounds": 4}, samples, faults)
    store.save(sent, path)
    came = store.load(path)
    assert came == sent  # floats of JSON are exact, and a dataclass compares its types too
    assert list(came.samples) == list(samples)
    assert list(came.faults) == list(faults)


def test_an_older_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    store.save(made.results(seed=1), path)
    later = made.results(seed=2)
    store.save(later, path)
    assert store.load(path) == later
    assert os.listdir(tmp_path) == ["run.json"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("show", "Mean +- std dev: "),
        ("stats", "Number of run with values: 5"),
        ("check", "torch ours: mul scalar, both, 1, float32"),
        ("metadata", "cpu_model_name: Example 9000"),
        ("compare_to", "torch ours: mul scalar, both, 1, float32"),
    ],
)
def test_pyperf_reads_the_file(tmp_path: Path, command: str, expected: str) -> None:
    names = ["before.json", "after.json"] if command == "compare_to" else ["run.json"]
    for seed, name in enumerate(names):
        store.save(made.results(seed=seed), tmp_path / name)
    arguments = [sys.executable, "-m", "pyperf", command, *names]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout


def test_a_run_of_pyperf_is_a_round_of_ours(tmp_path: Path) -> None:
    sent = made.results()
    store.save(sent, tmp_path / "run.json")
    suite = pyperf.BenchmarkSuite.load(str(tmp_path / "run.json"))
    row, samples = list(sent.samples.items())[-1]
    runs = suite.get_benchmark(row.label).get_runs()
    assert [run.values for run in runs] == [sample.values for sample in samples]
    assert [run.get_loops() for run in runs] == [sample.loops for sample in samples]
    assert runs[0].warmups == tuple((samples[0].loops, value) for value in samples[0].warmups)


def test_the_file_names_no_machine_and_nobody(tmp_path: Path) -> None:
    sent = made.results()
    sent.header["system"] = store.system()
    sent.header["backends"]["torch"]["device"] = f"{Path.home()}/drivers/gpu0"
    row = next(iter(sent.faults))
    lines = f'File "{os.getcwd()}/idioms/x.py", line 3, in {sys.executable} at {Path.home()}'
    sent.faults[row] = Fault("failed", lines)
    store.save(sent, tmp_path / "run.json")
    text = (tmp_path / "run.json").read_text()
    for secret in (str(Path.home()), os.getcwd(), sys.prefix, f'"{socket.gethostname()}"'):
        assert secret not in text
    assert f"/{getpass.getuser()}" not in text
    assert not {"hostname", "python_executable", "python_cflags"} & set(
        json.loads(text)["metadata"]
    )
    came = store.load(tmp_path / "run.json")
    assert came.faults[row].reason.startswith('File "x.py", line 3, in python')
    assert came.header["backends"]["torch"]["device"] == "gpu0"


def test_what_tells_about_the_system_is_kept() -> None:
    facts = store.system()
    assert facts["cpu_count"] == os.cpu_count()
    assert facts["mem_total"] > 1 << 28
    assert set(facts) <= {*store.SYSTEM, "mem_total", "transparent_hugepage"}


@pytest.mark.parametrize(
    "reason", ["4096/4096 of a/b and / or ./x/y", "see https://example.org/a/b", "dx/dy is -0.37"]
)
def test_what_is_no_path_stays_as_it_is(tmp_path: Path, reason: str) -> None:
    row = Row(Workload("mul_scalar", "both"), "torch", "ours")
    sent = Results(faults={row: Fault("wrong", reason)})
    store.save(sent, tmp_path / "run.json")
    assert store.load(tmp_path / "run.json") == sent


def _changed(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**document, store.KEY: {**document[store.KEY], **changes}}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda text: None, "No such file or directory"),
        (lambda text: b"\xff\xfe\x00", "it cannot be read"),
        (lambda text: b"preset,rounds\n", "it cannot be read"),
        (lambda text: text[:-40], "it cannot be read"),
        (lambda text: b"[1, 2]", "it has no key"),
        (lambda text: b'{"kind": "conformance"}', "it has no key"),
        (lambda text: _edited(text, lambda d: {k: d[k] for k in ("version", "benchmarks")}),
         "it has no key"),
        (lambda text: _edited(text, lambda d: _changed(d, schema=9)),
         "its schema is 9, not 3"),
        (lambda text: _edited(text, lambda d: _changed(d, schema="1")), "its schema is '1'"),
        (lambda text: _edited(text, lambda d: {**d, store.KEY: []}), "it has no key"),
        (lambda text: _edited(text, lambda d: _changed(d, rows=d[store.KEY]["rows"][::-1])),
         "its rows and its 155 benchmarks are not the same"),
        (lambda text: _edited(text, lambda d: _changed(d, rows=[{"row": {"backend": "torch"}}])),
         "it is damaged (KeyError: 'workload'"),
        (lambda text: _edited(text, lambda d: {**d, "version": "7"}), "version '7' not supported"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused(tmp_path: Path, change: Any, found: str) -> None:
    path = tmp_path / "run.json"
    store.save(made.results(backends=["torch"]), path)
    written = change(path.read_bytes())
    path.unlink()
    if written is not None:
        path.write_bytes(written)
    with pytest.raises(ValueError, match="wanted the results of a run of the benchmarks") as raised:
        store.load(path)
    assert str(path) in str(raised.value)
    assert found in str(raised.value)


def _edited(text: bytes, edit: Any) -> bytes:
    return json.dumps(edit(json.loads(text))).encode()
