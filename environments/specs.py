"""What each environment is made of, and what it can be had on."""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.interpreters import HOME
from environments import ROOT


@dataclass(frozen=True)
class Pinned:
    """A folder of packages. Their pins are `environments/NAME.txt`."""

    name: str
    note: str  # how much it is, to explain the wait

    @property
    def home(self) -> Path:
        """Where the folder is."""
        return HOME / self.name

    @property
    def pins(self) -> Path:
        """The pinned requirements."""
        return ROOT / "environments" / f"{self.name}.txt"

    @property
    def build_pins(self) -> Path:
        """Constraints for packages that are built from source; there need not be any."""
        return self.pins.with_name(f"{self.name}-build.txt")


@dataclass(frozen=True)
class Spec(Pinned):
    """One environment: a folder with an interpreter of its own."""

    pythons: tuple[str, ...]  # minor versions that the pins serve, the preferred one first
    imports: tuple[str, ...]  # what an interpreter that is used instead must import
    lacks: str = ""  # what the framework cannot do, for those who pick one
    machines: tuple[str, ...] = ()  # "System machine" pairs that have wheels; empty: any
    exact: bool = True  # whether all that the framework needs is pinned
    compiled: bool = False  # whether to compile it before tests do, to whom warnings are errors

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
            note="1 GB on disk; on Linux several GB if the index serves its CUDA build",
            lacks="nothing that the specification asks for",
            machines=("Linux x86_64", "Linux aarch64", "Darwin arm64"),
            exact=False,  # the CUDA build brings packages of its own
        ),
        Spec(
            name="nnabla",
            pythons=("3.10",),
            imports=("nnabla", "numpy"),
            note="400 MB on disk",
            compiled=True,  # it has escape sequences that Python warns of
            lacks="forward mode; float64 and bfloat16 compute; macOS and arm64",
            machines=("Linux x86_64",),
        ),
        Spec(
            name="chainer",
            pythons=("3.10", "3.11"),
            imports=("chainer", "numpy"),
            note="130 MB on disk; Chainer is built from source",
            lacks="forward mode; bfloat16; numpy 2; maintenance, which ended in 2020",
        ),
    )
}

# The ends of the versions of PyTorch that the layers support; the pinned one is between them.
TORCH_ENDS = {
    end: replace(
        BACKENDS["torch"],
        name=f"torch-{end}",
        pythons=pythons,
        note="1 GB on disk; on Linux 6 GB if the index serves its CUDA build",
    )
    for end, pythons in {
        "oldest": ("3.11", "3.12", "3.13", "3.10"),
        "newest": BACKENDS["torch"].pythons,
    }.items()
}

SPECS = {
    CONTROLLER.name: CONTROLLER,
    **BACKENDS,
    **{spec.name: spec for spec in TORCH_ENDS.values()},
}

# Public packages beside a backend's environment, by kind and backend. They are no part of it: what
# they ask for must not change it, so they come without their dependencies.
EXTRAS = {
    # what the benchmarks time beside our layers
    "rivals": {
        "torch": Pinned("rivals-torch", note="rivals of our layers, 170 MB on disk"),
        "chainer": Pinned("rivals-chainer", note="rivals of our layers, 5 MB on disk"),
    },
    # what people save, export and train our layers with
    "ecosystem": {
        "torch": Pinned("ecosystem-torch", note="libraries that use torch, 310 MB on disk"),
    },
}
