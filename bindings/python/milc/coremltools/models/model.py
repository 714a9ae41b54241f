"""coremltools.models.MLModel over milc.Model."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ...errors import Unsupported
from ...model import Model, load
from ..compute_unit import ComputeUnit
from ..proto import FeatureTypes_pb2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional, Union

    from ..._native import Path
    from ...model import Feature, Metadata
    from ...run import State

_Array, _Image = FeatureTypes_pb2.ArrayFeatureType, FeatureTypes_pb2.ImageFeatureType
_ARRAY_TYPES = {"fp16": _Array.FLOAT16, "fp32": _Array.FLOAT32, "fp64": _Array.DOUBLE, "int8": _Array.INT8, "int32": _Array.INT32}
_COLOR_SPACES = {"grayscale": _Image.GRAYSCALE, "rgb": _Image.RGB, "bgr": _Image.BGR, "grayscaleFloat16": _Image.GRAYSCALE_FLOAT16}


class _View:
    """A message of the specification: attributes by the names of Model.proto, to be read."""

    def __init__(self, **members: Any) -> None:
        self.__dict__.update(members)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise Unsupported(f"'{name}' of a specification can't be set here; milc.edit changes types, sizes and images with the program")

    def __repr__(self) -> str:
        return "".join(f"{key}: {value!r}\n" for key, value in self.__dict__.items() if not key.startswith("_"))


class _FeatureType(_View):
    def __init__(self, kind: Optional[str], optional: bool, **members: Any) -> None:
        super().__init__(isOptional=optional, _kind=kind, **members)

    def HasField(self, name: str) -> bool:
        """Whether it is of that type."""
        return name == self._kind

    def WhichOneof(self, oneof: str) -> Optional[str]:
        """The name of the type: "multiArrayType"."""
        if oneof != "Type":
            raise ValueError(f"there is no oneof '{oneof}' here")
        return self._kind


class _FeatureView:
    """FeatureDescription: `name`, `shortDescription`, `type`."""

    def __init__(self, feature: Feature) -> None:
        self._feature = feature

    @property
    def name(self) -> str:
        """The feature's name; setting it renames the value of the program, too."""
        return self._feature.name

    @name.setter
    def name(self, value: str) -> None:
        self._feature.name = value

    @property
    def shortDescription(self) -> str:
        """The description that users of the model see."""
        return self._feature.description

    @shortDescription.setter
    def shortDescription(self, value: str) -> None:
        self._feature.description = value

    @property
    def type(self) -> _FeatureType:
        """FeatureType: `multiArrayType`, `imageType`, `stateType`, …, and WhichOneof("Type")."""
        data = self._feature.type or {}
        kind = data.get("kind")
        members: Dict[str, Any] = {}
        if kind == "image":
            members["imageType"] = _View(width=data["width"], height=data["height"], colorSpace=_COLOR_SPACES.get(data["colorSpace"], 0))
        elif kind in ("multiArray", "state"):
            array = _View(shape=tuple(data["shape"]), dataType=_ARRAY_TYPES.get(data["dtype"], 0))
            members["multiArrayType"] = array
            if kind == "state":
                members["stateType"] = _View(arrayType=array)
        names = {"dictionary": "dictionaryType", "sequence": "sequenceType", None: None}
        return _FeatureType(names.get(kind, f"{kind}Type"), self._feature.optional, **members)


class _MetadataView:
    """Metadata: shortDescription, versionString, author, license, userDefined."""

    _NAMES = {"shortDescription": "description", "versionString": "version", "author": "author", "license": "license"}

    def __init__(self, model: Model) -> None:
        object.__setattr__(self, "_model", model)

    @property
    def userDefined(self) -> Metadata:
        """The user's own keys."""
        return self._model.metadata

    def __getattr__(self, name: str) -> Any:
        if name not in self._NAMES:
            raise AttributeError(name)
        return getattr(self._model.metadata, self._NAMES[name])

    def __setattr__(self, name: str, value: str) -> None:
        if name not in self._NAMES:
            raise AttributeError(name)
        setattr(self._model.metadata, self._NAMES[name], value)


class _DescriptionView:
    """ModelDescription: input, output, state, functions, defaultFunctionName, metadata."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def input(self) -> List[_FeatureView]:
        """The inputs of the default function."""
        return [_FeatureView(each) for each in self._model.inputs]

    @property
    def output(self) -> List[_FeatureView]:
        """The outputs of the default function."""
        return [_FeatureView(each) for each in self._model.outputs]

    @property
    def state(self) -> List[_FeatureView]:
        """The states of the default function."""
        return [_FeatureView(each) for each in self._model.states]

    @property
    def functions(self) -> List[_View]:
        """FunctionDescriptions of a model that has several, or one that isn't called main."""
        functions = self._model.functions
        if len(functions) == 1 and "main" in functions:
            return []
        views = []
        for name in functions:
            interface = self._model.interface(name)
            views.append(_View(name=name, **{key[:-1]: [_FeatureView(each) for each in interface[key]] for key in ("inputs", "outputs", "states")}))
        return views

    @property
    def defaultFunctionName(self) -> str:
        """The default function of a model with a list of functions; else ""."""
        return self._model.default_function if self.functions else ""

    @property
    def metadata(self) -> _MetadataView:
        """shortDescription, versionString, author, license, userDefined."""
        return _MetadataView(self._model)


