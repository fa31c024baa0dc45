"""In TensorFlow, as its users write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from tests.law import Wrong

Tensor = Any


def declared(
    forward: Callable[..., Tensor], backward: Callable[..., Tensor]
) -> Callable[..., Tensor]:
    """A function of a tensor and a number, which TensorFlow does not see."""

    def layer(x: Tensor, number: float) -> Tensor:
        @tf.custom_gradient
        def function(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
            return forward(x, number), lambda dy: backward(dy, number)

        return function(x)

    return layer


def same(x: Tensor, _: float) -> Tensor:
    return tf.identity(x)


reversal = declared(same, lambda dy, scale: -scale * dy)
clipped_gradient = declared(same, lambda dy, limit: tf.clip_by_value(dy, -limit, limit))
product = declared(lambda x, scalar: scalar * x, lambda dy, scalar: scalar * dy)
in_numpy = declared(same, lambda dy, scale: tf.constant(-scale * dy.numpy(), dy.dtype))
# A graph may call Python, a compiled one may not.
called_back = declared(
    same,
    lambda dy, scale: tf.numpy_function(lambda dy: (-scale * dy).astype(dy.dtype), [dy], dy.dtype),
)


def shake(x0: Tensor, x1: Tensor, alpha: float, beta: float) -> Tensor:
    @tf.custom_gradient
    def mix(x0: Tensor, x1: Tensor) -> tuple[Tensor, Callable[[Tensor], tuple[Tensor, Tensor]]]:
        return alpha * x0 + (1 - alpha) * x1, lambda dy: (beta * dy, (1 - beta) * dy)

    return mix(x0, x1)


@tf.custom_gradient
def rounded(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    return tf.round(x), lambda dy: dy


@tf.custom_gradient
def spike(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    def backward(dy: Tensor) -> Tensor:
        return tf.where(tf.abs(x) < 1, dy * 0.3 * (1 - tf.abs(x)), tf.zeros_like(x))

    return tf.cast(x > 0, x.dtype), backward


@tf.custom_gradient
def lsq(x: Tensor, step: Tensor) -> tuple[Tensor, Callable[[Tensor], tuple[Tensor, Tensor]]]:
    def backward(dy: Tensor) -> tuple[Tensor, Tensor]:
        inside = (x / step > -4) & (x / step < 3)
        dstep = dy * tf.where(inside, units - x / step, units)
        return tf.where(inside, dy, tf.zeros_like(dy)), tf.reduce_sum(dstep)

    units = tf.clip_by_value(tf.round(x / step), -4, 3)
    return units * step, backward


def nearest(x: Tensor, code: Tensor) -> tuple[Tensor, Tensor]:
    above = tf.cast(x[..., None] > (code[1:] + code[:-1]) / 2, tf.int32)
    index = tf.reduce_sum(above, axis=-1)
    return tf.gather(tf.stop_gradient(code), index) + (x - tf.stop_gradient(x)), index


def shake_drawn(x0: Tensor, x1: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    alpha, beta = tf.unstack(tf.random.uniform((2,), dtype=x0.dtype))
    return shake(x0, x1, alpha, beta), alpha, beta


class Traced(keras.layers.Layer):
    """A reversal in a graph that is traced once, as ``fit`` traces a model."""

    def __init__(self) -> None:
        super().__init__(autocast=False)  # else it makes float32 of any other dtype
        self.traced = tf.function(self)

    def set(self, scale: float) -> None:
        raise NotImplementedError

    def scaled(self, x: Tensor, scale: float) -> Tensor:
        self.set(scale)
        return self.traced(x)


class Reversal(Traced):
    """Its scale is a variable, which the graph reads when it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = tf.Variable(1.0, trainable=False)

    def set(self, scale: float) -> None:
        self.scale.assign(scale)

    def call(self, x: Tensor) -> Tensor:
        return reversal(x, tf.cast(self.scale, x.dtype))


class Frozen(Traced):
    """Its scale is an attribute, which is read when the graph is traced."""

    scale = 1.0

    def set(self, scale: float) -> None:
        self.scale = scale

    def call(self, x: Tensor) -> Tensor:
        return reversal(x, self.scale)


class Casting(keras.layers.Layer):
    """A Keras layer as it comes: it casts its input to its own dtype."""

    def call(self, x: Tensor) -> Tensor:
        return rounded(x)


@tf.custom_gradient
def of_number(x: Tensor, scale: float) -> tuple[Tensor, Callable[[Tensor], tuple[Tensor, None]]]:
    """TensorFlow makes a tensor of each argument: of the scale one of float32."""
    return tf.identity(x), lambda dy: (-scale * dy, None)


RIGHT: dict[str, Any] = {  # through all transforms
    "gradient_reversal": reversal,
    "gradient_clip": clipped_gradient,
    "mul_scalar": product,
    "shake_shake": shake,
    "round_straight_through": rounded,
    "spike_triangle": spike,
    "lsq": lsq,
    "vector_quantisation_index": nearest,
    "shake_shake_drawn": shake_drawn,
}
WRONG = [
    Wrong("gradient_reversal", lambda x, scale: reversal(x, -scale), "the declared gradient is"),
    Wrong("gradient_reversal", lambda x, scale: reversal(x, 1.0), "dx is -dy everywhere"),
    Wrong("gradient_reversal", Frozen().scaled, "the declared gradient is"),
    Wrong("gradient_reversal", of_number, "float64, function: it raises TypeError", ("function",)),
    Wrong("gradient_reversal", in_numpy, "function: it raises AttributeError", ("function",)),
    Wrong("gradient_reversal", called_back, "T1 .* xla: it raises ", ("function", "xla")),
    Wrong("gradient_reversal", in_numpy, "hessian: dx is 0 everywhere", ("hessian",)),
    Wrong("gradient_clip", lambda x, limit: clipped_gradient(x, 1.0), "the declared gradient is"),
    Wrong(
        "mul_scalar", lambda x, scalar: scalar * reversal(x, -1.0 / scalar), r"is \+dy everywhere"
    ),
    Wrong("shake_shake", lambda a, b, alpha, beta: shake(a, b, alpha, alpha), "gradient of"),
    Wrong("round_straight_through", Casting(), "float16: dtype must be float16, got float32"),
    Wrong("round_straight_through", tf.round, "it gets none"),
    # The value is off by a last bit: x + (round(x) - x) is not round(x).
    Wrong("round_straight_through", lambda x: x + tf.stop_gradient(tf.round(x) - x), "ULP"),
    Wrong("spike_triangle", lambda x: spike(2 * x), "the declared gradient is"),
]
