"""coremltools.utils: loading and saving specifications, renaming, merging, bisecting."""

from __future__ import annotations

import os
import sys

from ... import tools
from ...context import Context
from ...model import Model, load
from ..compute_unit import ComputeUnit
from ..missing import missing
from ..proto.FeatureTypes_pb2 import ArrayFeatureType
from .model import MLModel
from .specification import Spec, copy_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

    from ..._native import Path


def _model(given: Any) -> Model:
    """The milc.Model of a Spec, an MLModel or a path."""
    given = getattr(given, "milc_model", given)
    return given if isinstance(given, Model) else load(given)


def load_spec(model_path: Path) -> Spec:
    """Opens a package or .mlmodel and returns its specification, a view of the model under the names of Model.proto."""
    return Spec(load(model_path))


def save_spec(spec: Spec, filename: Path, auto_set_specification_version: bool = False, weights_dir: Optional[Path] = None) -> None:
    """Writes a Spec as a package or .mlmodel, replacing an existing one. The specification version is always at least the one that the
    model needs."""
    path = os.fsdecode(filename)
    if not os.path.splitext(path)[1]:
        path += ".mlpackage"
    _model(spec).save(path, force=True)


def rename_feature(spec: Union[Spec, MLModel], current_name: str, new_name: str, rename_inputs: bool = True, rename_outputs: bool = True) -> None:
    """Renames an input or output. Like coremltools, does nothing if there is none with this name."""
    model = spec.own() if isinstance(spec, Spec) else _model(spec)
    if current_name == new_name or not (rename_inputs or rename_outputs):
        return
    interface = model.interface()
    features = (interface["inputs"] if rename_inputs else []) + (interface["outputs"] if rename_outputs else [])
    for feature in features:
        if feature.name == current_name:
            feature.name = new_name
            return


def compile_model(model: Spec, destination_path: Optional[Path] = None) -> str:
    """Compiles a Spec to a .mlmodelc folder, by default in a new temporary folder; returns its path."""
    if not isinstance(model, Spec):
        raise TypeError(f"compile_model needs a specification, not {type(model).__name__}")
    if destination_path is None:
        import tempfile

        destination_path = os.path.join(tempfile.mkdtemp(), "model.mlmodelc")
    path = os.fsdecode(destination_path)
    if not path.rstrip("/").endswith(".mlmodelc"):
        raise ValueError("destination_path must end in .mlmodelc")
    tools.compile(model.milc_model, path)
    return path


# ---- Several functions -------------------------------------------------------------------------------------------------


class MultiFunctionDescriptor:
    """Lists the functions of models that form a multifunction model, and its default function."""

    def __init__(self, model_path: Optional[Path] = None) -> None:
        self._functions: Dict[str, Tuple[str, str]] = {}
        self._of_model: Dict[str, List[str]] = {}
        self.default_function_name: Optional[str] = None
        if model_path is not None:
            self.add_model(model_path)

    def _functions_of(self, path: str) -> List[str]:
        if path not in self._of_model:
            self._of_model[path] = list(load(path, allow_missing_weights=True).functions)
        return self._of_model[path]

    def add_function(self, model_path: Path, src_function_name: str, target_function_name: str) -> None:
        """Adds a function of a model under a new name."""
        path = os.fsdecode(model_path)
        if src_function_name not in self._functions_of(path):
            raise ValueError(f"src_function_name {src_function_name} not found in {path}")
        if target_function_name in self._functions:
            raise ValueError(f"function {target_function_name} already exists")
        self._functions[target_function_name] = (path, src_function_name)

    def add_model(self, model_path: Path) -> None:
        """Adds all functions of a model under their names."""
        for name in self._functions_of(os.fsdecode(model_path)):
            self.add_function(model_path, name, name)

    def remove_function(self, function_name: str) -> None:
        """Removes a function, given by its new name."""
        if function_name not in self._functions:
            raise ValueError(f"function_name {function_name} not found")
        del self._functions[function_name]


def save_multifunction(desc: MultiFunctionDescriptor, destination_path: Path) -> None:
    """Merges the functions of a MultiFunctionDescriptor into a package; equal weights are stored once."""
    if desc.default_function_name is None:
        raise ValueError("default_function_name must be set for the MultiFunctionDescriptor instance before calling save_multifunction.")
    if desc.default_function_name not in desc._functions:
        raise ValueError(f"default_function_name {desc.default_function_name} not found in the program.")
    merged = tools.merge_functions(list(desc._functions.items()), desc.default_function_name)
    merged.save(destination_path, force=True)


