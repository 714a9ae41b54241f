"""Edits converted models, like `milc edit`."""

from __future__ import annotations

from . import _prototypes as c
from ._native import encode
from .errors import CallError
from .model import Model, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

    from ._native import Path
    from .model import Size

    Numbers = Union[float, Sequence[float]]
    #: "1x3x64..512", one shape of sizes and ranges, or a list of enumerated shapes.
    Shapes = Union[str, Sequence[Size], List[Sequence[int]]]


def _size_text(size: Size) -> str:
    if isinstance(size, int):
        return str(size)
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise CallError(f"a size must be a number or a pair, not {size!r}")
    lower, upper = size
    return f"{lower}.." if upper is None else f"{lower}..{upper}"


def _shapes_text(shapes: Any) -> str:
    if isinstance(shapes, str):
        return shapes
    if isinstance(shapes, list) and shapes and all(isinstance(each, (list, tuple)) for each in shapes):
        return ",".join("x".join(map(_size_text, each)) for each in shapes)
    return "x".join(map(_size_text, shapes))


def _numbers_text(numbers: Numbers) -> str:
    return repr(float(numbers)) if isinstance(numbers, (int, float)) else ",".join(repr(float(each)) for each in numbers)


def _pairs(name: str, given: Any) -> List[Tuple[str, Any]]:
    if given is None:
        return []
    if not hasattr(given, "items"):
        raise CallError(f"{name} must be a dict by name, not {type(given).__name__}")
    return list(given.items())


def edit(model: Union[Model, Path], *, rename: Optional[Mapping[str, str]] = None, type: Optional[Mapping[str, str]] = None,
         shape: Optional[Mapping[str, Shapes]] = None, image: Optional[Mapping[str, str]] = None,
         scale: Optional[Mapping[str, Numbers]] = None, bias: Optional[Mapping[str, Numbers]] = None, array: Iterable[str] = (),
         text: Optional[Mapping[str, str]] = None, labels: Optional[Iterable[str]] = None, description: Optional[str] = None,
         author: Optional[str] = None, license: Optional[str] = None, model_version: Optional[str] = None,
         set: Optional[Mapping[str, str]] = None, unset: Iterable[str] = (), default: Optional[str] = None,
         function: Optional[str] = None) -> Model:
    """Changes the program and the description of a model together, in place, and returns the model. The arguments have the names of `milc
    edit`'s options:

    `rename`: new names of functions, inputs, outputs and states, {old: new}; all are renamed at once. `type`: element types of inputs and
    outputs, "fp16", "fp32", "int32" or "int8"; casts are added, so that the program computes the same. `shape`: sizes of inputs:
    "1x3x64..512x64..", (1, 3, (64, 512), (64, None)), or a list of enumerated shapes, [(1, 4), (2, 4)]. `image`: arrays that become images,
    "RGB", "BGR", "GRAYSCALE" or "GRAYSCALE_FLOAT16", with `scale` and `bias`, one number or one per channel. `array`: images that become
    arrays. `text`: descriptions of inputs, outputs and states. `labels`: the labels of a classifier. `description`, `author`, `license`,
    `model_version`: metadata; "" removes it. `set` and `unset`: user-defined metadata. `default`: the default function. `function`: only
    edit inputs, outputs and states of this function.

    The result is verified. If ModelError is raised, the model is unchanged, or can only be closed.
    """
    model = model if isinstance(model, Model) else load(model, allow_missing_weights=True)
    model._check()
    edits: List[Tuple[int, Optional[str], Optional[str]]] = []
    edits += [(c.MIL_EDIT_RENAME, old, new) for old, new in _pairs("rename", rename)]
    edits += [(c.MIL_EDIT_TYPE, name, dtype) for name, dtype in _pairs("type", type)]
    edits += [(c.MIL_EDIT_SHAPE, name, _shapes_text(shapes)) for name, shapes in _pairs("shape", shape)]
    edits += [(c.MIL_EDIT_IMAGE, name, color) for name, color in _pairs("image", image)]
    edits += [(c.MIL_EDIT_SCALE, name, _numbers_text(numbers)) for name, numbers in _pairs("scale", scale)]
    edits += [(c.MIL_EDIT_BIAS, name, _numbers_text(numbers)) for name, numbers in _pairs("bias", bias)]
    edits += [(c.MIL_EDIT_ARRAY, name, None) for name in _names(array)]
    edits += [(c.MIL_EDIT_TEXT, name, words) for name, words in _pairs("text", text)]
    edits += [(c.MIL_EDIT_LABEL, None, label) for label in labels or ()]
    edits += [(c.MIL_EDIT_SET, key, value) for key, value in _pairs("set", set)]
    edits += [(c.MIL_EDIT_UNSET, key, None) for key in _names(unset)]
    for kind, value in ((c.MIL_EDIT_DESCRIPTION, description), (c.MIL_EDIT_AUTHOR, author), (c.MIL_EDIT_LICENSE, license),
                        (c.MIL_EDIT_VERSION, model_version), (c.MIL_EDIT_DEFAULT_FUNCTION, default)):
        if value is not None:
            edits.append((kind, None, value))
    rows = (c.mil_edit * len(edits))(*[c.mil_edit(kind, _bytes(name), _bytes(value)) for kind, name, value in edits])
    model._context._call("mil_model_edit", model._handle, _bytes(function), rows, len(edits))
    return model


def _names(given: Union[str, Iterable[str]]) -> List[str]:
    return [given] if isinstance(given, str) else list(given)


def _bytes(value: Optional[str]) -> Optional[bytes]:
    if value is not None and not isinstance(value, str):
        raise CallError(f"expected a str, not {value!r}")
    return None if value is None else encode(value)
