"""Models: open them from any form, inspect and edit them, and save them in any form."""

from __future__ import annotations

import weakref
from collections.abc import MutableMapping

from . import _prototypes as c
from ._native import encode, lib, options, owned_text, text
from .context import Context
from .errors import CallError, ClosedError
from .program import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple, Union

    from ._native import Path
    from .run import Executable, Executables, State

    #: A size of an input: a number, or a range (lower, upper), with None for no upper bound.
    Size = Union[int, Tuple[int, Optional[int]]]


_TEXTS = ("description", "version", "author", "license")


class Metadata(MutableMapping[str, str]):
    """User-defined metadata as a dict of str, in the order of the model. The attributes `description`, `version`, `author` and `license`
    exist in all models."""

    _model: Model

    def __init__(self, model: Model) -> None:
        object.__setattr__(self, "_model", model)

    def __getattr__(self, key: str) -> str:
        if key not in _TEXTS:
            raise AttributeError(key)
        return self._get(key, 0)

    def __setattr__(self, key: str, value: Optional[str]) -> None:
        if key not in _TEXTS:
            raise AttributeError(key)
        self._set(key, value, 0)

    def _get(self, key: str, user: int) -> str:
        self._model._check()
        return text(lib.mil_model_metadata(self._model._handle, encode(key), user))

    def _set(self, key: str, value: Optional[str], user: int) -> None:
        self._model._check()
        self._model._context._call("mil_model_set_metadata", self._model._handle, encode(key), None if value is None else encode(value), user)

    def __getitem__(self, key: str) -> str:
        if key not in list(self):
            raise KeyError(key)
        return self._get(key, 1)

    def __setitem__(self, key: str, value: str) -> None:
        self._set(key, value, 1)

    def __delitem__(self, key: str) -> None:
        self[key]
        self._set(key, None, 1)

    def __iter__(self) -> Iterator[str]:
        self._model._check()
        handle = self._model._handle
        return iter([text(lib.mil_model_metadata_key(handle, i)) for i in range(lib.mil_model_metadata_count(handle))])

    def __len__(self) -> int:
        self._model._check()
        return lib.mil_model_metadata_count(self._model._handle)

    def __repr__(self) -> str:
        return repr(dict(self))


class Feature:
    """An input, output or state of a function as given in the model's description: `name`, `description`, `optional` and `type`, a dict:

        {"kind": "multiArray", "dtype": "fp16", "shape": [1, 8], "ranges": [[1, 4], [8, 8]]}     or "shapes": [[1, 8], [2, 8]]
        {"kind": "image", "width": 224, "height": 224, "colorSpace": "rgb"}

    Setting `name` also renames the value in the program. `set_dtype`, `set_shape`, `make_image` and `make_array` change program and
    description together; setting `type` only changes the description. After an error the model is unchanged, unless the error says that it
    can only be closed."""

    def __init__(self, model: Model, function: Optional[str], data: Dict[str, Any]) -> None:
        self._model, self._function, self._data = model, function, data

    def _change(self, key: str, value: Any) -> None:
        import json

        function = encode(self._function) if self._function else None
        self._model._check()
        self._model._context._call(
            "mil_model_set_feature", self._model._handle, function, encode(self.name), json.dumps({key: value}).encode()
        )
        self._data[key] = value

    @property
    def name(self) -> str:
        """The name of the feature and of its value in the program."""
        return self._data["name"]

    @name.setter
    def name(self, value: str) -> None:
        self._change("name", value)

    @property
    def description(self) -> str:
        """The description of the feature for users of the model."""
        return self._data["description"]

    @description.setter
    def description(self, value: str) -> None:
        self._change("description", value)

    @property
    def optional(self) -> bool:
        """Whether an input may be omitted."""
        return self._data["optional"]

    @optional.setter
    def optional(self, value: bool) -> None:
        self._change("optional", value)

    @property
    def type(self) -> Dict[str, Any]:
        """The type as a dict, as shown above."""
        return self._data["type"]

    @type.setter
    def type(self, value: Dict[str, Any]) -> None:
        self._change("type", value)

    def _edit(self, **edits: Any) -> None:
        from .editing import edit

        model = self._model
        edit(model, function=self._function or model.default_function, **edits)
        found = model._feature(self.name, self._function)
        assert found is not None  # these edits don't change names
        self._data = found._data

    def set_dtype(self, dtype: str) -> None:
        """Changes the element type of an input or output to "fp16", "fp32", "int32" or "int8", with a cast in the program."""
        self._edit(type={self.name: dtype})

    def set_shape(self, *shapes: Sequence[Size]) -> None:
        """Changes the sizes of an input; the types that depend on it are inferred again. In a single shape, a size is a number, or a pair
        for a range, with None for no upper bound: `(1, 3, (64, 512), (64, None))`. Several shapes are enumerated shapes; the first is the
        default."""
        self._edit(shape={self.name: tuple(shapes[0]) if len(shapes) == 1 else list(shapes)})

    def make_image(self, color: str = "RGB", scale: Union[None, float, Sequence[float]] = None,
                   bias: Union[None, float, Sequence[float]] = None) -> None:
        """Describes an array [1, 3 or 1, height, width] as an image: "RGB", "BGR", "GRAYSCALE" or "GRAYSCALE_FLOAT16". For an input, the
        program then computes with scale * pixel + bias; `scale` and `bias` are one number, or one per channel."""
        factors = {key: {self.name: value} for key, value in (("scale", scale), ("bias", bias)) if value is not None}
        self._edit(image={self.name: color}, **factors)

    def make_array(self) -> None:
        """Describes an image as an array again."""
        self._edit(array=[self.name])

    def __repr__(self) -> str:
        return f"<milc.Feature {self.name}: {self.type}>"


