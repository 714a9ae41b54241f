"""Models: opened from any form, looked at, edited, saved in any form."""

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

    #: A size of an input: a number, or from one to another, None at the end for no bound.
    Size = Union[int, Tuple[int, Optional[int]]]


_TEXTS = ("description", "version", "author", "license")


class Metadata(MutableMapping[str, str]):
    """The user's own keys, a dict of str in the model's order; `description`, `version`, `author` and `license` are attributes, which all models
    have."""

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
    """An input, output or state of a function, as the model describes it to its users: `name`, `description`, `optional` and `type`, a dict:

        {"kind": "multiArray", "dtype": "fp16", "shape": [1, 8], "ranges": [[1, 4], [8, 8]]}     or "shapes": [[1, 8], [2, 8]]
        {"kind": "image", "width": 224, "height": 224, "colorSpace": "rgb"}

    Setting the name renames the value of the program, too. `set_dtype`, `set_shape`, `make_image` and `make_array` change program and description
    together; setting `type` changes the description alone. After an error the model is as it was, unless the error says that it can only be
    closed."""

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
        """Its name, and that of its value in the program."""
        return self._data["name"]

    @name.setter
    def name(self, value: str) -> None:
        self._change("name", value)

    @property
    def description(self) -> str:
        """The description that users of the model see."""
        return self._data["description"]

    @description.setter
    def description(self, value: str) -> None:
        self._change("description", value)

    @property
    def optional(self) -> bool:
        """Whether an input may be left out."""
        return self._data["optional"]

    @optional.setter
    def optional(self, value: bool) -> None:
        self._change("optional", value)

    @property
    def type(self) -> Dict[str, Any]:
        """A dict as above."""
        return self._data["type"]

    @type.setter
    def type(self, value: Dict[str, Any]) -> None:
        self._change("type", value)

    def _edit(self, **edits: Any) -> None:
        from .editing import edit

        model = self._model
        edit(model, function=self._function or model.default_function, **edits)
        found = model._feature(self.name, self._function)
        assert found is not None  # edits but renames keep names
        self._data = found._data

    def set_dtype(self, dtype: str) -> None:
        """Gives an input or output the element type "fp16", "fp32", "int32" or "int8", with a cast in the program."""
        self._edit(type={self.name: dtype})

    def set_shape(self, *shapes: Sequence[Size]) -> None:
        """Gives an input sizes; the types that follow are inferred again. One shape: sizes are numbers, or pairs for a range, with None for no bound:
        `(1, 3, (64, 512), (64, None))`. Several shapes of numbers are those to choose from, the first by default."""
        self._edit(shape={self.name: tuple(shapes[0]) if len(shapes) == 1 else list(shapes)})

    def make_image(self, color: str = "RGB", scale: Union[None, float, Sequence[float]] = None,
                   bias: Union[None, float, Sequence[float]] = None) -> None:
        """Describes an array [1, 3 or 1, height, width] as an image: "RGB", "BGR", "GRAYSCALE" or "GRAYSCALE_FLOAT16". What the program reads of an
        input then is scale * pixel + bias; numbers for all channels, or one a channel."""
        factors = {key: {self.name: value} for key, value in (("scale", scale), ("bias", bias)) if value is not None}
        self._edit(image={self.name: color}, **factors)

    def make_array(self) -> None:
        """Describes an image as an array again."""
        self._edit(array=[self.name])

    def __repr__(self) -> str:
        return f"<milc.Feature {self.name}: {self.type}>"


