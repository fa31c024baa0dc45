"""The plots: files that can be read, the same each time, with everything that is in a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pytest

from benchmarks.model import CATALOGUE, OURS, PUBLISHED, STAGES, Results, Row
from benchmarks.report import plot, style
from benchmarks.report.style import PAGE, styled
from tests.benchmarks import made

NAMES = ("gradient reversal", "shake shake", "mul scalar")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def results() -> Results:
    return made.results(stages=STAGES)


@pytest.fixture(scope="module")
def crowded() -> Results:
    """A run with every subject of the catalogue, and more noise than any machine."""
    run = made.results(stages=STAGES, noise=1.0)
    for row, samples in list(run.samples.items()):
        for entry in CATALOGUE[row.backend]:
            if row.subject == OURS and row.workload.layer in entry.layers:
                run.samples.setdefault(Row(row.workload, row.backend, entry.name), samples)
    return run


@pytest.fixture(scope="module")
def saved(results: Results, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return plot.save_plots(results, tmp_path_factory.mktemp("plots") / "not" / "there", "full")


def test_each_figure_is_an_svg_of_a_pages_width(saved: list[Path]) -> None:
    kinds = ("size", "bandwidth", "idioms")
    assert [path.name for path in saved] == [f"full-{kind}.svg" for kind in kinds]
    for path in saved:
        root = ElementTree.parse(path).getroot()
        assert (root.tag, root.get("width")) == (f"{SVG}svg", f"{72 * PAGE:g}pt")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "size",
            {
                *NAMES,
                "10 µs",
                "10 ms",
                "elements of an input, float32",
                "a copy of the fewest bytes of each",
            },
        ),
        (
            "bandwidth",
            {*STAGES, "a copy, which is no limit", "100%", "a view", "64 x 3 x 224 x 224, float32"},
        ),
        ("idioms", {*NAMES, *made.IDIOMS.values(), "time / ours, 1 element", "ours", "0.5", "2"}),
    ],
)
def test_the_words_of_an_svg_are_words(saved: list[Path], name: str, words: set[str]) -> None:
    file = next(path for path in saved if path.name == f"full-{name}.svg")
    texts = ElementTree.parse(file).getroot().iter(f"{SVG}text")
    assert words | set(made.BACKENDS) <= {"".join(text.itertext()).strip() for text in texts}


def test_the_same_run_gives_the_same_bytes(
    saved: list[Path], results: Results, tmp_path: Path
) -> None:
    with mpl.rc_context({"font.size": 30, "svg.fonttype": "path", "lines.linewidth": 9}):
        again = plot.save_plots(results, tmp_path, "full")
        assert mpl.rcParams["font.size"] == 30  # it leaves the user's settings as they were
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in saved]


@pytest.mark.parametrize("name", plot.FIGURES)
@pytest.mark.parametrize("run", ["results", "crowded"])
def test_nothing_is_cut_off(name: str, run: str, request: pytest.FixtureRequest) -> None:
    with styled():
        figure = plot.FIGURES[name](request.getfixturevalue(run))
        assert figure is not None
        figure.draw_without_rendering()  # which lays it out
        around = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert around.x0 >= 0
    assert around.y0 >= 0
    assert around.x1 <= width
    assert around.y1 <= height


def test_layers_and_stages_differ_by_more_than_colour() -> None:
    assert len({marker for _, marker in style.LAYERS.values()}) == len(style.LAYERS)
    assert len({hatch for _, hatch in style.STAGES.values()}) == len(style.STAGES)


def test_what_a_run_lacks_is_not_drawn(tmp_path: Path) -> None:
    few = made.results(shapes=[(1,), (1000,), PUBLISHED])
    assert {path.stem for path in plot.save_plots(few, tmp_path, "a")} == {
        "a-bandwidth",
        "a-idioms",
    }
    small = made.results(shapes=[(1,)], layers=["mul_scalar"])
    assert {path.stem for path in plot.save_plots(small, tmp_path, "b")} == {"b-idioms"}
    assert plot.save_plots(Results(header=small.header), tmp_path, "c") == []


def test_matplotlib_keeps_no_figure_and_the_table_needs_none_of_it() -> None:
    code = (
        "import sys; from benchmarks import report; assert 'matplotlib' not in sys.modules;"
        "from benchmarks.report import plot; assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
