"""coremltools.utils: loading and saving specifications, renaming, merging, bisecting."""

import os

from ... import tools
from ...errors import Unsupported
from ...model import Model, load
from .mlmodel import MLModel, Spec


def _model(given):
    """The milc.Model of a Spec, an MLModel, a path."""
    given = getattr(given, "milc_model", given)
    return given if isinstance(given, Model) else load(given)


def load_spec(model_path):
    return Spec(load(model_path))


def save_spec(spec, filename, auto_set_specification_version=False, weights_dir=None):
    """Writes a Spec as a package or .mlmodel, replacing what is there. The specification version always is at least what the model needs."""
    path = str(filename)
    if not os.path.splitext(path)[1]:
        path += ".mlpackage"
    _model(spec).save(path, force=True)


def rename_feature(spec, current_name, new_name, rename_inputs=True, rename_outputs=True):
    """Renames an input or output; does nothing, as the reference, when there is none of that name."""
    model = _model(spec)
    if current_name == new_name or not (rename_inputs or rename_outputs):
        return
    interface = model.interface()
    features = (interface["inputs"] if rename_inputs else []) + (interface["outputs"] if rename_outputs else [])
    for feature in features:
        if feature.name == current_name:
            feature.name = new_name
            return


class MultiFunctionDescriptor:
    """Which functions of which models make up a multifunction model, and which one is the default."""

    def __init__(self, model_path=None):
        self._functions = {}
        self.default_function_name = None
        if model_path is not None:
            self.add_model(model_path)

    def add_function(self, model_path, src_function_name, target_function_name):
        if target_function_name in self._functions:
            raise ValueError(f"function {target_function_name} already exists")
        self._functions[target_function_name] = (os.fspath(model_path), src_function_name)

    def add_model(self, model_path):
        for name in load(model_path, allow_missing_weights=True).functions:
            self.add_function(model_path, name, name)

    def remove_function(self, function_name):
        if function_name not in self._functions:
            raise ValueError(f"function_name {function_name} not found")
        del self._functions[function_name]


def save_multifunction(desc, destination_path):
    """Merges the functions of a MultiFunctionDescriptor into a package; equal weights are stored once."""
    if desc.default_function_name is None:
        raise ValueError("default_function_name must be set for the MultiFunctionDescriptor instance before calling save_multifunction.")
    if desc.default_function_name not in desc._functions:
        raise ValueError(f"default_function_name {desc.default_function_name} not found in the program.")
    merged = tools.merge_functions(list(desc._functions.items()), desc.default_function_name)
    merged.save(destination_path, force=True)


def bisect_model(model, output_dir, merge_chunks_to_pipeline=False, check_output_correctness=False):
    """Splits a model into two packages of about the same weight, <name>_chunk1.mlpackage and <name>_chunk2.mlpackage."""
    if merge_chunks_to_pipeline:
        raise Unsupported("bisect_model: merge_chunks_to_pipeline; milc makes no pipelines")
    if check_output_correctness:
        raise Unsupported("bisect_model: check_output_correctness")
    import shutil
    import tempfile

    source = _model(model)
    name = os.path.splitext(os.path.basename(source.path.rstrip("/")))[0] or "model"
    os.makedirs(output_dir, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output_dir) as scratch:
        parts = os.path.join(scratch, "parts")
        tools.split(source, parts, parts=2)
        for number in (1, 2):
            target = os.path.join(output_dir, f"{name}_chunk{number}.mlpackage")
            shutil.rmtree(target, ignore_errors=True)
            os.rename(os.path.join(parts, f"part_{number}.mlpackage"), target)


def materialize_dynamic_shape_mlmodel(dynamic_shape_mlmodel, function_name_to_shapes_map, destination_path, source_function_name="main"):
    """Adds functions for inputs of given sizes, {"name": {"input": (1, 3, 224)}}, to a model whose shapes are flexible, and writes it."""
    model = _model(dynamic_shape_mlmodel)
    model = load(model.path) if model.path else model
    calls = []
    for name, shapes in function_name_to_shapes_map.items():
        sizes = [f"{key}:{'x'.join(map(str, shape))}" for key, shape in shapes.items()]
        calls.append(("materialize_symbolic_shape_program",
                      {"inputs": sizes, "source_function_name": source_function_name, "function_name": name}))
    tools.opt(model, passes=calls)
    model.save(destination_path, force=True)


def make_pipeline(*models, compute_units=None):
    raise Unsupported("make_pipeline: milc reads, writes and compiles pipelines, and doesn't make them")


def get_model(spec):
    return MLModel(spec)
