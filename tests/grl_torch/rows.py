"""What a row of the table in docs/torch.md is made of.

A proof is ``file::test`` or ``file::test[part]``: all cases of that test whose ids hold the part
and, where their ids name layers, the layer of the column.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.grl_torch.declared import LAYERS


@dataclass(frozen=True)
class Cell:
    """What the table says, and the tests that have to pass for it."""

    text: str
    proofs: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One line of the table; ``cells`` are by the names of the layers."""

    what: str
    cells: dict[str, Cell] = field(default_factory=dict)


def row(what: str, cell: Cell, **others: Cell) -> Row:
    """A row with one cell for all layers but the others."""
    return Row(what, {name: others.get(name, cell) for name in LAYERS})


def works(*proofs: str) -> Cell:
    return Cell("works", proofs)


def error(says: str, *proofs: str, issue: int | None = None) -> Cell:
    """PyTorch's own error, or ours where ``issue`` is none of PyTorch's."""
    link = f" ([#{issue}](https://github.com/pytorch/pytorch/issues/{issue}))" if issue else ""
    return Cell(f"error: {says}{link}", proofs)


NOTHING = Cell("draws nothing", ("test_checkpoint.py::test_functions_draw_nothing",))