def materialize_dynamic_shape_mlmodel(
    dynamic_shape_mlmodel: MLModel,
    function_name_to_materialization_map: Mapping[str, Mapping[str, Sequence[int]]],
    destination_path: Path,
    source_function_name: str = "main",
) -> None:
    """Adds functions with fixed input sizes, {"name": {"input": (1, 3, 224)}}, to a model with flexible shapes, and writes it. Weights are
    stored once."""
    if not isinstance(dynamic_shape_mlmodel, MLModel):
        raise ValueError(f"Dynamic shape mlmodel must be type of ct.models.MLModel, but got {type(dynamic_shape_mlmodel)}")
    model = copy_of(dynamic_shape_mlmodel.milc_model)
    calls = []
    for name, shapes in function_name_to_materialization_map.items():
        sizes = [f"{key}:{'x'.join(map(str, shape))}" for key, shape in shapes.items()]
        calls.append(("materialize_symbolic_shape_program",
                      {"inputs": sizes, "source_function_name": source_function_name, "function_name": name}))
    tools.opt(model, passes=calls)
    model.save(destination_path, force=True)


# ---- Pipelines ---------------------------------------------------------------------------------------------------------


def make_pipeline(*models: MLModel, compute_units: Optional[ComputeUnit] = None) -> MLModel:
    """Makes a pipeline of two or more models, which run one after the other and pass values by name. If `compute_units` is not given, all
    models must have the same compute unit."""
    if compute_units is not None and not isinstance(compute_units, ComputeUnit):
        raise TypeError('"compute_units" parameter must be None or of type coremltools.ComputeUnit')
    if not all(isinstance(each, MLModel) for each in models):
        raise TypeError("make_pipeline needs instances of MLModel")
    if compute_units is None:
        if len({each.compute_unit for each in models}) > 1:
            raise ValueError('Models have different compute_unit values. The "compute_units" parameter must be specified.')
        compute_units = models[0].compute_unit if models else ComputeUnit.ALL
    return MLModel(_pipeline([each.milc_model for each in models]), compute_units=compute_units)


def _pipeline(models: List[Model]) -> Model:
    """Makes a pipeline of models. If they belong to several contexts, they are saved and opened again in one context."""
    if len({id(each._context) for each in models}) < 2:
        return tools.make_pipeline(*models)
    import tempfile

    folder = tempfile.TemporaryDirectory(prefix="milc-pipeline-")
    context, stages = Context(), []
    for number, model in enumerate(models):
        path = os.path.join(folder.name, f"{number}.mlpackage")
        model.save(path)
        stages.append(load(path, context))
    made = tools.make_pipeline(*stages)
    made._kept = folder  # the weights are read from there when the pipeline is saved
    return made


# ---- Bisecting ---------------------------------------------------------------------------------------------------------


def bisect_model(model: Union[str, MLModel], output_dir: Path, merge_chunks_to_pipeline: bool = False, check_output_correctness: bool = True) -> None:
    """Splits a model into two packages with weights of similar size, <name>_chunk1.mlpackage and <name>_chunk2.mlpackage in `output_dir`,
    or with `merge_chunks_to_pipeline` into one pipeline, <name>_chunked_pipeline.mlpackage; for an MLModel, the names have no <name>_.
    `check_output_correctness` runs the model and its parts on random inputs and logs the signal-to-noise ratio of each output, as a warning
    if it is below 35 dB."""
    if not isinstance(model, (str, os.PathLike, MLModel)):
        raise ValueError(f"'model' must be type of [str, MLModel]. Got {type(model)}.")
    source = _model(model)
    if list(source.functions) != ["main"]:
        raise ValueError("'bisect_model' only support model with a single 'main' function.")
    name = "" if isinstance(model, MLModel) else os.path.splitext(os.path.basename(os.fsdecode(model).rstrip("/")))[0] + "_"
    import tempfile

    output_dir = os.fsdecode(output_dir)
    os.makedirs(output_dir, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output_dir) as scratch:
        folder = os.path.join(scratch, "parts")
        tools.split(source, folder, parts=2)
        chunks = [os.path.join(folder, f"part_{number}.mlpackage") for number in (1, 2)]
        if check_output_correctness or merge_chunks_to_pipeline:
            pipeline = tools.make_pipeline(*[load(chunk, source._context) for chunk in chunks])
        if check_output_correctness:
            _log_correctness(source, pipeline)
        if merge_chunks_to_pipeline:
            pipeline.save(os.path.join(output_dir, name + "chunked_pipeline.mlpackage"), force=True)
            return
        for number, chunk in enumerate(chunks, 1):
            _replace(chunk, os.path.join(output_dir, f"{name}chunk{number}.mlpackage"))


