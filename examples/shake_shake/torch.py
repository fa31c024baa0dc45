"""Shake-Shake in PyTorch: a residual network with two branches in each block."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as PyTorch writes it
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from examples.common.job import Array, Arrays, Settings
from examples.common.steps import Steps
from examples.shake_shake.batches import PASSES, batch, coefficients, cosine, tests
from grl_torch import ShakeShake


class Branch(nn.Module):
    """ReLU, convolution and normalisation, twice."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm1(self.conv1(F.relu(x)))
        return self.norm2(self.conv2(F.relu(h)))  # type: ignore[no-any-return]


class Shortcut(nn.Module):
    """Takes every ``stride``-th pixel twice, the second time of the image moved by one pixel."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.conv1 = nn.Conv2d(inputs, outputs // 2, 1, bias=False)
        self.conv2 = nn.Conv2d(inputs, outputs // 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(x)
        moved = F.pad(h, (1, -1, 1, -1))
        h1 = self.conv1(h[:, :, :: self.stride, :: self.stride])
        h2 = self.conv2(moved[:, :, :: self.stride, :: self.stride])
        return self.norm(torch.cat([h1, h2], 1))  # type: ignore[no-any-return]


class Block(nn.Module):
    """The input plus a mix of two branches."""

    def __init__(self, inputs: int, outputs: int, stride: int, shake: ShakeShake) -> None:
        super().__init__()
        self.branch0 = Branch(inputs, outputs, stride)
        self.branch1 = Branch(inputs, outputs, stride)
        self.shake = shake
        self.shortcut = nn.Identity() if inputs == outputs else Shortcut(inputs, outputs, stride)

    def forward(self, x: Tensor, alpha: Tensor | None = None, beta: Tensor | None = None) -> Tensor:
        mixed = self.shake(self.branch0(x), self.branch1(x), alpha=alpha, beta=beta)
        return self.shortcut(x) + mixed  # type: ignore[no-any-return]


class ShakeNet(nn.Module):
    """Gives, for images (N, channels, height, width), the logits of ten classes (N, 10)."""

    def __init__(
        self, channels: int, blocks: Sequence[tuple[int, int, int]], shake: ShakeShake
    ) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels, blocks[0][0], 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(blocks[0][0])
        self.blocks = nn.ModuleList(Block(*sizes, shake) for sizes in blocks)
        self.linear = nn.Linear(blocks[-1][1], 10)

    def forward(self, x: Tensor, given: Tensor | None = None) -> Tensor:
        """``given`` takes the place of what is drawn: alpha and beta of each block."""
        h = self.norm(self.stem(x))
        for i, block in enumerate(self.blocks):
            h = block(h) if given is None else block(h, *given[i])
        return self.linear(F.relu(h).mean((2, 3)))  # type: ignore[no-any-return]


def test_error(model: ShakeNet, start: Arrays, settings: Settings) -> float:
    """The share of test images that the network tells wrong, in the mode that it is in."""
    wrong = []
    with torch.no_grad():
        for x, y in tests(start, settings):
            guessed = model(torch.from_numpy(x).to(settings.device)).argmax(1)
            wrong.append(guessed.cpu().numpy() != y)
    return float(np.concatenate(wrong).mean())


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a network; see ``OPTIONS`` in ``show.py`` for the options."""
    options, device = settings.options, settings.device
    generator = torch.Generator(device).manual_seed(options["seed"])
    shake = ShakeShake(options["mode"], options["level"], generator)
    model = ShakeNet(start["x"].shape[1], options["blocks"], shake)
    model.to(device, getattr(torch, settings.dtype))
    nn.init.zeros_(model.linear.bias)
    for name, layer in model.named_modules():
        if name in start:
            layer.weight.data.copy_(torch.from_numpy(start[name]))
    optimiser = torch.optim.SGD(
        model.parameters(),
        lr=options["rate"],
        momentum=options["momentum"],
        weight_decay=options["weight_decay"],
    )
    schedule = LambdaLR(optimiser, lambda step: cosine(step / settings.steps))
    parts: list[Any] = [model, optimiser, schedule]

    def write(folder: Path) -> None:
        states = [part.state_dict() for part in parts]
        torch.save([*states, generator.get_state()], folder / "training.pt")

    def read(folder: Path) -> None:
        *states, drawn = torch.load(folder / "training.pt", weights_only=True)
        for part, state in zip(parts, states, strict=True):
            part.load_state_dict(state)
        generator.set_state(drawn)

    steps, gradients = Steps(settings, write, read), []
    for step in steps:
        x, y = (torch.from_numpy(array).to(device) for array in batch(start, settings, step))
        given = None
        if options["given"]:
            given = torch.from_numpy(coefficients(settings, step)).to(device)
        loss = F.cross_entropy(model(x, given), y.long())
        optimiser.zero_grad()
        loss.backward()
        if options["record"]:
            grads = [p.grad for p in model.parameters() if p.grad is not None]
            gradients.append(torch.cat([grad.flatten() for grad in grads]))
        optimiser.step()
        schedule.step()
        steps.log(loss=loss.item())

    if options["record"]:
        return {**steps.arrays(), "gradients": torch.stack(gradients).cpu().numpy()}
    error = test_error(model.eval(), start, settings)
    shaken = [test_error(model.train(), start, settings) for _ in range(PASSES)]
    return {**steps.arrays(), "error": np.array(error), "shaken": np.mean(shaken)}
