"""The commands of milc as functions. Models are given as paths, or as Model objects, which must belong to one context."""

from __future__ import annotations

import ctypes
import json

from . import _prototypes as c
from ._native import encode, lib, names, options, owned_text
from .context import Context
from .errors import CallError
from .model import Model, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

    from ._native import Path

    #: A model: a Model, or its path.
    Given = Union[Model, Path]
    #: A model with all its functions, or a pair of a model and one of its functions.
    Part = Union[Given, Tuple[Given, Optional[str]]]
    Names = Union[None, str, Sequence[str]]
    #: A pass: its name, or a pair of name and options.
    Pass = Union[str, Tuple[str, Mapping[str, Any]]]


def _opened(model: Given, context: Optional[Context] = None) -> Model:
    return model if isinstance(model, Model) else load(model, context)


def _optional(text: Optional[Path]) -> Optional[bytes]:
    return encode(text) if text else None


def merge(*models: Part, default: Optional[str] = None, metadata_from: Optional[Path] = None, output: Optional[Path] = None, force: bool = False,
          context: Optional[Context] = None, **named: Part) -> Model:
    """Merges models into one multifunction model. Equal weights are stored once when it is saved.

    Each model is a path, a Model, or a pair (model, function). Keywords name functions: `merge(base="a.mlpackage", french=("b.mlpackage",
    "main"))`. `default`: the default function (the first, if not given). `metadata_from`: the path or function name of the input whose
    metadata is used (if not given, the metadata of all inputs is united). `output`: also save the model there.
    """
    return _saved(merge_functions([(None, each) for each in models] + list(named.items()), default, metadata_from, context), output, force)


def _saved(model: Model, output: Optional[Path], force: bool) -> Model:
    """Saves the model if a path is given, and returns it."""
    if output is not None:
        model.save(output, force=force)
    return model


def _merge_inputs(wanted: Sequence[Tuple[Optional[str], Part]], context: Optional[Context]) -> Tuple[Context, Any, Dict[Any, Model]]:
    """Converts a list of pairs (name or None, model) to the context and the inputs of mil_merge and mil_unify, and the opened models."""
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
    return context, inputs, opened


def merge_functions(wanted: Sequence[Tuple[Optional[str], Part]], default: Optional[str] = None, metadata_from: Optional[Path] = None,
                    context: Optional[Context] = None) -> Model:
    """Like `merge`, for a list of pairs (name or None, model); the names don't have to be valid keywords."""
    context, inputs, _opened_models = _merge_inputs(wanted, context)
    merge_options = options(c.mil_merge_options, default_function=_optional(default), metadata_from=_optional(metadata_from))
    return Model(context, context._make("mil_merge", context._handle, inputs, len(wanted), merge_options))


def make_pipeline(*models: Given, output: Optional[Path] = None, force: bool = False, context: Optional[Context] = None) -> Model:
    """Makes a pipeline of two or more models, which run one after the other and pass values by name. Inputs that are not an output of an
    earlier model are inputs of the pipeline; outputs that are not an input of a later model are outputs of the pipeline. `output`: also
    save the pipeline there."""
    context, inputs, opened = _merge_inputs([(None, each) for each in models], context)
    handles = (ctypes.c_void_p * len(models))(*[each.model for each in inputs])
    return _saved(Model(context, context._make("mil_make_pipeline", context._handle, handles, len(models))), output, force)


def unify(*models: Part, output: Optional[Path] = None, adapters: Optional[Path] = None, adapter_format: str = "npz", decompress: bool = False,
          state: bool = False, range: bool = False, low_rank: Union[None, bool, int] = None, tolerance: Optional[float] = None,
          low_rank_only: bool = False, force: bool = False, context: Optional[Context] = None, **named: Part) -> Model:
    """Combines functions that only differ in weights or sizes into one function. Models are given as for `merge`; for a single
    multifunction model, its functions are combined.

    Weights that differ become inputs, or states with `state`. Their values are written to the folder `adapters`, one file per function in
    `adapter_format`, "npz" or "safetensors". Sizes that differ become enumerated shapes, or with `range` all sizes from the smallest to the
    largest. `decompress`: if compressed weights differ, use their decompressed values as inputs. `low_rank`: True, or a maximum rank. If
    weights of linear differ by a matrix of at most this rank, the weight of the first function is kept and two thin matrices become inputs.
    `tolerance`: the error allowed for this, relative to the weight (1/2048). `low_rank_only`: fail if the difference doesn't have a low
    rank. `output`: also save the model there; `adapters` then defaults to a folder next to it.
    """
    import os

    if adapter_format not in ("npz", "safetensors"):
        raise CallError(f"adapter_format must be 'npz' or 'safetensors', not {adapter_format!r}")
    if adapters is None and output is not None:
        adapters = os.path.splitext(os.fsdecode(output).rstrip("/"))[0] + "_adapters"
    context, inputs, _opened_models = _merge_inputs([(None, each) for each in models] + list(named.items()), context)
    unify_options = options(
        c.mil_unify_options, decompress=int(decompress), states=int(state), range=int(range), low_rank=int(bool(low_rank)),
        max_rank=None if low_rank is None or isinstance(low_rank, bool) else low_rank, tolerance=tolerance, low_rank_only=int(low_rank_only),
        adapters_folder=_optional(adapters), safetensors=int(adapter_format == "safetensors"), force=int(force),
    )
    return _saved(Model(context, context._make("mil_unify", context._handle, inputs, len(inputs), unify_options)), output, force)


