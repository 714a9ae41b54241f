"""coremltools.models.MLModel over milc.Model."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ...errors import Unsupported
from ...model import Model, load
from ...run import State as MLState
from ..compute_unit import ComputeUnit
from .specification import Spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional, Union

    from ..._native import Path
    from ...model import Feature, Metadata


class _Descriptions(Mapping[str, str]):
    """input_description and output_description: descriptions by the names of features, which can be set."""

    def __init__(self, model: Model, key: str, function: Optional[str]) -> None:
        self._model, self._key, self._function = model, key, function

    def _features(self) -> Dict[str, Feature]:
        return {each.name: each for each in self._model.interface(self._function)[self._key]}

    def __getitem__(self, name: str) -> str:
        return self._features()[name].description

    def __setitem__(self, name: str, text: str) -> None:
        features = self._features()
        if name not in features:
            raise KeyError(name)
        features[name].description = text

    def __iter__(self) -> Iterator[str]:
        return iter(self._features())

    def __len__(self) -> int:
        return len(self._features())

    def __repr__(self) -> str:
        return f"Features({', '.join(self)})"


class _Runnable:
    """The common part of MLModel and CompiledMLModel."""

    milc_model: Model
    function_name: Optional[str]

    def _select(self, function_name: Optional[str]) -> None:
        if function_name is not None and function_name not in self.milc_model.functions:
            raise ValueError(f"the model has no function '{function_name}'; it has {', '.join(self.milc_model.functions)}")
        self.function_name = function_name

    def predict(self, data: Any, state: Optional[MLState] = None) -> Any:
        """Runs the model on inputs by name and returns the outputs by name; for a list of inputs, a list of outputs."""
        return self.milc_model.predict(data, state, self.function_name)

    def make_state(self) -> MLState:
        """Makes the states of the model, initially zero, with read_state and write_state."""
        return self.milc_model.make_state(self.function_name)

    def __repr__(self) -> str:
        return repr(self.milc_model)


class MLModel(_Runnable):
    """A model, given by its path, its Spec, or a milc.Model. `milc_model` is the milc.Model that it uses."""

    def __init__(self, model: Union[Path, MLModel, Spec, Model], is_temp_package: bool = False, mil_program: object = None,
                 skip_model_load: bool = False, compute_units: ComputeUnit = ComputeUnit.ALL, weights_dir: Optional[Path] = None,
                 function_name: Optional[str] = None, optimization_hints: object = None) -> None:
        if mil_program is not None:
            raise Unsupported("mil_program: programs of coremltools can't be used; save them as a package")
        if isinstance(model, Spec):
            model = model.own()
        elif isinstance(model, MLModel):
            model = model.milc_model
        self.milc_model = model if isinstance(model, Model) else load(model, weights_folder=weights_dir)
        self._select(function_name)
        self.compute_unit, self.optimization_hints = compute_units, optimization_hints
        self._mil_program: Any = None  # None, as in all models that weren't just converted
        self._compiled: Any = None  # the temporary folder of the compiled model

    def _text(self, key: str) -> str:
        return getattr(self.milc_model.metadata, key)

    @property
    def short_description(self) -> str:
        """The description of the model."""
        return self._text("description")

    @short_description.setter
    def short_description(self, value: str) -> None:
        self.milc_model.metadata.description = value

    @property
    def author(self) -> str:
        """The author of the model."""
        return self._text("author")

    @author.setter
    def author(self, value: str) -> None:
        self.milc_model.metadata.author = value

    @property
    def license(self) -> str:
        """The license of the model."""
        return self._text("license")

    @license.setter
    def license(self, value: str) -> None:
        self.milc_model.metadata.license = value

    @property
    def version(self) -> str:
        """The version of the model."""
        return self._text("version")

    @version.setter
    def version(self, value: str) -> None:
        self.milc_model.metadata.version = value

    @property
    def user_defined_metadata(self) -> Metadata:
        """User-defined metadata, a dict of str."""
        return self.milc_model.metadata

    @property
    def input_description(self) -> _Descriptions:
        """Descriptions by the names of inputs; they can be set."""
        return _Descriptions(self.milc_model, "inputs", self.function_name)

    @property
    def output_description(self) -> _Descriptions:
        """Descriptions by the names of outputs; they can be set."""
        return _Descriptions(self.milc_model, "outputs", self.function_name)

    @property
    def package_path(self) -> Optional[str]:
        """The package that the model was opened from; None for other models."""
        return self.milc_model.path if self.milc_model.path.rstrip("/").endswith(".mlpackage") else None

    @property
    def weights_dir(self) -> Optional[str]:
        """The folder of weights in the package that the model was opened from; None for other models. A Spec doesn't need it."""
        folder = os.path.join(self.milc_model.path, "Data", "com.apple.CoreML", "weights")
        return folder if self.milc_model.path and os.path.isdir(folder) else None

    def get_spec(self) -> Spec:
        """The current specification under the names of Model.proto. Changing it doesn't change this model; MLModel(spec) makes a model with
        the changes."""
        return Spec(self.milc_model, is_shared=True)

    @property
    def _spec(self) -> Spec:
        """The specification of the model itself, which scripts use: changing it changes the model."""
        return Spec(self.milc_model)

    def save(self, save_path: Path) -> None:
        """Writes the model, replacing an existing one. Without the extension .mlpackage or .mlmodel, .mlpackage is added to the path."""
        path = os.fsdecode(save_path)
        if not path.endswith((".mlpackage", ".mlmodel")):
            path += ".mlpackage"
        self.milc_model.save(path, force=True)

    def get_compiled_model_path(self) -> str:
        """Compiles the model to a temporary .mlmodelc folder, which is removed with this object, and returns its path. The model is only
        compiled once; later changes have no effect."""
        if self._compiled is None:
            import tempfile

            from ... import tools

            folder = tempfile.TemporaryDirectory(prefix="milc-compiled-")
            tools.compile(self.milc_model, os.path.join(folder.name, "model.mlmodelc"))
            self._compiled = folder
        return os.path.join(self._compiled.name, "model.mlmodelc")


class CompiledMLModel(_Runnable):
    """A compiled model, a .mlmodelc folder, for running."""

    def __init__(self, path: Path, compute_units: ComputeUnit = ComputeUnit.ALL, function_name: Optional[str] = None,
                 optimization_hints: object = None, asset: object = None) -> None:
        if asset is not None:
            raise Unsupported("CompiledMLModel: asset is not supported; give the path of the folder")
        self.milc_model = load(path)
        self._select(function_name)
        self.compute_unit = compute_units
