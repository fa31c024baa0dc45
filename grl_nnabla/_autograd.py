"""The side of a declared gradient that nnabla asks for, the same for all functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import nnabla as nn
import numpy as np
from nnabla.backward_functions import register
from nnabla.function import PythonFunction

from grl_nnabla._arguments import check_shape, exact, fitted
from grl_nnabla._arrays import float_context
from grl_nnabla.native import is_native


class Declared(PythonFunction):
    """A function whose outputs have the shape of its first input, and whose gradient is declared.

    After the branches it takes factors. They are attributes, or, if they can change between
    forward passes, further inputs. The last one is all that the gradient needs, so nnabla may
    free every other input, and the outputs, after the forward pass.

    A subclass has ``forward_impl`` and ``backward_impl``, as every PythonFunction, and
    ``gradient(*dys, *factors)``, which builds the backward pass of functions for ``nn.grad``.
    """

    name: str
    branches = 1
    outputs = 1
    factor_names: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        cls.name = f"{cls.__module__}.{cls.__name__}"
        register(cls.name, cls._gradient_graph)

    @classmethod
    def apply(cls, *given: Any) -> Any:
        """Call a new instance on branches and factors."""
        xs, factors = given[: cls.branches], given[cls.branches :]
        if any(isinstance(factor, nn.Variable) for factor in factors):
            return cls()(*xs, *map(_variable, factors))
        return cls(*factors)(*xs)

    @staticmethod
    def gradient(*given: Any) -> Any:
        raise NotImplementedError

    def __init__(self, *factors: Any) -> None:
        # In half precision, nnabla's functions would round the factors to float16.
        super().__init__(float_context())
        self.args = dict(zip(self.factor_names, factors))  # noqa: B905 - none if they are inputs

    def factors(self, inputs: Any) -> Iterable[Any]:
        return [x.data for x in inputs[self.branches :]] or self.args.values()

    def min_outputs(self) -> int:
        return self.outputs

    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return j == self.branches + len(self.factor_names) - 1 >= self.branches

    def grad_depends_output_data(self, i: int, o: int) -> bool:
        return False

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        x = inputs[0]
        for name, factor in zip(self.factor_names, self.factors(inputs), strict=True):
            check_shape(name, factor, x)  # again, because x can get another shape later
        for output in outputs:
            output.reset_shape(x.shape, True)

    @classmethod
    def _gradient_graph(cls, dys: Any, inputs: Any, *_: Any, **args: Any) -> Any:
        given = inputs[cls.branches :]
        dxs = cls.gradient(*dys, *(given or args.values()))
        return (*(dxs if isinstance(dxs, tuple) else (dxs,)), *(None for _ in given))


def captured(name: str, value: Any, x: Any, sign: int = 1) -> Any:
    """``sign`` times a factor that fits ``x``: as it is now, or a Variable in each forward pass."""
    factor = fitted(name, value, x)
    if not isinstance(factor, nn.Variable):
        return _signed(sign, factor)
    if is_native():
        return factor if sign == 1 else _signed(sign, factor)
    copy = _Captured(name, sign)(factor)
    copy.persistent = True  # To recompute it in the backward pass would read what was set since.
    return copy


class _Captured(Declared):
    """A copy that each forward pass makes and checks: what is set later does not reach it."""

    def __init__(self, factor_name: str, sign: int) -> None:
        super().__init__()
        self.factor_name, self.sign = factor_name, sign

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        values = exact(self.factor_name, inputs[0].data)
        outputs[0].data.get_data("w", np.float64)[...] = _signed(self.sign, values)


def _signed(sign: int, factor: Any) -> Any:
    return sign * factor


def _variable(factor: Any) -> Any:
    if isinstance(factor, nn.Variable):
        return factor
    return nn.Variable.from_numpy_array(np.array(factor))
