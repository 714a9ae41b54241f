"""milc: a compiler and optimizer for MIL, the language of Core ML's ML programs.

    import milc

    model = milc.load("model.mlpackage")
    for op in model.main.operations:
        print(op.type, op.name, [str(value.type) for value in op.outputs])
    model.rename("x", "image")
    model.save("renamed.mlpackage")

    milc.merge("adapter_1.mlpackage", "adapter_2.mlpackage", output="both.mlpackage")

Everything here stands on the C interface of libmil; `milc.coremltools` has the calls of coremltools that scripts use on finished models.
"""

from ._native import lib as _lib, text as _text
from .context import Context
from .errors import CallError, Cancelled, ClosedError, Diagnostic, Error, ModelError, ModelWarning, Unsupported
from .model import Feature, Metadata, Model, load
from .program import Block, Function, Operation, Value
from .tools import bind, compare, compile, compress, decompile, diff, extract, merge, operations, opt, passes, presets, split, unify
from .values import Literal, Type

__version__ = _text(_lib.mil_version())


def __getattr__(name):
    """`milc.Builder` and `milc.coremltools`, imported when they are asked for."""
    if name == "Builder":
        from .builder import Builder

        return Builder
    if name == "coremltools":
        import importlib

        return importlib.import_module(".coremltools", __name__)
    raise AttributeError(f"module 'milc' has no attribute '{name}'")
