"""What the scoreboard judges: each package, its layers, and what a reader must know of them."""

from __future__ import annotations

from dataclasses import dataclass

from environments.specs import SCOREBOARD


@dataclass(frozen=True)
class Layer:
    """A layer of a package that the full suite judges.

    Attributes:
        name: as the package's users write it.
        layer: what it claims to be.
        subject: where it is, ``module:name`` or ``file.py:name``; an adapter where it has a shape
            of its own.
        note: what was judged of it.
    """

    name: str
    layer: str
    subject: str
    note: str = ""


@dataclass(frozen=True)
class Package:
    """A public package.

    Attributes:
        name: on the package index; its pins are ``environments/scoreboard-NAME.txt``.
        what: what it is for.
        layers: those that the full suite judges.
        declared: the module of ``tests.scoreboard.declared`` with its declared gradients, if any.
        note: what holds for all of them.
    """

    name: str
    what: str
    layers: tuple[Layer, ...] = ()
    declared: str = ""
    note: str = ""

    @property
    def framework(self) -> str:
        """The framework that it is for."""
        return SCOREBOARD[self.name]


ADAPTERS = "tests/scoreboard/adapters.py"
CHAINER_ADAPTERS = "tests/scoreboard/chainer_adapters.py"

PACKAGES = (
    Package(
        "dalib",
        "transfer learning; the release of tllib on the package index",
        (
            Layer(
                "GradientReverseLayer",
                "gradient_reversal",
                f"{ADAPTERS}:dalib",
                "It takes the scale with the input; the adapter hands it over.",
            ),
            Layer(
                "WarmStartGradientReverseLayer",
                "gradient_reversal",
                f"{ADAPTERS}:dalib_warm_start",
                "Both ends of its schedule are set to one scale.",
            ),
        ),
    ),
    Package(
        "skada",
        "domain adaptation in scikit-learn's manner",
        (
            Layer(
                "GradientReversalLayer",
                "gradient_reversal",
                "skada.deep.modules:GradientReversalLayer",
                "Called with two arguments, as the package itself does.",
            ),
        ),
    ),
    Package(
        "pytorch-revgrad",
        "gradient reversal, and nothing else",
        (Layer("RevGrad", "gradient_reversal", "pytorch_revgrad:RevGrad"),),
    ),
    Package(
        "pytorch-adapt",
        "domain adaptation",
        (Layer("GradientReversal", "gradient_reversal", "pytorch_adapt.layers:GradientReversal"),),
    ),
    Package(
        "rul-adapt",
        "domain adaptation for remaining useful life",
        (
            Layer(
                "GradientReversalLayer",
                "gradient_reversal",
                "rul_adapt.loss.adaption:GradientReversalLayer",
            ),
        ),
    ),
    Package(
        "autopytorch",
        "neural architecture search",
        (
            Layer(
                "shake_shake",
                "shake_shake",
                f"{ADAPTERS}:autopytorch",
                "The adapter makes tensors of the coefficients, in the dtype of the branches.",
            ),
        ),
        note="As a whole it could not be installed: it asks for scikit-learn below 0.25, whose "
        "last wheels are for Python 3.9, and whose sources do not build with a setuptools of "
        "today. So it is installed without what it asks for, and the file of its layer alone is "
        "imported.",
    ),
    Package(
        "pytorchcv",
        "vision models",
        (
            Layer(
                "ShakeShake",
                "shake_shake",
                f"{ADAPTERS}:pytorchcv",
                "As its residual unit calls it, on images: alpha is drawn by the unit. It does not "
                "claim to give one beta to all backward passes; Gastaldi's own code draws it in "
                "the backward pass too.",
            ),
        ),
    ),
    Package(
        "chainercv2",
        "vision models",
        (
            Layer(
                "ShakeShake",
                "shake_shake",
                f"{CHAINER_ADAPTERS}:chainercv2",
                "As its residual unit calls it, on images. As for pytorchcv, of the same author.",
            ),
        ),
    ),
    Package(
        "spikingjelly",
        "spiking networks",
        declared="spikingjelly",
        note="All of `activation_based.surrogate`, with their defaults, but for `PoissonPass`, "
        "which draws, and `MultiLevelSpikeCount`, which has no default.",
    ),
    Package(
        "brevitas",
        "quantisation",
        declared="brevitas",
        note="All of `function.ops_ste`, but for the two clamps by tensors, in its Python "
        "implementation (`BREVITAS_JIT=0`, the default).",
    ),
    Package(
        "norse",
        "spiking networks",
        declared="norse",
        note="All of `functional.threshold`, but for the two that draw, with k = 1, 2 and 100, in "
        "this order. A constant factor is much like another learning rate; the docstrings do not "
        "mention one.",
    ),
    Package(
        "snntorch",
        "spiking networks",
        declared="snntorch",
        note="All of `surrogate`, but for `SSO`, which draws, and `custom_surrogate`, which is the "
        "user's. x is the membrane potential minus the threshold; the first point is x = 0, where "
        "the docstrings say 1 and 0 comes. The package does not claim to keep a dtype.",
    ),
)
