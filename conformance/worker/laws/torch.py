"""Laws in PyTorch, and through its transforms."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import hessian, jvp, vjp, vmap
from torch.utils.checkpoint import checkpoint

from ..torch_driver import TorchDriver
from .graphs import Function, Graphs, Pulled, Transform, by_gradient, of_floats, second_order


def _grad(ys: Sequence[Tensor], xs: Sequence[Tensor], dys: Sequence[Tensor]) -> Any:
    return torch.autograd.grad(ys, xs, dys, allow_unused=True)


reverse = by_gradient(_grad)


def compiled(function: Function, tensors: Sequence[Tensor], dys: Sequence[Any]) -> Pulled:
    return reverse(_compile(function), tensors, dys)


def checkpointed(function: Function, tensors: Sequence[Tensor], dys: Sequence[Any]) -> Pulled:
    def again(*given: Tensor) -> list[Tensor]:
        return checkpoint(function, *given, use_reentrant=False)  # type: ignore[no-any-return]

    return reverse(again, tensors, dys)


def exported(function: Function, tensors: Sequence[Tensor], dys: Sequence[Any]) -> Pulled:
    """Exported and then trained, as a downloaded model is."""

    class Model(nn.Module):
        def forward(self, *given: Tensor) -> list[Tensor]:
            return function(*given)

    program = torch.export.export(Model(), tuple(tensors)).module()
    return reverse(lambda *given: list(program(*given)), tensors, dys)


def func_vjp(function: Function, tensors: Sequence[Tensor], dys: Sequence[Any]) -> Pulled:
    def of_tensors(*given: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        ys = function(*given)
        return [y for y, _ in of_floats(ys, dys)], ys

    traced: Any = vjp(of_tensors, *_detached(tensors), has_aux=True)
    _, pull, ys = traced
    return ys, pull([dy for dy in dys if dy is not None])


def func_vmap(function: Function, tensors: Sequence[Tensor], dys: Sequence[Any]) -> Pulled:
    """The gradients of each of two samples; those of the second are looked at."""

    def of_one(given: Sequence[Tensor], cotangents: Sequence[Any]) -> Pulled:
        arriving = iter(cotangents)
        return func_vjp(function, given, [None if dy is None else next(arriving) for dy in dys])

    def two(tensor: Tensor) -> Tensor:
        return torch.stack([-tensor, tensor])

    leaves = [two(x) for x in _detached(tensors)]
    both: Any = vmap(of_one)(leaves, [two(dy) for dy in dys if dy is not None])
    ys, found = both
    return [y[1] for y in ys], [g[1] for g in found]


def by_columns(through: Callable[..., Any]) -> Transform:
    """The gradient, element by element: what a unit tangent brings to <y, dy>."""

    def func_jvp(function: Function, tensors: Sequence[Tensor], dys: Sequence[Any]) -> Pulled:
        leaves = _detached(tensors)

        def weighed(*given: Tensor) -> Tensor:
            terms = [(y * dy).sum() for y, dy in of_floats(function(*given), dys)]
            return torch.stack(terms).sum()

        def pushed(given: tuple[Tensor, ...], tangents: tuple[Tensor, ...]) -> Tensor:
            return jvp(weighed, given, tangents)[1]  # type: ignore[no-any-return]

        push = through(pushed)
        found = [torch.zeros_like(x, memory_format=torch.contiguous_format) for x in leaves]
        for place, column in enumerate(found):
            for i in range(column.numel()):
                units = [torch.zeros_like(x) for x in found]
                units[place].view(-1)[i] = 1
                column.view(-1)[i] = push(tuple(leaves), tuple(units))
        return function(*leaves), found

    return func_jvp


def compiled_over(transform: Transform) -> Transform:
    """The compiler over a transform of ``torch.func``: it sees both."""

    def through(function: Function, tensors: Sequence[Tensor], dys: Sequence[Any]) -> Pulled:
        def of_tensors(given: Sequence[Tensor], cotangents: Sequence[Any]) -> Pulled:
            return transform(function, given, cotangents)

        return _compile(of_tensors)(_detached(tensors), dys)  # type: ignore[no-any-return]

    return through


def of_second_order(function: Function, tensors: Sequence[Tensor], vs: Sequence[Any]) -> Pulled:
    """With v for each array, the gradient of <g, v>; g that of the half of y squared."""
    leaves = _detached(tensors)
    weights = [v for v in vs if v is not None]

    def half_of_square(*given: Tensor) -> Tensor:
        (y,) = function(*given)
        half: Tensor = (y * y).sum() / 2
        return half

    places = tuple(range(len(leaves)))
    rows = hessian(half_of_square, argnums=places)(*leaves)
    found = [
        sum(torch.tensordot(v, rows[i][j], dims=v.ndim) for i, v in enumerate(weights))
        for j in places
    ]
    return function(*leaves), found


def _compile(function: Callable[..., Any]) -> Callable[..., Any]:
    # Nothing is taken from an earlier compilation, of a layer that has been edited since. No
    # C++ is generated: gradients are lost before that.
    torch.compiler.reset()
    return torch.compile(function, backend="aot_eager")


def _detached(tensors: Sequence[Tensor]) -> list[Tensor]:
    return [x.detach() for x in tensors]


@contextmanager
def _untraced() -> Iterator[None]:
    """The compiler traces itself in hundreds of records, which pytest shows below a failure."""
    trace = logging.getLogger("torch.__trace")
    before, trace.disabled = trace.disabled, True
    try:
        yield
    finally:
        trace.disabled = before


DRIVER = TorchDriver("cpu")
TRANSFORMS: dict[str, Transform] = {
    "compile": compiled,
    "checkpoint": checkpointed,
    "export": exported,
    "vjp": func_vjp,
    "jvp": by_columns(lambda pushed: pushed),
    "vmap": func_vmap,
    "compile-vjp": compiled_over(func_vjp),
    "compile-jvp": by_columns(_compile),
    "compile-vmap": compiled_over(func_vmap),
    "double-backward": second_order(DRIVER),
    "hessian": of_second_order,
}
FRAMEWORK = Graphs(DRIVER, {name: _untraced()(transform) for name, transform in TRANSFORMS.items()})