class Model:
    """A model, opened by `milc.load` or made by `milc.merge` and other functions.

    `functions` has the functions by name, `inputs` and `outputs` the Features of the default function. `print(model)` prints MIL text.
    Weights stay in their files until the model is saved: don't change these files.
    """

    _renames = True

    def __init__(self, context: Context, handle: int) -> None:
        self._context = context
        self._handle: Optional[int] = handle
        self._finalizer = weakref.finalize(self, lib.mil_model_close, handle)
        self._finalizer.atexit = False
        self._executables: Optional[Executables] = None
        self.compressed: Optional[Dict[str, int]] = None  # set by `milc.compress`
        self._kept: Any = None  # keeps an object alive as long as the model

    def _check(self) -> None:
        if self._handle is None:
            raise ClosedError("the model was closed")

    def close(self) -> None:
        """Frees the program. Arrays that were read from its constants stay valid."""
        with self._context._lock:
            self._handle = None
            self._executables = None
            self._finalizer()

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _get(self, function: str, *arguments: Any) -> Any:
        with self._context._lock:
            self._check()
            return getattr(lib, function)(self._handle, *arguments)

    @property
    def path(self) -> str:
        """The path that the model was opened from; "" if it wasn't opened from a file."""
        return text(self._get("mil_model_path"))

    @property
    def functions(self) -> Dict[str, Function]:
        """The functions by name, in the order of the program."""
        found = [Function(self, self._get("mil_model_function", i)) for i in range(self._get("mil_model_function_count"))]
        return {function.name: function for function in found}

    @property
    def default_function(self) -> str:
        """The name of the default function."""
        return text(self._get("mil_model_default_function"))

    @property
    def main(self) -> Function:
        """The default function."""
        return self.functions[self.default_function]

    @property
    def specification_version(self) -> int:
        """The specification version. It can be raised, or lowered down to the version that the model needs."""
        return self._get("mil_model_specification_version")

    @specification_version.setter
    def specification_version(self, version: int) -> None:
        self._check()
        self._context._call("mil_model_set_specification_version", self._handle, version)

    @property
    def metadata(self) -> Metadata:
        """Description, version, author, license, and user-defined metadata."""
        self._check()
        return Metadata(self)

    def interface(self, function: Optional[str] = None) -> Dict[str, List[Feature]]:
        """The interface of a function (by default the default function): lists of Features under "inputs", "outputs" and "states"."""
        import json

        self._check()
        handle = self._context._make("mil_model_interface", self._handle, encode(function) if function else None)
        data = json.loads(owned_text(handle))
        return {key: [Feature(self, function, each) for each in data[key]] for key in ("inputs", "outputs", "states")}

    @property
    def inputs(self) -> List[Feature]:
        """The inputs of the default function."""
        return self.interface()["inputs"]

    @property
    def outputs(self) -> List[Feature]:
        """The outputs of the default function."""
        return self.interface()["outputs"]

    @property
    def states(self) -> List[Feature]:
        """The states of the default function."""
        return self.interface()["states"]

    def rename(self, name: str, new_name: str, function: Optional[str] = None) -> None:
        """Renames an input, output or state."""
        feature = self._feature(name, function)
        if feature is None:
            raise CallError(f"the model has no input, output or state '{name}'")
        feature.name = new_name

    def _feature(self, name: str, function: Optional[str]) -> Optional[Feature]:
        """The first input, output or state with this name, or None."""
        return next((each for features in self.interface(function).values() for each in features if each.name == name), None)

    def info(self) -> Dict[str, Any]:
        """The summary printed by `milc info --json`: functions, operations by type, parameters, and the bytes of weights and of shared
        weights. In a model that was made or changed, weights in memory count like those in files."""
        import json

        self._check()
        return json.loads(owned_text(self._context._make("mil_model_info", self._handle)))

    def verify(self, strict: bool = False) -> None:
        """Checks the structure, the operations against their definitions, and the interface; raises ModelError with all errors. `strict`:
        also report unknown operations."""
        self._check()
        self._context._call("mil_model_verify", self._handle, int(strict))

    def save(self, path: Path, force: bool = False, share_weights: Optional[bool] = None,
             externalize_from: Optional[int] = None) -> Dict[str, int]:
        """Writes the model in the form given by the path's extension: .mlpackage, .mlmodelc, .mlmodel or .mil. If writing fails, the path
        is unchanged.

        `force`: replace an existing output. `share_weights`: True writes one weight file in which identical weights are stored once, False
        keeps the weight files and appends new weights; None means True for models that were merged, extracted or changed by passes.
        `externalize_from`: move constants with at least this many elements to the weight file; 0: none. Returns a dict with "weight_bytes",
        "referenced_bytes" and "weights".
        """
        self._check()
        save = options(
            c.mil_save_options,
            force=int(force),
            share_weights=None if share_weights is None else (1 if share_weights else -1),
            externalize_from=None if externalize_from is None else (externalize_from or -1),
        )
        result = options(c.mil_save_result)
        self._context._call("mil_model_save", self._handle, encode(path), save, result)
        return {"weight_bytes": result.weight_bytes, "referenced_bytes": result.referenced_bytes, "weights": result.weights}

    def executable(self, function: Optional[str] = None, **settings: Any) -> Executable:
        """Prepares a function (by default the default function) for running with other settings than those of `predict`: see
        milc.run.Executable."""
        from .run import Executable

        return Executable(self, function, **settings)

    def _executable(self, function: Optional[str]) -> Executable:
        self._check()
        with self._context._lock:
            if self._executables is None:
                from .run import Executables

                self._executables = Executables(weakref.proxy(self))
            return self._executables.of(function)

    def predict(self, data: Any, state: Optional[State] = None, function: Optional[str] = None) -> Any:
        """Runs a function (by default the default function) on inputs by name and returns its outputs by name, like Executable.predict:

            model.predict({"x": np.zeros((1, 64), np.float16)})["y"]

        The model runs on the processor, in the interpreter of `milc run`."""
        return self._executable(function).predict(data, state)

    def make_state(self, function: Optional[str] = None) -> State:
        """Makes the states of a function, initially zero, for `predict`."""
        return self._executable(function).make_state()

    def text(self, elide_above: int = 0) -> str:
        """The program as MIL text, without the elements of tensors in memory that have more than `elide_above` elements (0: with all
        elements)."""
        self._check()
        return owned_text(self._context._make("mil_model_text", self._handle, elide_above))

    def __str__(self) -> str:
        return self.text(64)

    def __repr__(self) -> str:
        if self._handle is None:
            return "<milc.Model, closed>"
        return f"<milc.Model {self.path or 'in memory'}: {', '.join(self.functions)}>"

    def _repr_html_(self) -> str:
        """For notebooks: a table of the functions, and the graph of the default function."""
        from ._notebook import page

        return page(self)


def load(path: Path, context: Optional[Context] = None, weights_folder: Optional[Path] = None, allow_missing_weights: bool = False,
         random_weights: Optional[int] = None) -> Model:
    """Opens a model in any form: a package, a .mlmodel, a .mlmodelc folder, or MIL text.

    `context`: models that are passed as objects to the same `merge` or `diff` must share one. `weights_folder`: the folder in which weight
    files are searched, by file name, instead of the model's folder. `allow_missing_weights`: report missing weight files as warnings.
    `random_weights`: a seed for random values of weights whose file is missing, so that the model can be run. Raises ModelError if a part
    of the model is invalid.
    """
    context = context or Context()
    open_options = options(
        c.mil_open_options,
        weights_folder=encode(weights_folder) if weights_folder else None,
        allow_missing_weights=int(allow_missing_weights),
        random_weights=int(random_weights is not None),
        random_seed=random_weights,
    )
    return Model(context, context._make("mil_model_open", context._handle, encode(path), open_options))
