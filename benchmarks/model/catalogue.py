"""The subjects: whose code is timed. One table, by framework.

A subject is a module with functions of the layers' names: ``gradient_reversal(x, scale)``,
``mul_scalar(x, scalar)``, ``shake_shake(x0, x1, alpha, beta)``; it may lack some. A rival is named
``MODULE:FUNCTION``: the function imports the public package and returns its layer.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.model.workload import Row

LAYERS = ("gradient_reversal", "shake_shake", "mul_scalar")
REVERSAL = ("gradient_reversal",)
SHAKE = ("shake_shake",)

OURS = "ours"
AGAIN = "ours, again"  # the A/A control: the same code once more

IDIOMS = "benchmarks.idioms"
RIVALS = f"{IDIOMS}.rivals"


@dataclass(frozen=True)
class Entry:
    """One subject of one framework.

    Attributes:
        name: as tables show it.
        module: where its functions are.
        layers: which of them it has.
        published: the way in which it is most often published, which ``quick`` times too.
        slow_start: it compiles when it is first called, or takes a second to import: ``quick``
            leaves it out.
    """

    name: str
    module: str
    layers: tuple[str, ...] = LAYERS
    published: bool = False
    slow_start: bool = False

    @property
    def is_rival(self) -> bool:
        """Whether it is a public package's own layer."""
        return self.module.startswith(RIVALS)


CATALOGUE: dict[str, list[Entry]] = {
    "torch": [
        Entry(OURS, "grl_torch"),
        Entry(AGAIN, "grl_torch"),
        Entry("classic Function", f"{IDIOMS}.torch_classic", published=True),
        Entry("setup_context", f"{IDIOMS}.torch_setup_context"),
        Entry("hook", f"{IDIOMS}.torch_hook", REVERSAL),
        Entry("custom op", f"{IDIOMS}.torch_custom_op"),
        Entry("composition", f"{IDIOMS}.torch_composition"),
        Entry("straight through", f"{IDIOMS}.torch_straight_through", REVERSAL + SHAKE),
        Entry("compiled", f"{IDIOMS}.torch_compiled", slow_start=True),
        Entry("pytorch-revgrad", f"{RIVALS}:pytorch_revgrad", REVERSAL),
        Entry("torch-gradient-reversal", f"{RIVALS}:torch_gradient_reversal", REVERSAL),
        Entry("pytorch-adapt", f"{RIVALS}:pytorch_adapt", REVERSAL, slow_start=True),
        Entry("dalib", f"{RIVALS}:dalib", REVERSAL),
        Entry("rul-adapt", f"{RIVALS}:rul_adapt", REVERSAL, slow_start=True),
        Entry("skada", f"{RIVALS}:skada", REVERSAL),
        Entry("autoPyTorch", f"{RIVALS}:autopytorch", SHAKE),
        Entry("pytorchcv", f"{RIVALS}:pytorchcv", SHAKE),
    ],
    "nnabla": [
        Entry(OURS, "grl_nnabla"),
        Entry(AGAIN, "grl_nnabla"),
        Entry("numpy style", f"{IDIOMS}.nnabla_numpy_style", published=True),
        Entry("get_data", f"{IDIOMS}.nnabla_get_data"),
        Entry("imperative", f"{IDIOMS}.nnabla_imperative"),
        Entry("native object", f"{IDIOMS}.nnabla_native_object"),
        Entry("native", f"{IDIOMS}.nnabla_native"),
    ],
    "chainer": [
        Entry(OURS, "grl_chainer"),
        Entry(AGAIN, "grl_chainer"),
        Entry("old style", f"{IDIOMS}.chainer_old_style", published=True),
        Entry("copying node", f"{IDIOMS}.chainer_copying_node"),
        Entry("native", f"{IDIOMS}.chainer_native"),
        Entry("chainercv2", f"{RIVALS}:chainercv2", SHAKE),
    ],
}


def module_of(row: Row) -> str:
    """What the worker is to time: a subject's module, or the name of a reference."""
    return next((e.module for e in CATALOGUE[row.backend] if e.name == row.subject), row.subject)
