"""The resident set of this process: it follows what is allocated, and tells where it cannot."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import resident
from benchmarks.resident import Resident, Unmeasured

MIB = 1 << 20
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it")


@pytest.fixture
def process() -> Iterator[Resident]:
    yield Resident()
    gc.unfreeze()


@linux_only
def test_it_grows_by_what_is_kept(process: Resident) -> None:
    before = process.settle()
    kept = b"x" * (16 * MIB)
    assert process.settle() - before == pytest.approx(len(kept), abs=MIB)
    del kept
    assert process.settle() == pytest.approx(before, abs=MIB)


@linux_only
def test_the_peak_is_of_the_run_alone(process: Resident) -> None:
    earlier = b"x" * (64 * MIB)
    del earlier
    before = process.settle()

    def run() -> None:
        both = b"x" * (16 * MIB), b"y" * (16 * MIB)
        del both

    assert process.peak(run) - before == pytest.approx(32 * MIB, abs=2 * MIB)
    assert process.peak(lambda: None) - before == pytest.approx(0, abs=2 * MIB)


@linux_only
def test_what_only_a_cycle_holds_is_not_kept(process: Resident) -> None:
    before = process.settle()
    cycle: list[object] = [b"x" * (16 * MIB)]
    cycle.append(cycle)
    del cycle
    assert process.settle() == pytest.approx(before, abs=MIB)


@linux_only
def test_the_framework_is_asked_to_empty_its_cache() -> None:
    before = Resident().settle()
    cache = [b"x" * (16 * MIB)]
    assert Resident(cache.clear).settle() == pytest.approx(before, abs=MIB)
    gc.unfreeze()


@linux_only
def test_a_peak_that_cannot_be_set_back(
    process: Resident, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(resident, "PROCESS", str(tmp_path))
    (tmp_path / "clear_refs").mkdir()
    with pytest.raises(Unmeasured, match="the peak of the resident set cannot be set back"):
        process.peak(lambda: None)


@linux_only
def test_a_peak_that_is_not_kept(
    process: Resident, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(resident, "PROCESS", str(tmp_path))
    (tmp_path / "status").write_text("VmRSS:\t    1 kB\n")
    with pytest.raises(Unmeasured, match="status has no VmHWM"):
        process.peak(lambda: None)


def test_a_system_that_does_not_tell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resident, "PROCESS", str(tmp_path))
    with pytest.raises(Unmeasured, match="only Linux tells a process its memory"):
        Resident()
