"""milc: a compiler and optimizer for MIL, the language of Core ML's ML programs.

    import milc

    model = milc.load("model.mlpackage")
    for op in model.main.operations:
        print(op.type, op.name, [str(value.type) for value in op.outputs])
    model.rename("x", "image")
    model.save("renamed.mlpackage")

    milc.merge("adapter_1.mlpackage", "adapter_2.mlpackage", output="both.mlpackage")

The package uses the C interface of libmil. `milc.coremltools` provides the calls of coremltools that scripts use on converted models.
"""

from __future__ import annotations

from ._native import lib as _lib, text as _text
from .context import Context
from .errors import CallError, Cancelled, ClosedError, Diagnostic, Error, ModelError, ModelWarning, Unsupported
from .model import Feature, Metadata, Model, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

    from . import coremltools
    from .builder import Builder
    from .editing import edit
    from .program import Block, Function, Operation, Value
    from .run import Executable, State
    from .tools import (bind, compare, compile, compress, decompile, diff, draw, extract, make_pipeline, merge, operations, opt, passes, presets,
                        split, unify)
    from .values import Literal, Type

__version__ = _text(_lib.mil_version())

#: Names that are imported at their first use, by module, so that `import milc` is quick.
_LATER = {
    "builder": "Builder",
    "editing": "edit",
    "program": "Block Function Operation Value",
    "run": "Executable State",
    "tools": "bind compare compile compress decompile diff draw extract make_pipeline merge operations opt passes presets split unify",
    "values": "Literal Type",
    "coremltools": "coremltools",
}
_MODULES = {name: module for module, names in _LATER.items() for name in names.split()}

__all__ = [
    "Block", "Builder", "CallError", "Cancelled", "ClosedError", "Context", "Diagnostic", "Error", "Executable", "Feature", "Function", "Literal",
    "Metadata", "Model", "ModelError", "ModelWarning", "Operation", "State", "Type", "Unsupported", "Value", "bind", "compare", "compile", "compress",
    "coremltools", "decompile", "diff", "draw", "edit", "extract", "load", "make_pipeline", "merge", "operations", "opt", "passes", "presets", "split",
    "unify",
]


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module 'milc' has no attribute '{name}'")
    import importlib

    found = importlib.import_module("." + module, __name__)
    if name != module:
        found = getattr(found, name)
    globals()[name] = found
    return found


def __dir__() -> List[str]:
    return sorted({*globals(), *__all__})
