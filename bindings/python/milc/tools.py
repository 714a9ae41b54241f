"""What the commands of milc do, as functions. Models are given as Model objects of one context, or as paths."""

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

    #: A model: opened, or where it is.
    Given = Union[Model, Path]
    #: A model to merge: all its functions, or one of them.
    Part = Union[Given, Tuple[Given, Optional[str]]]
    Names = Union[None, str, Sequence[str]]
    #: A pass by name, or with options.
    Pass = Union[str, Tuple[str, Mapping[str, Any]]]


def _opened(model: Given, context: Optional[Context] = None) -> Model:
    return model if isinstance(model, Model) else load(model, context)


def _optional(text: Optional[Path]) -> Optional[bytes]:
    return encode(text) if text else None


def merge(*models: Part, default: Optional[str] = None, metadata_from: Optional[Path] = None, output: Optional[Path] = None, force: bool = False,
          context: Optional[Context] = None, **named: Part) -> Model:
    """One multifunction model of several, whose equal weights are stored once when it is saved.

    Each model is a path, a Model, or a pair (model, function). Keywords name functions: `merge(base="a.mlpackage", french=("b.mlpackage", "main"))`.
    `default`: the function that runs when none is asked for (the first). `metadata_from`: path or name of the input whose metadata to take
    (else they are united). `output`: where to save it at once.
    """
    return _saved(merge_functions([(None, each) for each in models] + list(named.items()), default, metadata_from, context), output, force)


def _saved(model: Model, output: Optional[Path], force: bool) -> Model:
    """The model, saved if a path is given."""
    if output is not None:
        model.save(output, force=force)
    return model


def _merge_inputs(wanted: Sequence[Tuple[Optional[str], Part]], context: Optional[Context]) -> Tuple[Context, Any, Dict[Any, Model]]:
    """The context, and what mil_merge and mil_unify take, of a list of pairs (name or None, model)."""
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
    """The same for a list of pairs (name or None, model), whose names may be any."""
    context, inputs, _opened_models = _merge_inputs(wanted, context)
    merge_options = options(c.mil_merge_options, default_function=_optional(default), metadata_from=_optional(metadata_from))
    return Model(context, context._make("mil_merge", context._handle, inputs, len(wanted), merge_options))


def make_pipeline(*models: Given, output: Optional[Path] = None, force: bool = False, context: Optional[Context] = None) -> Model:
    """A pipeline of two models or more that run one after the other and pass values by name: an input that no model before gives is one of the
    pipeline, an output that no model after takes is one of the pipeline. `output`: where to save it at once."""
    context, inputs, opened = _merge_inputs([(None, each) for each in models], context)
    handles = (ctypes.c_void_p * len(models))(*[each.model for each in inputs])
    return _saved(Model(context, context._make("mil_make_pipeline", context._handle, handles, len(models))), output, force)


def unify(*models: Part, output: Optional[Path] = None, adapters: Optional[Path] = None, adapter_format: str = "npz", decompress: bool = False,
          state: bool = False, range: bool = False, low_rank: Union[None, bool, int] = None, tolerance: Optional[float] = None,
          low_rank_only: bool = False, force: bool = False, context: Optional[Context] = None, **named: Part) -> Model:
    """One function of several that are the same program but for weights or sizes. Models are given as for `merge`; those of one multifunction
    model are its functions.

    Weights that differ become inputs, whose values go to the folder `adapters`, a file for each function in `adapter_format`, "npz" or
    "safetensors"; with `state` they become states. Sizes that differ become shapes to choose from, or with `range` all between. `low_rank`: True, or
    the largest rank: weights of linear that differ by so little stay, and two thin inputs are added; `tolerance` is what that may leave out
    (1/2048), `low_rank_only` refuses other weights. `output`: where to save it at once; `adapters` then is the folder beside it by default.
    """
    import os

    if adapter_format not in ("npz", "safetensors"):
        raise CallError(f"adapter_format is 'npz' or 'safetensors', not {adapter_format!r}")
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
    """Makes constants of inputs, in place, with the values of a file, .npz or .safetensors: the way back from `unify`. Returns the model, which
    after an error can only be closed."""
    model = _opened(model)
    model._check()
    model._context._call("mil_bind", model._handle, encode(adapter))
    return model