def _replace(source: str, target: str) -> None:
    import shutil

    shutil.rmtree(target, ignore_errors=True)
    os.rename(source, target)


#: coremltools considers ratios below this as low, in dB.
_LOW_PSNR = 35


def _log_correctness(whole: Model, parts: Model) -> None:
    import logging

    log = logging.getLogger("milc.coremltools")
    for output in tools.compare(whole, parts, _random_inputs(whole))["outputs"]:
        name, ratio = output["name"], float(output["psnr"])
        if ratio >= _LOW_PSNR:
            log.info("%s: %.1f dB > %d dB (minimum allowed) parity check passed", name, ratio, _LOW_PSNR)
        else:
            log.warning("%s: %.1f dB is low!", name, ratio)


def _random_inputs(model: Model) -> Dict[str, Any]:
    """Random inputs: floats from -1 to 1, pixels from 0 to 255, and integers 0 or 1, because they may be indices."""
    import numpy as np

    rng, inputs = np.random.default_rng(0), {}
    executable = model.executable()
    for feature in model.inputs:
        described, type_ = feature.type or {}, executable.inputs[feature.name]
        if described.get("kind") == "image":
            shape: Any = [1, 1 if described["colorSpace"].startswith("grayscale") else 3, described["height"], described["width"]]
            inputs[feature.name] = rng.integers(0, 256, shape)
            continue
        shape = described.get("shape") or [size or 1 for size in type_.shape or ()]
        inputs[feature.name] = rng.uniform(-1, 1, shape) if type_.dtype.startswith("fp") else rng.integers(0, 2, shape)
    return inputs


# ---- Types --------------------------------------------------------------------------------------------------------------


def change_input_output_tensor_type(
    ml_model: MLModel,
    from_type: int,
    to_type: int,
    function_names: Optional[List[str]] = None,
    input_names: Optional[List[str]] = None,
    output_names: Optional[List[str]] = None,
) -> MLModel:
    """Returns a model in which inputs and outputs with one element type (such as ArrayFeatureType.FLOAT32) have another one; casts are
    added to the program, so that it computes the same. Changes the inputs `input_names` (default: none) and the outputs `output_names`
    (default: all) of the functions `function_names` (default: "main"); the name "*" selects all inputs or outputs. The given model is not
    changed."""
    dtypes = {ArrayFeatureType.FLOAT16: "fp16", ArrayFeatureType.FLOAT32: "fp32", ArrayFeatureType.INT32: "int32"}
    if from_type == to_type or from_type not in dtypes or to_type not in dtypes:
        raise ValueError(f"from_type and to_type must be two of FLOAT16, FLOAT32 and INT32, not {from_type} and {to_type}")
    if not isinstance(ml_model, MLModel):
        raise ValueError(f"ml_model must be an MLModel, not {type(ml_model).__name__}")
    model = copy_of(ml_model.milc_model)
    for function in function_names or ["main"]:
        interface = model.interface(function)
        for key, names in (("inputs", input_names or []), ("outputs", ["*"] if output_names is None else output_names)):
            for feature in interface[key]:
                described = feature.type or {}
                if described.get("dtype") == dtypes[from_type] and described.get("kind") == "multiArray" and ("*" in names or feature.name in names):
                    feature.set_dtype(dtypes[to_type])
    return MLModel(model, compute_units=ml_model.compute_unit, function_name=ml_model.function_name)


def _is_macos() -> bool:
    """Whether this is macOS. Scripts check this before predictions, but milc can also run models on other systems."""
    return sys.platform == "darwin"


def _macos_version() -> Tuple[int, ...]:
    """The version of macOS, such as (15, 1); () on other systems."""
    import platform

    return tuple(map(int, platform.mac_ver()[0].split(".")[:2])) if _is_macos() else ()


_FITTING = "compare what MLModel.predict returns with the labels, or see milc.compare for two models"
_INSTEAD = {
    "evaluate_classifier": _FITTING, "evaluate_classifier_with_probabilities": _FITTING, "evaluate_regressor": _FITTING,
    "evaluate_transformer": _FITTING, "convert_double_to_float_multiarray_type": "ML programs have no arrays of doubles",
    "randomize_weights": "milc.load(random_weights=) fills in weights whose files are missing",
}


def __getattr__(name: str) -> Any:
    return missing(".utils", name if name in _INSTEAD else "", _INSTEAD.get(name, ""))(name)
