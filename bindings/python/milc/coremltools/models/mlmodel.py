"""coremltools.models.MLModel over milc.Model."""

from collections.abc import Mapping

from ... import load
from ...errors import Unsupported
from ...model import Model

_ARRAY_TYPES = {"fp16": 65552, "fp32": 65568, "fp64": 65600, "int8": 131080, "int32": 131104}
_COLOR_SPACES = {"grayscale": 10, "rgb": 20, "bgr": 30, "grayscaleFloat16": 40}


class _View:
    """A message of the specification: attributes by the names of Model.proto."""

    def __init__(self, **members):
        self.__dict__.update(members)

    def __repr__(self):
        return "".join(f"{key}: {value!r}\n" for key, value in self.__dict__.items() if not key.startswith("_"))


class _FeatureType(_View):
    def __init__(self, kind, optional, **members):
        super().__init__(isOptional=optional, **members)
        self._kind = kind

    def WhichOneof(self, oneof):
        if oneof != "Type":
            raise ValueError(f"there is no oneof '{oneof}' here")
        return self._kind


class _FeatureView:
    """FeatureDescription: `name`, `shortDescription`, `type`."""

    def __init__(self, feature):
        self._feature = feature

    name = property(lambda self: self._feature.name, lambda self, value: setattr(self._feature, "name", value))
    shortDescription = property(lambda self: self._feature.description, lambda self, value: setattr(self._feature, "description", value))

    @property
    def type(self):
        data = self._feature.type or {}
        kind = data.get("kind")
        members = {}
        if kind == "image":
            members["imageType"] = _View(width=data["width"], height=data["height"], colorSpace=_COLOR_SPACES.get(data["colorSpace"], 0))
        elif kind in ("multiArray", "state"):
            array = _View(shape=data["shape"], dataType=_ARRAY_TYPES.get(data["dtype"], 0))
            members["multiArrayType"] = array
            if kind == "state":
                members["stateType"] = _View(arrayType=array)
        names = {"dictionary": "dictionaryType", "sequence": "sequenceType", None: None}
        return _FeatureType(names.get(kind, f"{kind}Type"), self._feature.optional, **members)


class _MetadataView:
    """Metadata: shortDescription, versionString, author, license, userDefined."""

    _NAMES = {"shortDescription": "description", "versionString": "version", "author": "author", "license": "license"}

    def __init__(self, model):
        object.__setattr__(self, "_model", model)

    @property
    def userDefined(self):
        return self._model.metadata

    def __getattr__(self, name):
        if name not in self._NAMES:
            raise AttributeError(name)
        return getattr(self._model.metadata, self._NAMES[name])

    def __setattr__(self, name, value):
        if name not in self._NAMES:
            raise AttributeError(name)
        setattr(self._model.metadata, self._NAMES[name], value)


class _DescriptionView:
    def __init__(self, model):
        self._model = model

    @property
    def input(self):
        return [_FeatureView(each) for each in self._model.inputs]

    @property
    def output(self):
        return [_FeatureView(each) for each in self._model.outputs]

    @property
    def state(self):
        return [_FeatureView(each) for each in self._model.states]

    @property
    def functions(self):
        functions = self._model.functions
        if len(functions) == 1 and "main" in functions:
            return []
        views = []
        for name in functions:
            interface = self._model.interface(name)
            views.append(_View(name=name, **{key[:-1]: [_FeatureView(each) for each in interface[key]] for key in ("inputs", "outputs", "states")}))
        return views

    @property
    def defaultFunctionName(self):
        return self._model.default_function if self.functions else ""

    @property
    def metadata(self):
        return _MetadataView(self._model)


class Spec:
    """What scripts read and set of a model's specification: `specificationVersion`, `description` (input, output, state, functions, metadata),
    `WhichOneof("Type")`. It is the model itself, not a copy. `milc_model` is the milc.Model."""

    def __init__(self, model):
        self.milc_model = model

    @property
    def specificationVersion(self):
        return self.milc_model.specification_version

    @specificationVersion.setter
    def specificationVersion(self, version):
        self.milc_model.specification_version = version

    @property
    def description(self):
        return _DescriptionView(self.milc_model)

    def WhichOneof(self, oneof):
        if oneof != "Type":
            raise ValueError(f"there is no oneof '{oneof}' here")
        kind = self.milc_model.info()["kind"]
        return {"ML program": "mlProgram", "pipeline": "pipeline"}.get(kind, kind)


class _Descriptions(Mapping):
    """input_description and output_description: texts by the features' names, which can be set."""

    def __init__(self, model, key, function):
        self._model, self._key, self._function = model, key, function

    def _features(self):
        return {each.name: each for each in self._model.interface(self._function)[self._key]}

    def __getitem__(self, name):
        return self._features()[name].description

    def __setitem__(self, name, text):
        features = self._features()
        if name not in features:
            raise KeyError(name)
        features[name].description = text

    def __iter__(self):
        return iter(self._features())

    def __len__(self):
        return len(self._features())


class MLModel:
    """A model by its path, its Spec, or a milc.Model. `milc_model` is the milc.Model behind it."""

    def __init__(self, model, is_temp_package=False, mil_program=None, skip_model_load=False, compute_units=None, weights_dir=None,
                 function_name=None, optimization_hints=None):
        if mil_program is not None:
            raise Unsupported("mil_program: programs of coremltools can't be taken over; save them as a package")
        if isinstance(model, MLModel):
            model = model.milc_model
        elif isinstance(model, Spec):
            model = model.milc_model
        self.milc_model = model if isinstance(model, Model) else load(model, weights_folder=weights_dir)
        if function_name is not None and function_name not in self.milc_model.functions:
            raise ValueError(f"the model has no function '{function_name}'; it has {', '.join(self.milc_model.functions)}")
        self.function_name = function_name
        self.compute_unit = compute_units

    def _text(key):  # noqa: N805
        return property(lambda self: getattr(self.milc_model.metadata, key), lambda self, value: setattr(self.milc_model.metadata, key, value))

    short_description = _text("description")
    author = _text("author")
    license = _text("license")
    version = _text("version")

    @property
    def user_defined_metadata(self):
        return self.milc_model.metadata

    @property
    def input_description(self):
        return _Descriptions(self.milc_model, "inputs", self.function_name)

    @property
    def output_description(self):
        return _Descriptions(self.milc_model, "outputs", self.function_name)

    def get_spec(self):
        return Spec(self.milc_model)

    def save(self, save_path):
        """Writes the model, replacing what is there; a path without extension becomes a package."""
        path = str(save_path)
        if not path.endswith((".mlpackage", ".mlmodel")):
            path += ".mlpackage"
        self.milc_model.save(path, force=True)

    def predict(self, data, state=None):
        """Outputs by name for inputs by name, or a list of them for a list, computed by milc."""
        return self.milc_model.predict(data, state, self.function_name)

    def make_state(self):
        """The model's states at zero, with read_state and write_state."""
        return self.milc_model.make_state(self.function_name)

    def get_compiled_model_path(self):
        raise Unsupported("milc compiles with milc.compile(model, path)")

    def __repr__(self):
        return repr(self.milc_model)