def compress(model: Given, config: Any = None, preset: Optional[str] = None, size: Union[None, int, str] = None, max_error: Optional[float] = None,
             target: Optional[str] = None, joint: bool = False) -> Model:
    """Stores the weights of a model in fewer bits, in place, and returns it; after an error it can only be closed. Give exactly one of:

    `config`: an OptimizationConfig of coremltools as a dict, as YAML or JSON text, or the path of a file; several in a list, of which each
    compresses again what the one before has made (`joint`: so does the first).
    `preset`: a name; `milc.presets()` tells which there are.
    `size`: how many bytes all constants may take, or a part of what they take now, "40%"; each weight gets the scheme that costs least.
    `max_error`: the least signal-to-noise ratio of each weight in dB, with the smallest schemes.
    `target`: the opset to raise all functions to first. `model.compressed` then has "weights", "compressed", "bytes_before", "bytes_after".
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
        raise CallError(f"size is a number of bytes or a part such as '40%', not {size!r}")
    return int(lib.mil_model_constant_bytes(model._handle) * float(size[:-1]) / 100)


def presets() -> List[Dict[str, Any]]:
    """The presets of `compress`: dicts with "name", "summary", "needs" (the opset) and "bits" (that stay of an fp16 weight's 16)."""
    return json.loads(owned_text(lib.mil_list_presets()))


def compare(a: Given, b: Given, inputs: Mapping[str, Any], function: Optional[str] = None, tolerance: float = 1e-3,
            psnr: Optional[float] = None) -> Dict[str, Any]:
    """Runs two models on the same inputs, a dict of arrays by name, and returns how their results differ: {"within", "outputs", "missing", "values"
    (those inside that have one name in both), "firstApart" (the operation where they part)}.

    `tolerance`: how far elements may differ, absolutely and relatively; or `psnr`: the least ratio of an output's peak to the mean error, in dB.
    """
    from .run import Executable, given

    context = a._context if isinstance(a, Model) else b._context if isinstance(b, Model) else Context()
    first, second = (Executable(_opened(each, context), function) for each in (a, b))
    compare_options = options(c.mil_compare_options, absolute=tolerance, relative=tolerance, psnr=psnr)
    arrays = first._arrays(inputs)
    handle = context._make("mil_compare", first._handle, second._handle, given(arrays), len(arrays), compare_options)
    return json.loads(owned_text(handle))


def extract(model: Given, functions: Names = None, inputs: Names = None, outputs: Names = None, default: Optional[str] = None) -> Model:
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


def split(model: Given, output: Path, at: Names = None, parts: Optional[int] = None, max_weight_bytes: Optional[int] = None,
          functions: Names = None, force: bool = False) -> Dict[str, Any]:
    """Cuts a model into packages that run one after the other, in the folder `output`. Exactly one of `at` (after which values), `parts` (into
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
    """The graph of a function as SVG, with layers folded: what `milc view -o X.svg` draws. `layer`: a group of operations instead of the whole
    function. `around`: a value or operation, and what `depth` edges lead to from it. Raises ModelError when the picture would be too large."""
    model = _opened(model)
    model._check()
    draw_options = options(c.mil_draw_options, function=_optional(function), layer=_optional(layer), around=_optional(around), depth=depth)
    return owned_text(model._context._make("mil_draw", model._handle, draw_options))


def compile(model: Given, output: Path, compiler_version: Optional[str] = None, mil_version: Optional[str] = None, best_effort: bool = False,
            force: bool = False) -> None:
    """Writes the .mlmodelc that Core ML's compiler makes of the model."""
    model = _opened(model)
    model._check()
    compile_options = options(
        c.mil_compile_options, compiler_version=_optional(compiler_version), mil_version=_optional(mil_version),
        best_effort=int(best_effort), force=int(force),
    )
    model._context._call("mil_compile", model._handle, encode(output), compile_options)


def decompile(model: Given, output: Path, force: bool = False) -> None:
    """Writes a compiled model as a package that can be edited and compiled again."""
    model = model if isinstance(model, Model) else load(model, allow_missing_weights=True)
    model._check()
    model._context._call("mil_decompile", model._handle, encode(output), int(force))


def opt(model: Given, pipeline: str = "optimize", passes: Union[None, str, Iterable[Pass]] = None, target: Optional[str] = None,
        converge: bool = False, verify_each: bool = False) -> Model:
    """Rewrites a model by passes, in place, and returns it.

    `pipeline`: a named pipeline with edits, "default,-fuse_gelu_exact,+cast_optimization"; or `passes`: a list of names, of pairs (name, dict of
    options), or a text "a,b{option=value}". `target`: the opset to raise all functions to first, "ios18". After an error the model can only
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
    """The passes and pipelines that there are: {"passes": [{"name", "summary", "options", …}], "pipelines": [{"name", "summary", "passes"}]}."""
    return json.loads(owned_text(lib.mil_list_passes()))


def operations() -> Dict[str, Any]:
    """The catalogue of operations: what `milc ops --json` prints."""
    return json.loads(owned_text(lib.mil_list_operations()))
