"""What each environment is made of, and what it can be had on."""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.interpreters import HOME
from environments import ROOT


@dataclass(frozen=True)
class Spec:
    """An environment, or a folder of packages beside one, which has no Pythons of its own.

    Its pins are `environments/NAME.txt`.
    """

    name: str
    note: str = ""  # how much it is, to explain the wait
    pythons: tuple[str, ...] = ()  # minor versions that the pins serve, the preferred one first
    imports: tuple[str, ...] = ()  # what an interpreter that is used instead must import
    machines: tuple[str, ...] = ()  # "System machine" pairs that have wheels; empty: any
    exact: bool = True  # whether all that it needs is pinned

    @property
    def home(self) -> Path:
        """Where the folder is."""
        return HOME / self.name

    @property
    def pins(self) -> Path:
        """The pinned requirements."""
        return ROOT / "environments" / f"{self.name}.txt"

    def missing_wheel(self) -> str:
        """Why no wheel exists for this machine, or an empty string."""
        machine = f"{platform.system()} {platform.machine()}"
        if not self.machines or machine in self.machines:
            return ""
        return (
            f"{self.name} has no wheel for {machine}, only for {', '.join(self.machines)}; "
            f"run it there, or in a container of that kind"
        )


CONTROLLER = Spec(
    name="controller",
    pythons=("3.11", "3.12", "3.13", "3.14", "3.10"),
    imports=("numpy", "ml_dtypes", "pytest", "hypothesis", "rich", "scipy", "matplotlib"),
    note="520 MB on disk",
)

BACKENDS = {
    spec.name: spec
    for spec in (
        Spec(
            name="torch",
            # 3.11 first: where a CPU build is at hand through find-links, it tends to be for 3.11.
            pythons=("3.11", "3.12", "3.13", "3.14", "3.10"),
            imports=("torch", "numpy"),
            note="1 GB on disk, 6 GB with CUDA; UV_TORCH_BACKEND=cpu asks for the CPU build",
            machines=("Linux x86_64", "Linux aarch64", "Darwin arm64"),
            exact=False,  # the CUDA build brings packages of its own
        ),
        Spec(
            name="nnabla",
            pythons=("3.10",),
            imports=("nnabla", "numpy"),
            note="400 MB on disk",
            machines=("Linux x86_64",),
        ),
        Spec(
            name="chainer",
            pythons=("3.10", "3.11"),
            imports=("chainer", "numpy"),
            note="130 MB on disk; Chainer is built from source",
        ),
    )
}

# The ends of the versions of PyTorch that the layers support; the pinned one is between them.
TORCH_ENDS = {
    end: replace(
        BACKENDS["torch"],
        name=f"torch-{end}",
        pythons=pythons,
        note="1 GB on disk, 6 GB with CUDA; UV_TORCH_BACKEND=cpu asks for the CPU build",
    )
    for end, pythons in {
        "oldest": ("3.11", "3.12", "3.13", "3.10"),
        "newest": BACKENDS["torch"].pythons,
    }.items()
}

# Frameworks without layers of ours, in which laws are judged (docs/add-a-framework.md).
LAWS = {
    spec.name: spec
    for spec in (
        Spec(
            name="jax",
            pythons=("3.11",),
            imports=("jax", "numpy"),
            note="610 MB on disk",
            machines=("Linux x86_64", "Linux aarch64", "Darwin arm64"),
        ),
        Spec(
            name="tensorflow",
            pythons=("3.11",),
            imports=("tensorflow", "numpy"),
            note="2.1 GB on disk",
            machines=("Linux x86_64", "Linux aarch64", "Darwin arm64"),
        ),
        Spec(
            name="mlx",
            pythons=("3.11",),
            imports=("mlx.core", "numpy"),
            note="60 MB on disk",
            machines=("Linux x86_64", "Linux aarch64"),
        ),
    )
}

DOCS = Spec(name="docs", pythons=("3.11", "3.12", "3.13", "3.14"), note="170 MB on disk")

SPECS = {
    spec.name: spec
    for spec in (CONTROLLER, *BACKENDS.values(), *TORCH_ENDS.values(), *LAWS.values(), DOCS)
}

# Public packages beside a backend's environment, by kind, and the backends that have some. They
# are no part of it: what they ask for must not change it, so they come without their dependencies.
EXTRAS = {
    "rivals": ("torch", "chainer"),  # what the benchmarks time beside our layers
    "ecosystem": ("torch",),  # what people save, export and train our layers with
}

# Public packages that the scoreboard judges, and the backend that each is for. Each is in a folder
# of its own beside that backend's environment, made by the scoreboard's command alone.
SCOREBOARD = {
    **dict.fromkeys(("dalib", "skada", "pytorch-revgrad", "pytorch-adapt", "rul-adapt"), "torch"),
    **dict.fromkeys(("autopytorch", "pytorchcv"), "torch"),
    **dict.fromkeys(("spikingjelly", "brevitas", "norse", "snntorch"), "torch"),
    "chainercv2": "chainer",
}
