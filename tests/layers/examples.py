"""The examples on a page of nnabla or Chainer run as they stand."""

from __future__ import annotations

import re

from tests.layers import printed


def test_examples_print_what_they_say(page: str) -> None:
    """One after the other, as a reader would."""
    before, *_ = page.partition("## ONNX")  # tests/grl_chainer/test_onnx.py runs that part
    examples = re.findall(r"^```python\n(.*?)^```", before, re.M | re.S)
    assert len(examples) > 2
    code = "".join(examples)
    said = re.findall(r"^(?:print\(.*\)  )?# (.*)$", code, re.M)
    assert len(said) > 3
    assert printed(code).splitlines() == said
