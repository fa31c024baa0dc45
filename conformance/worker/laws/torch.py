"""Laws in PyTorch, and through its transforms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import hessian, jvp, vjp, vmap
from torch.utils.checkpoint import checkpoint

from ..torch_driver import TorchDriver
from .graphs import Graphs, by_gradient, second_order

Pulled = tuple[Sequence[Tensor], Sequence[Tensor | None]]
Function = Callable[..., list[Tensor]]


def _grad(ys: Sequence[Tensor], xs: Sequence[Tensor], dys: Sequence[Tensor]) -> Any:
    return torch.autograd.grad(ys, xs, dys, allow_unused=True)


reverse = by_gradient(_grad)


def compiled(
    function: Function, arguments: Sequence[Any], arrays: Sequence[bool], dys: Sequence[Any]
) -> Pulled:
    return reverse(_compile(function), arguments, arrays, dys)


def checkpointed(
    function: Function, arguments: Sequence[Any], arrays: Sequence[bool], dys: Sequence[Any]
) -> Pulled:
    def again(*given: Any) -> list[Tensor]:
        return checkpoint(function, *given, use_reentrant=False)  # type: ignore[no-any-return]

    return reverse(again, arguments, arrays, dys)


def exported(
    function: Function, arguments: Sequence[Any], arrays: Sequence[bool], dys: Sequence[Any]
) -> Pulled:
    """Exported and then trained, as a downloaded model is."""

    class Model(nn.Module):
        def forward(self, *tensors: Tensor) -> list[Tensor]:
            return function(*_filled(arguments, arrays, tensors))

    tensors = [a for a, is_array in zip(arguments, arrays, strict=True) if is_array]
    program = torch.export.export(Model(), tuple(tensors)).module()
    return reverse(lambda *given: list(program(*_chosen(given, arrays))), arguments, arrays, dys)


def func_vjp(
    function: Function, arguments: Sequence[Any], arrays: Sequence[bool], dys: Sequence[Any]
) -> Pulled:
    def of_tensors(*tensors: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        ys = function(*_filled(arguments, arrays, tensors))
        floats = [y for y, dy in zip(ys, dys, strict=False) if dy is not None]
        return floats, ys

    traced: Any = vjp(of_tensors, *_leaves(arguments, arrays), has_aux=True)
    _, pull, ys = traced
    found = iter(pull([dy for dy in dys if dy is not None]))
    return ys, [next(found) if is_array else None for is_array in arrays]


def func_vmap(
    function: Function, arguments: Sequence[Any], arrays: Sequence[bool], dys: Sequence[Any]
) -> Pulled:
    """The gradients of each of two samples; those of the second are looked at."""

    def of_one(
        tensors: Sequence[Tensor], cotangents: Sequence[Any]
    ) -> tuple[Sequence[Tensor], list[Tensor]]:
        given = iter(cotangents)
        arrived = [None if dy is None else next(given) for dy in dys]
        ys, found = func_vjp(function, _filled(arguments, arrays, tensors), arrays, arrived)
        return ys, [g for g in found if g is not None]

    def two(tensor: Tensor) -> Tensor:
        return torch.stack([-tensor, tensor])

    leaves = [two(x) for x in _leaves(arguments, arrays)]
    ys, found = vmap(of_one)(leaves, [two(dy) for dy in dys if dy is not None])
    each = iter(found)
    return [y[1] for y in ys], [next(each)[1] if is_array else None for is_array in arrays]


def by_columns(through: Callable[..., Any]) -> Callable[..., Pulled]:
    """The gradient, element by element: what a unit tangent brings to <y, dy>."""

    def func_jvp(
        function: Function, arguments: Sequence[Any], arrays: Sequence[bool], dys: Sequence[Any]
    ) -> Pulled:
        leaves = _leaves(arguments, arrays)

        def weighed(*tensors: Tensor) -> Tensor:
            ys = function(*_filled(arguments, arrays, tensors))
            terms = [(y * dy).sum() for y, dy in zip(ys, dys, strict=False) if dy is not None]
            return torch.stack(terms).sum()

        def pushed(tensors: tuple[Tensor, ...], tangents: tuple[Tensor, ...]) -> Tensor:
            return jvp(weighed, tensors, tangents)[1]  # type: ignore[no-any-return]

        push = through(pushed)
        found = [torch.zeros_like(x, memory_format=torch.contiguous_format) for x in leaves]
        for place, column in enumerate(found):
            for i in range(column.numel()):
                units = [torch.zeros_like(x) for x in found]
                units[place].view(-1)[i] = 1
                column.view(-1)[i] = push(tuple(leaves), tuple(units))
        each = iter(found)
        ys = function(*_filled(arguments, arrays, leaves))
        return ys, [next(each) if is_array else None for is_array in arrays]

    return func_jvp


def compiled_over(transform: Callable[..., Pulled]) -> Callable[..., Pulled]:
    """The compiler over a transform of ``torch.func``: it sees both."""

    def through(
        function: Function, arguments: Sequence[Any], arrays: Sequence[bool], dys: Sequence[Any]
    ) -> Pulled:
        leaves = _leaves(arguments, arrays)

        def of_tensors(tensors: Sequence[Tensor], cotangents: Sequence[Any]) -> Pulled:
            return transform(function, _filled(arguments, arrays, tensors), arrays, cotangents)

        return _compile(of_tensors)(leaves, dys)  # type: ignore[no-any-return]

    return through


def of_second_order(
    function: Function, arguments: Sequence[Any], arrays: Sequence[bool], vs: Sequence[Any]
) -> Pulled:
    """With v for each array, the gradient of <g, v>; g that of the half of y squared."""
    leaves = _leaves(arguments, arrays)
    weights = [v for v in vs if v is not None]

    def half_of_square(*tensors: Tensor) -> Tensor:
        (y,) = function(*_filled(arguments, arrays, tensors))
        return (y * y).sum() / 2

    places = tuple(range(len(leaves)))
    rows = hessian(half_of_square, argnums=places)(*leaves)
    found = [
        sum(torch.tensordot(v, rows[i][j], dims=v.ndim) for i, v in enumerate(weights))
        for j in places
    ]
    each = iter(found)
    ys = function(*_filled(arguments, arrays, leaves))
    return ys, [next(each) if is_array else None for is_array in arrays]


def _compile(function: Callable[..., Any]) -> Callable[..., Any]:
    # Nothing is taken from an earlier compilation, of a layer that has been edited since. No
    # C++ is generated: gradients are lost before that.
    torch.compiler.reset()
    return torch.compile(function, backend="aot_eager")


def _leaves(arguments: Sequence[Any], arrays: Sequence[bool]) -> list[Tensor]:
    return [a.detach() for a, is_array in zip(arguments, arrays, strict=True) if is_array]


def _chosen(arguments: Sequence[Any], arrays: Sequence[bool]) -> list[Tensor]:
    return [a for a, is_array in zip(arguments, arrays, strict=True) if is_array]


def _filled(
    arguments: Sequence[Any], arrays: Sequence[bool], tensors: Sequence[Tensor]
) -> list[Any]:
    """The arguments, with other tensors in the places of arrays."""
    given = iter(tensors)
    return [next(given) if is_array else a for a, is_array in zip(arguments, arrays, strict=True)]


DRIVER = TorchDriver("cpu")
FRAMEWORK = Graphs(
    DRIVER,
    {
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
    },
)
