"""Defects of nnabla that docs/nnabla.md lists: that they are there, and that the way out is one."""

from __future__ import annotations

from tests.layers import printed

# Graphs that only the garbage collector frees, which begins at ever other places. Prints in how
# many of some passes a KeyError came out of an import that the collector interrupted.
COLLECT = """
import gc, sys, warnings
warnings.simplefilter("ignore")
import nnabla as nn, numpy as np
from grl_nnabla import gradient_reversal

class Step:
    def __init__(self):
        self.itself = self
        self.y = gradient_reversal(gradient_reversal(x, 0.5), 0.5)

x = nn.Variable.from_numpy_array(np.ones(2, np.float32)).apply(need_grad=True)
if sys.argv[1] == "between":
    gc.disable()
errors = 0
with nn.auto_forward():
    for i in range(1000):
        if sys.argv[1] == "anywhere":
            gc.set_threshold(20 + i % 7)
        elif i % 100 == 0:
            gc.collect()
        try:
            Step()
        except KeyError:
            errors += 1
print(errors)
"""


def test_garbage_collection_during_auto_forward() -> None:
    errors = [int(printed(COLLECT, argument).split()[-1]) for argument in ("anywhere", "between")]
    assert errors[0] > 0
    assert errors[1] == 0
