"""What is asked of an example on the command line, and what it gives back. In the controller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples.common.job import Array, Job, Settings
from examples.common.launch import launch

Results = dict[str, dict[str, Array]]  # of trainings, by name


@dataclass(frozen=True)
class Request:
    """The options of ``python3 dev.py example``.

    Attributes:
        name: of the example.
        backends: the frameworks, those that were asked for and are there.
        steps: None for as many as the example takes.
        seed: the first of the seeds.
        device: "cpu" or "cuda".
        output: the folder for figures, numbers, checkpoints.
        resume: go on from the last checkpoints.
        data: the folder with the files of a data set, for examples that take one.
    """

    name: str
    backends: Sequence[str]
    output: Path
    steps: int | None = None
    seed: int = 0
    device: str = "cpu"
    resume: bool = False
    data: Path | None = None

    def train(
        self,
        backend: str,
        starts: Mapping[str, tuple[Mapping[str, Array], dict[str, Any]]],
        steps: int,
        dtype: str = "float32",
        *,
        part: str = "",
        every: int | None = None,
    ) -> Results:
        """Train once for each of ``starts``: by name, what it starts from, and its options.

        Args:
            backend: the framework.
            starts: the trainings.
            steps: of each.
            dtype: of the networks.
            part: a folder of the example with a network of its own; "" for the example's.
            every: steps between checkpoints; a fifth of all unless given.
        """
        jobs = [
            self.job(backend, name, start, options, steps, dtype, every)
            for name, (start, options) in starts.items()
        ]
        example = f"{self.name}.{part}" if part else self.name
        return launch(example, backend, jobs, self.output / backend / dtype)

    def job(
        self,
        backend: str,
        name: str,
        start: Mapping[str, Array],
        options: dict[str, Any],
        steps: int,
        dtype: str = "float32",
        every: int | None = None,
    ) -> Job:
        """One training."""
        settings = Settings(
            name=name,
            steps=steps,
            device=self.device,
            dtype=dtype,
            checkpoints=str((self.output / backend / dtype / "checkpoints").resolve()),
            every=every or max(1, steps // 5),
            resume=self.resume,
            options=options,
        )
        return Job(settings, start)


@dataclass(frozen=True)
class Outcome:
    """What came of an example.

    Attributes:
        lines: what to print.
        numbers: for the JSON file.
        figures: the SVG files.
    """

    lines: Sequence[str]
    numbers: Mapping[str, Any]
    figures: Sequence[Path]
