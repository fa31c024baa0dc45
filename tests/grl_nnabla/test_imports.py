"""skip_failing_imports, in processes of its own, because it acts on the whole process."""

from __future__ import annotations

from tests.layers import printed

# Counts the modules that Python looks for, and does not find in sys.modules, during two passes.
COUNT = """
import sys, warnings
warnings.simplefilter("ignore")
import nnabla as nn, nnabla.functions as F, nnabla.parametric_functions as PF, numpy as np
from grl_nnabla import gradient_reversal, shake_shake
from grl_nnabla.imports import ABSENT, skip_failing_imports

if sys.argv[1] == "skip":
    skip_failing_imports()

class Finder:
    looked_for = []
    def find_spec(self, name, path=None, target=None):
        self.looked_for.append(name)

def run():
    x = nn.Variable.from_numpy_array(np.float32([[1, 2]])).apply(need_grad=True)
    y = F.sum(shake_shake(gradient_reversal(x, 0.5), x, 0.25, 0.75))
    x.grad.zero()
    y.forward()
    y.backward()
    with nn.auto_forward():
        z = F.tanh(x) + 1
    return [y.d.tolist(), x.g.tolist(), z.d.tolist()]

run()
sys.meta_path.insert(0, Finder())
values = run()
print(sum(name in ABSENT for name in Finder.looked_for), len(Finder.looked_for), values)
"""


def test_nothing_is_looked_for_and_nothing_else_changes() -> None:
    counts = []
    for argument in ("keep", "skip"):
        failing, looked_for, values = printed(COUNT, argument).strip().split(" ", 2)
        counts.append((int(failing), int(looked_for), values))
    before, after = counts
    assert before[0] == before[1] > 10
    assert after == (0, 0, before[2])


def test_a_module_that_exists_is_left_alone() -> None:
    code = """
import sys, types
from grl_nnabla.imports import skip_failing_imports
there = sys.modules["nnabla.nnabla"] = types.ModuleType("nnabla.nnabla")
skip_failing_imports()
print(sys.modules["nnabla.nnabla"] is there, sys.modules["nnabla.nnabla_ext"])
"""
    assert printed(code).split("\n")[-2] == "True None"
