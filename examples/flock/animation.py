"""Rounds of the pursuit side by side, as an SVG that moves: it needs neither a script nor a GIF."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from examples.common.figures import COLOURS
from examples.common.job import Array

SIZE, MARGIN, TITLE = 240, 10, 20  # of a round, in pixels
SECONDS = 4
BORDER = 'fill="none" stroke="#ddd"'
STYLE = "font: 11px 'DejaVu Sans', sans-serif; text-anchor: middle"


def write(rounds: Mapping[str, Array], path: Path) -> Path:
    """Draw ``rounds``, by their titles.

    Args:
        rounds: the places at each moment, (moments, boids + 1, 2); the last is the predator.
        path: of the SVG file.
    """
    every = np.concatenate([places.reshape(-1, 2) for places in rounds.values()])
    low, high = every.min(0), every.max(0)
    scale = (SIZE - 2 * MARGIN) / (high - low).max()
    width, height = SIZE * len(rounds), SIZE + TITLE
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for number, (title, places) in enumerate(rounds.items()):
        lines.append(f'<g transform="translate({number * SIZE} {TITLE})">')
        lines.append(f'<text x="{SIZE / 2:g}" y="-5" style="{STYLE}">{title}</text>')
        lines.append(f'<rect x="2" y="2" width="{SIZE - 4}" height="{SIZE - 4}" {BORDER}/>')
        middle = SIZE / 2 + scale * (places - (low + high) / 2)
        for boid in range(places.shape[1]):
            is_predator = boid == places.shape[1] - 1
            lines += _mover(middle[:, boid], is_predator)
        lines.append("</g>")
    path.write_text("\n".join([*lines, "</svg>\n"]), "utf-8")
    return path


def _mover(places: Array, is_predator: bool) -> list[str]:
    """A trail, and a dot that moves along it again and again."""
    colour, radius = (COLOURS[1], 5) if is_predator else (COLOURS[0], 3)
    trail = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    (x, y), moves = places[-1], []
    for name, row in (("cx", places[:, 0]), ("cy", places[:, 1])):
        values = ";".join(f"{place:.1f}" for place in row)
        moves.append(
            f'<animate attributeName="{name}" values="{values}" dur="{SECONDS}s" '
            'repeatCount="indefinite"/>'
        )
    return [
        f'<polyline points="{trail}" fill="none" stroke="{colour}" stroke-opacity="0.25"/>',
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}">{"".join(moves)}</circle>',
    ]
