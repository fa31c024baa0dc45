"""The subjects: whose code is timed. One table, by framework.

A subject is a module with functions of the layers' names: ``gradient_reversal(x, scale)``,
``mul_scalar(x, scalar)``, ``shake_shake(x0, x1, alpha, beta)``; it may lack some.
"""

from __future__ import annotations

from dataclasses import dataclass

ALL = ("gradient_reversal", "shake_shake", "mul_scalar")
REVERSAL = ("gradient_reversal",)
CHAIN = "chain"  # no layer, but what a compiled reversal is to fuse into

OURS = "ours"
# The same subject a second time: what differs between the two is noise.
AGAIN = "ours, again"
PLAIN_CHAIN = "chain"
REVERSED_CHAIN = "chain with ours"


@dataclass(frozen=True)
class Entry:
    """One subject of one framework.

    Attributes:
        name: as tables show it.
        module: where its functions are.
        layers: which of them it has.
        kind: "ours", "idiom" (a way of writing it that is in use) or "rival" (a public package).
        about: what it is, in a few words.
        published: the way in which it is most often published, which ``quick`` times too.
        slow_start: it compiles when it is first called, or takes a second to import: ``quick``
            leaves it out.
    """

    name: str
    module: str
    layers: tuple[str, ...]
    kind: str
    about: str
    published: bool = False
    slow_start: bool = False


def _ours(backend: str) -> list[Entry]:
    return [
        Entry(OURS, f"grl_{backend}", ALL, "ours", "the layers of this project"),
        Entry(AGAIN, f"grl_{backend}", ALL, "ours", "the A/A control: the same code once more"),
    ]


def _idiom(name: str, module: str, about: str, *layers: str, published: bool = False) -> Entry:
    path = f"benchmarks.idioms.{module}"
    return Entry(name, path, layers or ALL, "idiom", about, published=published)


def _rival(name: str, module: str, about: str, layer: str, slow_start: bool = False) -> Entry:
    path = f"benchmarks.idioms.rival_{module}"
    return Entry(name, path, (layer,), "rival", about, slow_start=slow_start)


def _compiled(name: str, module: str, about: str, *layers: str) -> Entry:
    path = f"benchmarks.idioms.{module}"
    return Entry(name, path, layers or ALL, "idiom", about, slow_start=True)


CATALOGUE: dict[str, list[Entry]] = {
    "torch": [
        *_ours("torch"),
        _idiom("classic Function", "torch_classic", "forward(ctx, ...)", published=True),
        _idiom("setup_context", "torch_setup_context", "the Function of PyTorch's documentation"),
        _idiom("hook", "torch_hook", "register_hook on a view", *REVERSAL),
        _idiom("custom op", "torch_custom_op", "torch.library.custom_op"),
        _idiom("composition", "torch_composition", "native operations, detached to a zero"),
        _idiom(
            "straight through",
            "torch_straight_through",
            "s + (y - s).detach()",
            *REVERSAL,
            "shake_shake",
        ),
        _compiled("compiled", "torch_compiled", "torch.compile of ours"),
        _compiled(PLAIN_CHAIN, "torch_chain", "pointwise operations, compiled as one", CHAIN),
        _compiled(REVERSED_CHAIN, "torch_chain_reversed", "the same with ours inside", CHAIN),
        _rival("pytorch-revgrad", "pytorch_revgrad", "its module RevGrad", *REVERSAL),
        _rival(
            "torch-gradient-reversal",
            "torch_gradient_reversal",
            "its operator of torch.library",
            *REVERSAL,
        ),
        _rival(
            "pytorch-adapt",
            "pytorch_adapt",
            "its layer GradientReversal",
            *REVERSAL,
            slow_start=True,
        ),
        _rival("dalib", "dalib", "tllib's GradientReverseLayer", *REVERSAL),
        _rival("rul-adapt", "rul_adapt", "its GradientReversalLayer", *REVERSAL, slow_start=True),
        _rival("skada", "skada", "its GradientReversalLayer", *REVERSAL),
        _rival("autoPyTorch", "autopytorch", "its shake_shake", "shake_shake"),
        _rival("pytorchcv", "pytorchcv", "its ShakeShake, which draws beta itself", "shake_shake"),
    ],
    "nnabla": [
        *_ours("nnabla"),
        _idiom("numpy style", "nnabla_numpy_style", "numpy on .d and .g", published=True),
        _idiom("get_data", "nnabla_get_data", "numpy on get_data with access modes"),
        _idiom("imperative", "nnabla_imperative", "nnabla's functions on NdArrays"),
        _idiom("native object", "nnabla_native_object", "functions that write into outputs="),
        _idiom("native", "nnabla_native", "nnabla's own functions, F.assign for the rest"),
    ],
    "chainer": [
        *_ours("chainer"),
        _idiom("old style", "chainer_old_style", "chainer.Function", published=True),
        _idiom("copying node", "chainer_copying_node", "a FunctionNode that copies"),
        _idiom("native", "chainer_native", "Chainer's own arithmetic"),
        _rival("chainercv2", "chainercv2", "its ShakeShake, which draws both", "shake_shake"),
    ],
}
