"""What the right layers that draw have in common, and leave to be overridden."""

from __future__ import annotations

from typing import Any


class Drawing:
    """Draws when it is called, and hands both coefficients to a function.

    A subclass has ``draw``, one number for each image or for the batch, and ``mix``, the function.
    """

    training: Any

    def __init__(self, mode: str = "shake-shake", level: str = "image") -> None:
        super().__init__()
        self.modes = mode.split("-")
        self.level = level

    def draw(self, x: Any) -> Any:
        raise NotImplementedError

    def mix(self, x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
        raise NotImplementedError

    def coefficients(self, x: Any) -> tuple[Any, Any]:
        if not self.training:
            return 0.5, 0.5
        forward, backward = self.modes
        alpha = self.draw(x) if forward == "shake" else 0.5
        if backward == "keep":
            return alpha, alpha
        return alpha, self.draw(x) if backward == "shake" else 0.5

    def shaken(self, x0: Any, x1: Any, *, alpha: Any = None, beta: Any = None) -> Any:
        drawn_alpha, drawn_beta = self.coefficients(x0)
        alpha = drawn_alpha if alpha is None else alpha
        return self.mix(x0, x1, alpha, drawn_beta if beta is None else beta)
