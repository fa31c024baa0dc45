"""The pursuit in PyTorch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from examples.common.job import Array, Arrays, Settings
from examples.common.steps import Steps
from examples.common.torch_state import torch_state
from examples.flock.start import (
    AIMS,
    BOID_SPEED,
    CLOSE,
    DT,
    EPS,
    GAIN,
    MOMENTS,
    NEAR,
    PREDATOR_SPEED,
    RULES,
    SHARPNESS,
)
from grl_torch import gradient_reversal


def flocking(x: Tensor, v: Tensor, weights: Tensor) -> Tensor:
    """The acceleration of each boid, (scenes, boids, 2)."""
    apart = x[:, None] - x[:, :, None]  # from the boid of axis 1 to the one of axis 2
    square = (apart**2).sum(3, keepdim=True)
    close, near = (-square / CLOSE**2).exp(), (-square / NEAR**2).exp()
    separation = -(close * apart).sum(2) / CLOSE
    alignment = (near * (v[:, None] - v[:, :, None])).mean(2)
    cohesion = (near * apart).mean(2)
    return weights[0] * separation + weights[1] * alignment + weights[2] * cohesion


def hunting(x: Tensor, v: Tensor, p: Tensor, q: Tensor, weights: Tensor) -> Tensor:
    """The acceleration of the predator, (scenes, 2)."""
    heed = torch.softmax(-SHARPNESS * distances(x, p), 1)[:, :, None]
    nearest, pace = (heed * x).sum(1) - p, (heed * v).sum(1) - q
    return weights[0] * nearest + weights[1] * (x.mean(1) - p) + weights[2] * pace


def distances(x: Tensor, p: Tensor) -> Tensor:
    """Of each boid from the predator, (scenes, boids); smooth at 0."""
    return (((x - p[:, None]) ** 2).sum(2) + 1e-4).sqrt()


def moved(place: Tensor, speed: Tensor, acceleration: Tensor, top: float) -> tuple[Tensor, Tensor]:
    """Place and speed a moment later; the speed stays below ``top``."""
    speed = speed + DT * GAIN * acceleration
    speed = speed / (1 + (speed**2).sum(-1, keepdim=True) / top**2).sqrt()
    return place + DT * speed, speed


class Pursuit(nn.Module):
    """One round: gives the soft minimum of the distances, a mean over scenes and moments, and the
    places of the boids and, last, the predator, (moments + 1, scenes, boids + 1, 2).
    """

    def __init__(self, bounded: bool) -> None:
        super().__init__()
        self.bounded = bounded
        self.flock = nn.Parameter(torch.empty(len(RULES)))
        self.predator = nn.Parameter(torch.empty(len(AIMS)))

    def weights(self) -> tuple[Tensor, Tensor]:
        """Of the rules and of the aims; where they are bounded, between 0 and 2."""
        if not self.bounded:
            return self.flock, self.predator
        return 2 * torch.sigmoid(self.flock), 2 * torch.sigmoid(self.predator)

    def forward(self, x: Tensor, v: Tensor, p: Tensor, q: Tensor) -> tuple[Tensor, Tensor]:
        rules, aims = self.weights()
        rules = gradient_reversal(rules)  # what the predator makes smaller, the flock makes larger
        losses, places = [], [torch.cat([x, p[:, None]], 1)]
        for _ in range(MOMENTS):
            of_boids, of_predator = flocking(x, v, rules), hunting(x, v, p, q, aims)
            x, v = moved(x, v, of_boids, BOID_SPEED)
            p, q = moved(p, q, of_predator, PREDATOR_SPEED)
            losses.append(-torch.logsumexp(-SHARPNESS * distances(x, p), 1) / SHARPNESS)
            places.append(torch.cat([x, p[:, None]], 1))
        return torch.stack(losses).mean(), torch.stack(places)


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train both; options: "rate", "bounded"."""
    given = {name: torch.from_numpy(array).to(settings.device) for name, array in start.items()}
    scenes = [given[name] for name in ("x", "v", "p", "q")]
    model = Pursuit(settings.options["bounded"]).to(settings.device, getattr(torch, settings.dtype))
    model.flock.data.copy_(given["flock"])
    model.predator.data.copy_(given["predator"])
    optimiser = torch.optim.Adam(model.parameters(), lr=settings.options["rate"], eps=EPS)
    steps = Steps(settings, *torch_state(model, optimiser))
    for _ in steps:
        weights = torch.cat(model.weights()).tolist()
        loss, _ = model(*scenes)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        steps.log(loss=loss.item(), **dict(zip(RULES + AIMS, weights, strict=True)))

    with torch.no_grad():
        _, places = model(*(array[:1] for array in scenes))
    return {**steps.arrays(), "places": places[:, 0].cpu().numpy()}