class Spec:
    """What scripts read and set of a model's specification: `specificationVersion`, `description` (input, output, state, functions, metadata),
    `WhichOneof("Type")`. It is the model itself, not a copy. `milc_model` is the milc.Model."""

    def __init__(self, model: Model) -> None:
        self.milc_model = model

    @property
    def specificationVersion(self) -> int:
        """The version of the format; it can't be lowered below what the model needs."""
        return self.milc_model.specification_version

    @specificationVersion.setter
    def specificationVersion(self, version: int) -> None:
        self.milc_model.specification_version = version

    @property
    def description(self) -> _DescriptionView:
        """ModelDescription."""
        return _DescriptionView(self.milc_model)

    def WhichOneof(self, oneof: str) -> str:
        """The type of the model: "mlProgram", "pipeline", …."""
        if oneof != "Type":
            raise ValueError(f"there is no oneof '{oneof}' here")
        kind = self.milc_model.info()["kind"]
        return {"ML program": "mlProgram", "pipeline": "pipeline"}.get(kind, kind)


class _Descriptions(Mapping[str, str]):
    """input_description and output_description: texts by the features' names, which can be set."""

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


class _Runnable:
    """What MLModel and CompiledMLModel have in common."""

    milc_model: Model
    function_name: Optional[str]

    def _select(self, function_name: Optional[str]) -> None:
        if function_name is not None and function_name not in self.milc_model.functions:
            raise ValueError(f"the model has no function '{function_name}'; it has {', '.join(self.milc_model.functions)}")
        self.function_name = function_name

    def predict(self, data: Any, state: Optional[State] = None) -> Any:
        """Outputs by name for inputs by name, or a list of them for a list, computed by milc."""
        return self.milc_model.predict(data, state, self.function_name)

    def make_state(self) -> State:
        """The model's states at zero, with read_state and write_state."""
        return self.milc_model.make_state(self.function_name)

    def __repr__(self) -> str:
        return repr(self.milc_model)


class MLModel(_Runnable):
    """A model, given by its path, its Spec, or a milc.Model. `milc_model` is the milc.Model that it uses."""

    def __init__(self, model: Union[Path, MLModel, Spec, Model], is_temp_package: bool = False, mil_program: object = None,
                 skip_model_load: bool = False, compute_units: ComputeUnit = ComputeUnit.ALL, weights_dir: Optional[Path] = None,
                 function_name: Optional[str] = None, optimization_hints: object = None) -> None:
        if mil_program is not None:
            raise Unsupported("mil_program: programs of coremltools can't be taken over; save them as a package")
        if isinstance(model, (MLModel, Spec)):
            model = model.milc_model
        self.milc_model = model if isinstance(model, Model) else load(model, weights_folder=weights_dir)
        self._select(function_name)
        self.compute_unit = compute_units
        self._compiled: Any = None  # the temporary folder of the compiled model

    def _text(self, key: str) -> str:
        return getattr(self.milc_model.metadata, key)

    @property
    def short_description(self) -> str:
        """What the model does."""
        return self._text("description")

    @short_description.setter
    def short_description(self, value: str) -> None:
        self.milc_model.metadata.description = value

    @property
    def author(self) -> str:
        """Who made the model."""
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
        """The user's own keys, a dict of str."""
        return self.milc_model.metadata

    @property
    def input_description(self) -> _Descriptions:
        """Descriptions by the names of inputs, which can be set."""
        return _Descriptions(self.milc_model, "inputs", self.function_name)

    @property
    def output_description(self) -> _Descriptions:
        """Descriptions by the names of outputs, which can be set."""
        return _Descriptions(self.milc_model, "outputs", self.function_name)

    @property
    def weights_dir(self) -> Optional[str]:
        """The folder of weights in the package that the model was opened from; None for other models. A Spec finds its weights without it."""
        folder = os.path.join(self.milc_model.path, "Data", "com.apple.CoreML", "weights")
        return folder if self.milc_model.path and os.path.isdir(folder) else None

    def get_spec(self) -> Spec:
        """The specification: the model itself under the names of Model.proto, no copy."""
        return Spec(self.milc_model)

    def save(self, save_path: Path) -> None:
        """Writes the model, replacing what is there; a path without extension becomes a package."""
        path = os.fsdecode(save_path)
        if not path.endswith((".mlpackage", ".mlmodel")):
            path += ".mlpackage"
        self.milc_model.save(path, force=True)

    def get_compiled_model_path(self) -> str:
        """The model compiled, a .mlmodelc folder in a temporary place, which is removed with this object. Made
        once, of the model as it then is."""
        if self._compiled is None:
            import tempfile

            from ... import tools

            folder = tempfile.TemporaryDirectory(prefix="milc-compiled-")
            tools.compile(self.milc_model, os.path.join(folder.name, "model.mlmodelc"))
            self._compiled = folder
        return os.path.join(self._compiled.name, "model.mlmodelc")


class CompiledMLModel(_Runnable):
    """A compiled model, a .mlmodelc folder, to be run."""

    def __init__(self, path: Path, compute_units: ComputeUnit = ComputeUnit.ALL, function_name: Optional[str] = None,
                 optimization_hints: object = None, asset: object = None) -> None:
        if asset is not None:
            raise Unsupported("CompiledMLModel: asset; give the path of the folder")
        self.milc_model = load(path)
        self._select(function_name)
        self.compute_unit = compute_units


def copy_of(mlmodel: Union[MLModel, Model, Path]) -> Model:
    """A milc.Model of its own with what the given one has: it is left as it is."""
    from ... import tools

    given = mlmodel.milc_model if isinstance(mlmodel, MLModel) else mlmodel
    if not isinstance(given, Model):
        return load(given)
    return tools.extract(given, functions=list(given.functions), default=given.default_function)
