"""The table of ways to write a layer: which is the fastest, at the small and the large size."""

from __future__ import annotations

from benchmarks.model import AGAIN, COPY, OURS, PUBLISHED, Row, Workload
from benchmarks.report.ways import print_ways
from tests.benchmarks import made
from tests.benchmarks.exact import Seconds, lines, of, printed, run

LARGE = Workload("gradient_reversal", "both")
SMALL = Workload("gradient_reversal", "both", (1,))
WILD = [1e-3, 2e-3, 4e-3, 8e-3, 9e-3]


def test_a_star_is_at_the_fastest_and_at_what_is_as_fast() -> None:
    near = [1.01e-3, 0.99e-3, 1.02e-3, 1.01e-3, 0.98e-3]
    torch: dict[str, tuple[Seconds, Seconds]] = {
        OURS: (1e-3, 2e-3),
        AGAIN: (1e-4, 1e-4),
        COPY: (1e-4, 1e-4),
        "hook": (near, 1e-3),
        "classic": (3e-3, WILD),
    }
    rows: dict[tuple[Workload, str, str], Seconds] = {}
    for name, (small, large) in torch.items():
        rows |= {(SMALL, "torch", name): small, (LARGE, "torch", name): large}
    rows[Workload("gradient_reversal", "forward"), "torch", "hook"] = 1e-9
    results = run(rows)
    results.fault(Row(LARGE, "torch", "dalib"), "wrong", "dx0: off by 1 ULP")
    results.fault(Row(LARGE, "torch", "skada"), "missing", "no such package")
    text = printed(print_ways, results)
    found = lines(text)
    assert found.pop("") == [["gradient", "gradient"], ["reversal", "reversal"], ["small", "large"]]
    assert found == {
        "torch ours": [["* 1.00", "1.00"]],
        "hook": [["* 1.01", "* 0.50"]],
        "classic": [["3.00", "unstable"]],
        "dalib": [["", "wrong"]],
    }
    assert "Small is 1 element, large is 64 x 3 x 224 x 224." in text


def test_ours_comes_first_also_where_it_is_wrong() -> None:
    results = of(LARGE, "nnabla", native=1e-3, copy=1e-3)
    results.fault(Row(LARGE, "nnabla", OURS), "wrong", "dx0: off by 1 ULP")
    found = lines(printed(print_ways, results))
    assert list(found) == ["", "nnabla ours", "native"]
    assert found["nnabla ours"] == [["wrong"]]
    assert found["native"] == [["-"]]


def test_one_size_is_named_in_its_column() -> None:
    found = lines(printed(print_ways, made.results(shapes=[PUBLISHED], layers=["mul_scalar"])))
    assert found[""] == [["mul"], ["scalar"], ["64 x 3 x 224 x 224"]]
    assert printed(print_ways, run({})) == ""


def test_each_framework_has_its_ways() -> None:
    found = lines(printed(print_ways, made.results()))
    for backend, idiom in made.IDIOMS.items():
        assert len(found[f"{backend} ours"][0]) == 6
        assert len(found[idiom][0]) == 6