class Model:
    """A model. `milc.load` opens one, `milc.merge` and others make one.

    `functions` by name; `inputs` and `outputs` of the default function, Features; `metadata`; `save(path)`. `print(model)` is MIL text. Weights
    stay in their files until the model is saved: keep those as they are.
    """

    _renames = True

    def __init__(self, context: Context, handle: int) -> None:
        self._context = context
        self._handle: Optional[int] = handle
        self._finalizer = weakref.finalize(self, lib.mil_model_close, handle)
        self._finalizer.atexit = False
        self._executables: Optional[Executables] = None
        self.compressed: Optional[Dict[str, int]] = None  # what `milc.compress` has done
        self._kept: Any = None  # an object that must exist as long as the model

    def _check(self) -> None:
        if self._handle is None:
            raise ClosedError("the model was closed")

    def close(self) -> None:
        """Frees the program. Arrays of its constants stay valid."""
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
        """Where it was opened from; "" for one that was made."""
        return text(self._get("mil_model_path"))

    @property
    def functions(self) -> Dict[str, Function]:
        """Functions by name, in the program's order."""
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
        """The version of the format. It can be raised, and lowered to what the model needs."""
        return self._get("mil_model_specification_version")

    @specification_version.setter
    def specification_version(self, version: int) -> None:
        self._check()
        self._context._call("mil_model_set_specification_version", self._handle, version)

    @property
    def metadata(self) -> Metadata:
        """Description, version, author, license, and the user's own keys."""
        self._check()
        return Metadata(self)

    def interface(self, function: Optional[str] = None) -> Dict[str, List[Feature]]:
        """The interface of a function (the default one): lists of Features under "inputs", "outputs" and "states"."""
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
            raise CallError(f"the model has no input or output '{name}'")
        feature.name = new_name

    def _feature(self, name: str, function: Optional[str]) -> Optional[Feature]:
        """The first input, output or state of that name."""
        return next((each for features in self.interface(function).values() for each in features if each.name == name), None)

    def info(self) -> Dict[str, Any]:
        """What `milc info --json` prints: functions, operations by type, parameters, bytes of weights and who shares them. Of a model that was made or
        changed, weights in memory count like those in files."""
        import json

        self._check()
        return json.loads(owned_text(self._context._make("mil_model_info", self._handle)))

    def verify(self, strict: bool = False) -> None:
        """Raises ModelError with all that is wrong: structure, operations by their definitions, interface."""
        self._check()
        self._context._call("mil_model_verify", self._handle, int(strict))

    def save(self, path: Path, force: bool = False, share_weights: Optional[bool] = None,
             externalize_from: Optional[int] = None) -> Dict[str, int]:
        """Writes the model in the form of the path's extension: .mlpackage, .mlmodelc, .mlmodel or .mil, whole or not at all.

        `force` replaces what is there. `share_weights`: True writes one weight file with each content once, False keeps the files as they were;
        None does the first for models that were merged, taken apart or rewritten by passes. `externalize_from`: constants of at least so many
        elements go to the weight file; 0: none. Returns a dict with "weight_bytes", "referenced_bytes" and "weights".
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
        """A function (the default one), planned to be run with other settings than `predict` has: see milc.run.Executable."""
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
        """Runs a function (the default one) on inputs by name and returns its outputs by name, like Executable.predict:

            model.predict({"x": np.zeros((1, 64), np.float16)})["y"]

        Computed here, by the processor, as `milc run` does."""
        return self._executable(function).predict(data, state)

    def make_state(self, function: Optional[str] = None) -> State:
        """The states of a function at zero, for `predict`."""
        return self._executable(function).make_state()

    def text(self, elide_above: int = 0) -> str:
        """The program as MIL text; tensors in memory of more than `elide_above` elements are left out (0: none is)."""
        self._check()
        return owned_text(self._context._make("mil_model_text", self._handle, elide_above))

    def __str__(self) -> str:
        return self.text(64)

    def __repr__(self) -> str:
        if self._handle is None:
            return "<milc.Model, closed>"
        return f"<milc.Model {self.path or 'made here'}: {', '.join(self.functions)}>"

    def _repr_html_(self) -> str:
        """For notebooks: a table of the functions, and the graph of the default one."""
        from ._notebook import page

        return page(self)


def load(path: Path, context: Optional[Context] = None, weights_folder: Optional[Path] = None, allow_missing_weights: bool = False,
         random_weights: Optional[int] = None) -> Model:
    """Opens a model in any form: a package, a .mlmodel, a .mlmodelc folder, MIL text.

    `context`: models that go into one `merge` or `diff` as objects share one. `weights_folder`: where weight files are looked for, by name,
    instead of in the model's folder. `allow_missing_weights`: a missing weight file is a warning. `random_weights`: a seed; weights whose file is
    missing get random values, so that the model can be run. Raises ModelError when any part of it is bad.
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
