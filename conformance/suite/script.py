"""A life in a framework's own words: what its author runs without this suite."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import COEFFICIENTS
from ..run.subject import Subject
from .life import Life

# By framework: what comes first, and how each thing is said. An input is random normal numbers of
# its shape, for none of them matters. dy is ones: a gradient then is the factor that it has got.
WORDS: dict[str, dict[str, str]] = {
    "torch": {
        "import": "import torch",
        "leaf": "{name} = torch.randn({shape}, requires_grad={wanted})",
        "dy": "dy = torch.ones({shape})",
        "mode": "{layer}.train({training})",
        "value": "",
        "backward": "{y}.backward(dy, retain_graph=True)",
        "output": "{y}",
        "gradient": "{x}.grad",
        "clear": "{x}.grad = None",
        "autocast": "with torch.autocast('cpu', torch.bfloat16): ",
        "seed": "torch.manual_seed({number})",
        "state_dict": "torch.save({layer}.state_dict(), 'saved'); {layer} = {new}; "
        "{layer}.load_state_dict(torch.load('saved'))",
    },
    "chainer": {
        "import": "import chainer\nimport numpy as np",
        "leaf": "{name} = chainer.Variable(np.random.randn({shape}).astype('f'), "
        "requires_grad={wanted})",
        "dy": "dy = np.ones(({shape}), 'f')",
        "mode": "chainer.config.train = {training}",
        "value": "",
        "backward": "{y}.grad = dy; {y}.backward()",
        "output": "{y}",
        "gradient": "{x}.grad",
        "clear": "{x}.cleargrad()",
        "seed": "np.random.seed({number})",
        "npz": "chainer.serializers.save_npz('saved', {layer}); {layer} = {new}; "
        "chainer.serializers.load_npz('saved', {layer})",
        "copyparams": "saved, {layer} = {layer}, {new}; {layer}.copyparams(saved)",
    },
    "nnabla": {
        "import": "import nnabla as nn\nimport numpy as np",
        "leaf": "{name} = nn.Variable.from_numpy_array(np.random.randn({shape})).apply("
        "need_grad={wanted}); {name}.grad.zero()",
        "dy": "dy = nn.NdArray.from_numpy_array(np.ones(({shape})))",
        "mode": "{layer}.training = {training}",
        "value": "{y}.forward()",
        "backward": "{y}.backward(dy)",
        "output": "{y}.d",
        "gradient": "{x}.g",
        "clear": "{x}.grad.zero()",
        "seed": "nn.seed({number}); np.random.seed({number})",
    },
}
COPIES = {
    "deepcopy": "import copy; {layer} = copy.deepcopy({layer})",
    "pickle": "import pickle; {layer} = pickle.loads(pickle.dumps({layer}))",
}
THREAD = "import threading; t = threading.Thread(target=there); t.start(); t.join()"
WIRINGS = {"fan-out": "{y} + {y} + {x0}", "layer-twice": "{layer}({y}{rest})"}


def script(life: Life) -> str:
    """The steps up to the one that fails, a few lines each; what to look at is printed."""
    subject = life.subject
    words = WORDS[subject.backend]
    place, _, name = subject.name.rpartition(":")
    lines = [words["import"], _import(place, name)]
    for step in life.told:
        lines += _said(life, step, words, name)
    if life.told[-1]["do"] == "forward":
        y = f"y{life.told[-1]['graph']}"
        lines.append(f"print({words['output'].format(y=y)})")
    return "\n".join(line for line in lines if line)


def _import(place: str, name: str) -> str:
    folder, _, module = place.removesuffix(".py").rpartition("/")
    if folder.startswith(("/", "..")):
        return f"from {module} import {name}  # in {folder}"
    return f"from {f'{folder}/{module}'.lstrip('./').replace('/', '.')} import {name}"


def _said(life: Life, step: dict[str, Any], words: dict[str, str], name: str) -> list[str]:
    subject, do = life.subject, step["do"]
    layer, y = f"layer{step.get('layer', 0)}", f"y{step.get('graph', 0)}"
    if do == "build":
        if subject.is_layer:
            return [f"{layer} = {name}({_arguments(subject, step)})"]
        given = ", ".join(map(_number, step["coefficients"].values()))
        named = "x0, x1" if len(COEFFICIENTS[subject.layer]) == 2 else "x"
        call = ", ".join(filter(None, (named, given)))
        return [f"{layer} = lambda {named}: {name}({call})"]
    if do == "copy":
        new = f"{name}({_arguments(subject, step)})"
        return [
            {**COPIES, **words}[way].format(layer=layer, new=new) for way in step.get("ways", [])
        ]
    if do == "set":
        if "changed" not in step:  # a later step raised, and nobody saw which attribute it was
            return [f"# set the number of {layer} to {step['number']}"]
        return [f"{layer}.{changed} = {step['number']}" for changed in step["changed"]]
    if do == "seed":
        return [words["seed"].format(number=step["number"])]
    if do == "forward":
        shape = ", ".join(map(str, np.shape(step["inputs"][0])))
        xs = [f"x{step['graph']}_{i}" for i in range(len(step["inputs"]))]
        leaves = [
            words["leaf"].format(name=x, shape=shape, wanted=wanted)
            for x, wanted in zip(xs, step["wanted"], strict=True)
        ]
        mode = words["mode"].format(layer=layer, training=step["training"])
        rest = "".join(f", {x}" for x in xs[1:])
        around = WIRINGS.get(step["wiring"], "").format(y=y, x0=xs[0], layer=layer, rest=rest)
        return [
            *leaves,
            mode if subject.has_modes and _uses_modes(life) else "",
            f"{words['autocast'] if step['autocast'] else ''}{y} = {layer}({', '.join(xs)})",
            f"{y} = {around}" if around else "",
            words["value"].format(y=y),
        ]
    made = _forward(life, step)
    leaves = [f"x{step['graph']}_{i}" for i in range(len(made["inputs"]))]
    shown = ", ".join(words["gradient"].format(x=x) for x in leaves)
    if do == "backward":
        shape = ", ".join(map(str, np.shape(step["cotangent"])))
        mode = words["mode"].format(layer=f"layer{made['layer']}", training=step["training"])
        lines = [mode] if subject.has_modes and _uses_modes(life) else []
        lines.append(words["backward"].format(y=y))
        if step["thread"]:
            lines = [f"def there(): {'; '.join(lines)}", THREAD]
        expected = _expected(made["wanted"], step.get("factors", []))
        return [words["dy"].format(shape=shape), *lines, f"print({shown}){expected}"]
    if do == "clear":
        return [words["clear"].format(x=x) for x in leaves]
    return [f"print({words['output'].format(y=y)}, {shown})"]


def _expected(wanted: list[bool], factors: list[Any]) -> str:
    """The gradients, each of one number or of one an image; unknown where they are drawn."""
    rows = [np.reshape(factor, (len(factor), -1))[:, 0].round(5).tolist() for factor in factors]
    told = [row[0] if len(set(row)) == 1 else row for row in rows]
    pairs = zip(told, wanted, strict=False)
    text = ", ".join(str(value) if is_wanted else "no gradient" for value, is_wanted in pairs)
    return f"  # expected: {text}" if text else ""


def _forward(life: Life, step: dict[str, Any]) -> dict[str, Any]:
    """The step that made the graph of another step."""
    made = (s for s in life.steps if s["do"] == "forward" and s["graph"] == step["graph"])
    return next(made)


def _arguments(subject: Subject, step: dict[str, Any]) -> str:
    """Of a layer object, when it is built."""
    given = {} if subject.layer == "shake_shake" else step["coefficients"]
    return ", ".join(map(_number, given.values()))


def _uses_modes(life: Life) -> bool:
    return not all(step.get("training", True) for step in life.steps)


def _number(value: Any) -> str:
    return repr(float(value)) if np.ndim(value) == 0 else f"np.array({np.ravel(value).tolist()})"
