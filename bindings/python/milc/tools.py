"""What the commands of milc do, as functions. Models are given as Model objects of one context, or as paths."""

import ctypes
import json

from . import _prototypes as c
from ._native import encode, lib, names, options, owned_text
from .context import Context
from .errors import CallError
from .model import Model, load


def _opened(model, context=None):
    return model if isinstance(model, Model) else load(model, context)


def _optional(text):
    return encode(text) if text else None


def merge(*models, default=None, metadata_from=None, output=None, force=False, context=None, **named) -> Model:
    """One multifunction model of several, whose equal weights are stored once when it is saved.

    Each model is a path, a Model, or a pair (model, function). Keywords name functions: `merge(base="a.mlpackage", french=("b.mlpackage", "main"))`.
    `default`: the function that runs when none is asked for (the first). `metadata_from`: path or name of the input whose metadata to take
    (else they are united). `output`: where to save it at once.
    """
    merged = merge_functions([(None, each) for each in models] + list(named.items()), default, metadata_from, context)
    if output is not None:
        merged.save(output, force=force)
    return merged


def merge_functions(wanted, default=None, metadata_from=None, context=None) -> Model:
    """The same for a list of pairs (name or None, model), whose names may be any."""
    given = [each[0] if isinstance(each, tuple) else each for _, each in wanted]
    context = context or next((each._context for each in given if isinstance(each, Model)), None) or Context()
    opened = {}
    inputs = (c.mil_merge_input * len(wanted))()
    for i, (name, each) in enumerate(wanted):
        model, function = each if isinstance(each, tuple) else (each, None)
        key = model if isinstance(model, Model) else encode(model)
        if key not in opened:
            opened[key] = _opened(model, context)
            opened[key]._check()
        inputs[i] = c.mil_merge_input(opened[key]._handle, _optional(function), _optional(name))
    merge_options = options(c.mil_merge_options, default_function=_optional(default), metadata_from=_optional(metadata_from))
    return Model(context, context._make("mil_merge", context._handle, inputs, len(wanted), merge_options))


def extract(model, functions=None, inputs=None, outputs=None, default=None) -> Model:
    """Functions of a model (the default one), or what leads to some values of one, as a model of its own. `inputs` and `outputs` are names of
    values or operations to begin and to end at."""
    model = _opened(model)
    model._check()
    (function_names, function_count), (input_names, input_count), (output_names, output_count) = names(functions), names(inputs), names(outputs)
    extract_options = options(
        c.mil_extract_options, functions=function_names, function_count=function_count, default_function=_optional(default),
        inputs=input_names, input_count=input_count, outputs=output_names, output_count=output_count,
    )
    return Model(model._context, model._context._make("mil_extract", model._handle, extract_options))


def split(model, output, at=None, parts=None, max_weight_bytes=None, functions=None, force=False) -> dict:
    """Cuts a model into packages that run one after the other, in the folder `output`. Exactly one of `at` (behind which values), `parts` (into
    how many) and `max_weight_bytes` says where. Returns what parts.json says: which output goes to which input."""
    model = _opened(model)
    model._check()
    (at_names, at_count), (function_names, function_count) = names(at), names(functions)
    split_options = options(
        c.mil_split_options, at=at_names, at_count=at_count, parts=parts, max_weight_bytes=max_weight_bytes, functions=function_names,
        function_count=function_count, force=int(force),
    )
    model._context._call("mil_split", model._handle, encode(output), split_options)
    import os

    with open(os.path.join(output, "parts.json"), encoding="utf-8") as file:
        return json.load(file)


def diff(before, after, ignore_names=False) -> dict:
    """What changed between two models: what `milc diff --json` prints. `["different"]` says whether anything did."""
    context = before._context if isinstance(before, Model) else after._context if isinstance(after, Model) else Context()
    before, after = _opened(before, context), _opened(after, context)
    before._check(), after._check()
    return json.loads(owned_text(context._make("mil_diff", before._handle, after._handle, int(ignore_names))))


def compile(model, output, compiler_version=None, mil_version=None, best_effort=False, force=False):
    """Writes the .mlmodelc that Core ML's compiler makes of the model."""
    model = _opened(model)
    model._check()
    compile_options = options(
        c.mil_compile_options, compiler_version=_optional(compiler_version), mil_version=_optional(mil_version),
        best_effort=int(best_effort), force=int(force),
    )
    model._context._call("mil_compile", model._handle, encode(output), compile_options)


def decompile(model, output, force=False):
    """Writes a compiled model as a package that can be edited and compiled again."""
    model = model if isinstance(model, Model) else load(model, allow_missing_weights=True)
    model._check()
    model._context._call("mil_decompile", model._handle, encode(output), int(force))


def opt(model, pipeline="optimize", passes=None, target=None, converge=False, verify_each=False) -> Model:
    """Rewrites a model by passes, in place, and returns it.

    `pipeline`: a named pipeline with edits, "default,-fuse_gelu_exact,+cast_optimization"; or `passes`: a list of names, of pairs (name, dict of
    options), or a text "a,b{option=value}". `target`: the opset that passes may raise the program to, "ios18". After an error the model can only
    be closed.
    """
    model = _opened(model)
    model._check()
    if passes is not None and not isinstance(passes, str):
        passes = ",".join(_pass_text(each) for each in passes)
    pass_options = options(
        c.mil_pass_options, passes=None if passes is None else encode(passes), pipeline=None if passes is not None else encode(pipeline),
        target=_optional(target), converge=int(converge), verify_each=int(verify_each),
    )
    changed = ctypes.c_int32()
    model._context._call("mil_run_passes", model._handle, pass_options, ctypes.byref(changed))
    return model


def _pass_text(each):
    if isinstance(each, str):
        return each
    name, chosen = each
    words = {True: "true", False: "false"}
    values = {key: ",".join(map(str, value)) if isinstance(value, (list, tuple)) else words.get(value, value) if isinstance(value, bool) else value
              for key, value in chosen.items()}
    return name + "{" + ",".join(f"{key}={value}" for key, value in values.items()) + "}"


def passes() -> dict:
    """The passes and pipelines that there are: {"passes": [{"name", "says", "options", …}], "pipelines": [{"name", "says", "passes"}]}."""
    return json.loads(owned_text(lib.mil_list_passes()))


def operations() -> dict:
    """The catalogue of operations: what `milc ops --json` prints."""
    return json.loads(owned_text(lib.mil_list_operations()))