def bind(model: Given, adapter: Path) -> Model:
    """Replaces inputs by constants with the values of a .npz or .safetensors file, in place: the inverse of `unify`. Returns the model.
    After an error, the model can only be closed."""
    model = _opened(model)
    model._check()
    model._context._call("mil_bind", model._handle, encode(adapter))
    return model


def compress(model: Given, config: Any = None, preset: Optional[str] = None, size: Union[None, int, str] = None, max_error: Optional[float] = None,
             target: Optional[str] = None, joint: bool = False) -> Model:
    """Stores the weights of a model in fewer bits, in place, and returns the model; after an error, it can only be closed. Give exactly one
    of:

    `config`: an OptimizationConfig of coremltools as a dict, as YAML or JSON text, or the path of a file; or a list of configurations, each
    of which also compresses weights that the previous ones have compressed.
    `preset`: the name of a preset, see `milc.presets()`.
    `size`: the maximum bytes of all constants, or a percentage of their current bytes, "40%"; a scheme is chosen for each weight so that
    the error of the model is small.
    `max_error`: the minimum signal-to-noise ratio of each weight in dB; the smallest schemes that reach it are chosen.

    `joint`: the first configuration also compresses weights that are already compressed. `target`: raise the opset of all functions to this
    one first. Afterwards `model.compressed` has "weights", "compressed", "bytes_before" and "bytes_after".
    """
    model = _opened(model)
    model._check()
    configs = [] if config is None else list(config) if isinstance(config, (list, tuple)) else [config]
    texts, count = names([_config_text(each) for each in configs])
    compress_options = options(
        c.mil_compress_options, configs=texts, config_count=count, joint=int(joint), preset=_optional(preset),
        bytes=None if size is None else _bytes(model, size), decibels=max_error, target=_optional(target),
    )
    result = options(c.mil_compress_result)
    model._context._call("mil_compress", model._handle, compress_options, ctypes.byref(result))
    model.compressed = {name: getattr(result, name) for name in ("weights", "compressed", "bytes_before", "bytes_after")}
    return model


def _config_text(config: Any) -> str:
    import os

    if isinstance(config, dict):
        return json.dumps(config)
    if isinstance(config, str) and ("\n" in config or config.lstrip().startswith("{")):
        return config
    with open(os.fspath(config), encoding="utf-8") as file:
        return file.read()


def _bytes(model: Model, size: Union[int, str]) -> int:
    if not isinstance(size, str):
        return int(size)
    if not size.endswith("%"):
        raise CallError(f"size must be a number of bytes or a percentage such as '40%', not {size!r}")
    return int(lib.mil_model_constant_bytes(model._handle) * float(size[:-1]) / 100)


def presets() -> List[Dict[str, Any]]:
    """The presets of `compress`: dicts with "name", "summary", "needs" (the opset) and "bits" (per element, of 16 bits of an fp16
    weight)."""
    return json.loads(owned_text(lib.mil_list_presets()))


def compare(a: Given, b: Given, inputs: Mapping[str, Any], function: Optional[str] = None, tolerance: float = 1e-3,
            psnr: Optional[float] = None) -> Dict[str, Any]:
    """Runs two models on the same inputs, a dict of arrays by name, and returns the differences of their results: {"within", "outputs",
    "missing", "values" (intermediate values with the same name in both models), "firstApart" (the first operation whose result differs
    although its arguments don't)}.

    `tolerance`: the allowed difference of elements, absolute and relative. `psnr`: instead, the minimum peak signal-to-noise ratio of each
    output, in dB.
    """
    from .run import Executable, given

    context = a._context if isinstance(a, Model) else b._context if isinstance(b, Model) else Context()
    first, second = (Executable(_opened(each, context), function) for each in (a, b))
    compare_options = options(c.mil_compare_options, absolute=tolerance, relative=tolerance, psnr=psnr)
    arrays = first._arrays(inputs)
    handle = context._make("mil_compare", first._handle, second._handle, given(arrays), len(arrays), compare_options)
    return json.loads(owned_text(handle))


