"""Specifications: views of a milc.Model under the names of Model.proto."""

from __future__ import annotations

from collections.abc import MutableMapping

from ...errors import Unsupported
from ...model import Model, load
from .features import FeatureView, FixedList, View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, List, Optional

    from .program import ProgramView


class _UserDefined(MutableMapping[str, str]):
    """User-defined metadata, a dict of str."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec

    def __getitem__(self, key: str) -> str:
        return self._spec.milc_model.metadata[key]

    def __setitem__(self, key: str, value: str) -> None:
        self._spec.own().metadata[key] = value

    def __delitem__(self, key: str) -> None:
        del self._spec.own().metadata[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._spec.milc_model.metadata)

    def __len__(self) -> int:
        return len(self._spec.milc_model.metadata)

    def __repr__(self) -> str:
        return repr(dict(self))


class _MetadataView(View):
    """Metadata: shortDescription, versionString, author, license, userDefined."""

    _NAMES = {"shortDescription": "description", "versionString": "version", "author": "author", "license": "license"}
    _shown = tuple(_NAMES)

    def __init__(self, spec: Spec) -> None:
        self._spec = spec

    @property
    def userDefined(self) -> _UserDefined:
        """User-defined metadata."""
        return _UserDefined(self._spec)

    def __getattr__(self, name: str) -> Any:
        if name not in self._NAMES:
            raise AttributeError(name)
        return getattr(self._spec.milc_model.metadata, self._NAMES[name])

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._NAMES:
            return super().__setattr__(name, value)
        self._spec.own()
        setattr(self._spec.milc_model.metadata, self._NAMES[name], value)


class _DescriptionView(View):
    """ModelDescription: input, output, state, functions, defaultFunctionName, metadata, and the names of a classifier's predictions."""

    _shown = ("input", "output", "state", "functions", "defaultFunctionName", "predictedFeatureName", "predictedProbabilitiesName", "metadata")

    def __init__(self, spec: Spec) -> None:
        self._spec = spec

    def _features(self, key: str, function: Optional[str] = None) -> List[FeatureView]:
        count = len(self._spec.milc_model.interface(function)[key])
        return FixedList((FeatureView(self._spec, function, key, i) for i in range(count)), "milc.extract(inputs=, outputs=) makes a model with other inputs and outputs")

    @property
    def input(self) -> List[FeatureView]:
        """The inputs of the default function."""
        return self._features("inputs")

    @property
    def output(self) -> List[FeatureView]:
        """The outputs of the default function."""
        return self._features("outputs")

    @property
    def state(self) -> List[FeatureView]:
        """The states of the default function."""
        return self._features("states")

    @property
    def functions(self) -> List[View]:
        """The FunctionDescriptions of a model with several functions, or with a single function that isn't named main; else an empty
        list."""
        functions = self._spec.milc_model.functions
        if len(functions) == 1 and "main" in functions:
            functions = {}
        described = (View(name=name, input=self._features("inputs", name), output=self._features("outputs", name), state=self._features("states", name))
                     for name in functions)
        return FixedList(described, "utils.save_multifunction and milc.extract(functions=) make a model with other functions")

    @property
    def defaultFunctionName(self) -> str:
        """The default function of a model with a list of functions; "" for other models."""
        return self._spec.milc_model.default_function if self.functions else ""

    @defaultFunctionName.setter
    def defaultFunctionName(self, name: str) -> None:
        from ...editing import edit

        self._spec.own()
        edit(self._spec.milc_model, default=name)

    def _classified(self, *kinds: object) -> str:
        types = {each.name: (each.type or {}).get("kind") for each in self._spec.milc_model.outputs}
        return next((name for name, kind in types.items() if kind in kinds), "") if "dictionary" in types.values() else ""

    @property
    def predictedFeatureName(self) -> str:
        """The output with the label of a classifier; "" for other models."""
        return self._classified("string", "int64")

    @property
    def predictedProbabilitiesName(self) -> str:
        """The output with the probabilities of a classifier; "" for other models."""
        return self._classified("dictionary")

    @property
    def metadata(self) -> _MetadataView:
        """shortDescription, versionString, author, license, userDefined."""
        return _MetadataView(self._spec)


_MESSAGE = "ByteSize Clear ClearField CopyFrom FromString IsInitialized ListFields MergeFrom MergeFromString ParseFromString SerializeToString"
_OTHER_MODELS = "glmClassifier glmRegressor neuralNetwork neuralNetworkClassifier neuralNetworkRegressor pipeline pipelineClassifier treeEnsembleClassifier"


class Spec(View):
    """The part of a model's specification that scripts read and set: `specificationVersion`, `description`, `mlProgram`,
    `WhichOneof("Type")`. `milc_model` is the underlying milc.Model; if it is shared with another object, it is copied before it is
    changed."""

    _shown = ("specificationVersion", "description")

    def __init__(self, model: Model, is_shared: bool = False) -> None:
        self._model, self._is_shared = model, is_shared

    @property
    def milc_model(self) -> Model:
        """The underlying model. Call `own` before changing it."""
        return self._model

    def own(self) -> Model:
        """Returns the underlying model after copying it if it is shared."""
        if self._is_shared:
            self._model, self._is_shared = copy_of(self._model), False
        return self._model

    @property
    def specificationVersion(self) -> int:
        """The version of the format; it can't be lowered below what the model needs."""
        return self._model.specification_version

    @specificationVersion.setter
    def specificationVersion(self, version: int) -> None:
        self.own().specification_version = version

    @property
    def description(self) -> _DescriptionView:
        """ModelDescription."""
        return _DescriptionView(self)

    @property
    def mlProgram(self) -> ProgramView:
        """MILSpec.Program, read-only."""
        from .program import ProgramView

        return ProgramView(self._model)

    @property
    def isUpdatable(self) -> bool:
        """Always False: ML programs can't be updated on a device."""
        return False

    def WhichOneof(self, oneof: str) -> str:
        """The type of the model: "mlProgram", "pipeline", …."""
        if oneof != "Type":
            raise ValueError(f"there is no oneof '{oneof}' here")
        kind = self._model.info()["kind"]
        return {"ML program": "mlProgram", "pipeline": "pipeline"}.get(kind, kind)

    def HasField(self, name: str) -> bool:
        """Whether the model has this type, or has this field."""
        return name == "description" or name == self.WhichOneof("Type")

    def __deepcopy__(self, _memo: object) -> Spec:
        return Spec(copy_of(self._model))

    def __getattr__(self, name: str) -> Any:
        if name in _MESSAGE.split():
            raise Unsupported(f"{name}: a specification is a view of the model, not a message; write it with utils.save_spec")
        if name in _OTHER_MODELS.split():
            raise Unsupported(f"{name}: milc only works on ML programs; milc.Model has the data that it reads from other models")
        raise AttributeError(name)


def copy_of(model: Model) -> Model:
    """Copies a milc.Model; the weights are shared."""
    from ... import tools

    if model.info()["kind"] == "ML program":
        made = tools.extract(model, functions=list(model.functions), default=model.default_function)
        made._kept = model._kept
        return made
    import os
    import tempfile

    folder = tempfile.TemporaryDirectory(prefix="milc-copy-")
    path = os.path.join(folder.name, "model.mlpackage")
    model.save(path)
    made = load(path)
    made._kept = folder  # the weights of the copy are read from there
    return made