def extract(model: Given, functions: Names = None, inputs: Names = None, outputs: Names = None, default: Optional[str] = None) -> Model:
    """Extracts functions of a model (by default the default function) into a new model, or the operations of one function that compute
    given values. `inputs` and `outputs` are the names of values or operations to start and to end at."""
    model = _opened(model)
    model._check()
    (function_names, function_count), (input_names, input_count), (output_names, output_count) = names(functions), names(inputs), names(outputs)
    extract_options = options(
        c.mil_extract_options, functions=function_names, function_count=function_count, default_function=_optional(default),
        inputs=input_names, input_count=input_count, outputs=output_names, output_count=output_count,
    )
    return Model(model._context, model._context._make("mil_extract", model._handle, extract_options))


def split(model: Given, output: Path, at: Names = None, parts: Optional[int] = None, max_weight_bytes: Optional[int] = None,
          functions: Names = None, force: bool = False) -> Dict[str, Any]:
    """Splits a model into packages that run one after the other, in the folder `output`. Give exactly one of `at` (the values or operations
    after which to cut), `parts` (the number of parts) and `max_weight_bytes` (the limit for the weight file of each part). Returns the
    content of parts.json, which lists the output that each input comes from."""
    model = _opened(model)
    model._check()
    (at_names, at_count), (function_names, function_count) = names(at), names(functions)
    split_options = options(
        c.mil_split_options, at=at_names, at_count=at_count, parts=parts, max_weight_bytes=max_weight_bytes, functions=function_names,
        function_count=function_count, force=int(force),
    )
    model._context._call("mil_split", model._handle, encode(output), split_options)
    import os

    with open(os.path.join(os.fsdecode(output), "parts.json"), encoding="utf-8") as file:
        return json.load(file)


def diff(before: Given, after: Given, ignore_names: bool = False) -> Dict[str, Any]:
    """The differences between two models, as printed by `milc diff --json`. `["different"]` is true if there are any."""
    context = before._context if isinstance(before, Model) else after._context if isinstance(after, Model) else Context()
    before, after = _opened(before, context), _opened(after, context)
    before._check()
    after._check()
    return json.loads(owned_text(context._make("mil_diff", before._handle, after._handle, int(ignore_names))))


def draw(model: Given, function: Optional[str] = None, layer: Optional[str] = None, around: Optional[str] = None, depth: int = 3) -> str:
    """Draws the graph of a function as SVG, with layers folded, like `milc view -o X.svg`. `layer`: draw this group of operations instead
    of the whole function. `around`: draw this value or operation and the nodes within `depth` edges of it. Raises ModelError if the picture
    would be too large."""
    model = _opened(model)
    model._check()
    draw_options = options(c.mil_draw_options, function=_optional(function), layer=_optional(layer), around=_optional(around), depth=depth)
    return owned_text(model._context._make("mil_draw", model._handle, draw_options))


def compile(model: Given, output: Path, compiler_version: Optional[str] = None, mil_version: Optional[str] = None, best_effort: bool = False,
            force: bool = False) -> None:
    """Compiles a model to a .mlmodelc folder, as Core ML's compiler does."""
    model = _opened(model)
    model._check()
    compile_options = options(
        c.mil_compile_options, compiler_version=_optional(compiler_version), mil_version=_optional(mil_version),
        best_effort=int(best_effort), force=int(force),
    )
    model._context._call("mil_compile", model._handle, encode(output), compile_options)


def decompile(model: Given, output: Path, force: bool = False) -> None:
    """Converts a compiled model to a package that can be edited and compiled again."""
    model = model if isinstance(model, Model) else load(model, allow_missing_weights=True)
    model._check()
    model._context._call("mil_decompile", model._handle, encode(output), int(force))


def opt(model: Given, pipeline: str = "optimize", passes: Union[None, str, Iterable[Pass]] = None, target: Optional[str] = None,
        converge: bool = False, verify_each: bool = False) -> Model:
    """Optimizes a model with passes, in place, and returns it.

    `pipeline`: a pipeline, optionally with changes: "default,-fuse_gelu_exact,+cast_optimization". `passes`: instead, a list of names or
    pairs (name, dict of options), or a str "a,b{option=value}". `target`: raise the opset of all functions to this one first, "ios18".
    `converge`: run the passes again until nothing changes. `verify_each`: verify the program after every pass. After an error, the model
    can only be closed.
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


def _pass_text(each: Pass) -> str:
    if isinstance(each, str):
        return each
    name, chosen = each
    return name + "{" + ",".join(f"{key}={_option_text(value)}" for key, value in chosen.items()) + "}"


def _option_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def passes() -> Dict[str, Any]:
    """The passes and pipelines of `opt`: {"passes": [{"name", "summary", "options", …}], "pipelines": [{"name", "summary", "passes"}]}."""
    return json.loads(owned_text(lib.mil_list_passes()))


def operations() -> Dict[str, Any]:
    """The catalogue of operations, as printed by `milc ops --json`."""
    return json.loads(owned_text(lib.mil_list_operations()))
