"""Models: opened from any form, looked at, edited, saved in any form."""

import json
import weakref
from collections.abc import MutableMapping
from typing import Dict, List, Optional

from . import _prototypes as c
from ._native import encode, lib, options, owned_text, text
from .context import Context
from .errors import CallError, ClosedError
from .program import Function


class Metadata(MutableMapping):
    """The user's own keys, a dict of str; `description`, `version`, `author` and `license` are attributes, which all models have."""

    def __init__(self, model):
        object.__setattr__(self, "_model", model)

    def __getattr__(self, key):
        if key not in ("description", "version", "author", "license"):
            raise AttributeError(key)
        return self._get(key, 0)

    def __setattr__(self, key, value):
        if key not in ("description", "version", "author", "license"):
            raise AttributeError(key)
        self._set(key, value, 0)

    def _get(self, key, user):
        self._model._check()
        return text(lib.mil_model_metadata(self._model._handle, encode(key), user))

    def _set(self, key, value, user):
        self._model._check()
        self._model._context._call("mil_model_set_metadata", self._model._handle, encode(key), None if value is None else encode(value), user)

    def __getitem__(self, key):
        if key not in list(self):
            raise KeyError(key)
        return self._get(key, 1)

    def __setitem__(self, key, value):
        self._set(key, value, 1)

    def __delitem__(self, key):
        self[key]
        self._set(key, None, 1)

    def __iter__(self):
        self._model._check()
        handle = self._model._handle
        return iter([text(lib.mil_model_metadata_key(handle, i)) for i in range(lib.mil_model_metadata_count(handle))])

    def __len__(self):
        self._model._check()
        return lib.mil_model_metadata_count(self._model._handle)

    def __repr__(self):
        return repr(dict(self))


class Feature:
    """An input, output or state of a function, as the model describes it to its users: `name`, `description`, `optional` and `type`, a dict:

        {"kind": "multiArray", "dtype": "fp16", "shape": [1, 8], "ranges": [[1, 4], [8, 8]]}     or "shapes": [[1, 8], [2, 8]]
        {"kind": "image", "width": 224, "height": 224, "colorSpace": "rgb"}

    Setting one changes the model; setting the name renames the value of the program, too."""

    def __init__(self, model, function, data):
        self._model, self._function, self._data = model, function, data

    def _change(self, key, value):
        function = encode(self._function) if self._function else None
        self._model._check()
        self._model._context._call(
            "mil_model_set_feature", self._model._handle, function, encode(self.name), json.dumps({key: value}).encode()
        )
        self._data[key] = value

    name = property(lambda self: self._data["name"], lambda self, value: self._change("name", value))
    description = property(lambda self: self._data["description"], lambda self, value: self._change("description", value))
    optional = property(lambda self: self._data["optional"], lambda self, value: self._change("optional", value))
    type = property(lambda self: self._data["type"], lambda self, value: self._change("type", value))

    def __repr__(self):
        return f"<milc.Feature {self.name}: {self.type}>"


class Model:
    """A model. `milc.load` opens one, `milc.merge` and others make one.

    `functions` by name; `inputs` and `outputs` of the default function, Features; `metadata`; `save(path)`. `print(model)` is MIL text. Weights
    stay in their files until the model is saved: keep those as they are.
    """

    _renames = True

    def __init__(self, context, handle):
        self._context, self._handle = context, handle
        self._finalizer = weakref.finalize(self, lib.mil_model_close, handle)
        self._finalizer.atexit = False
        self._executables = None
        self.compressed: Optional[dict] = None  # what `milc.compress` has done

    def _check(self):
        if self._handle is None:
            raise ClosedError("the model was closed")

    def close(self):
        """Frees the program. Arrays of its constants stay valid."""
        with self._context._lock:
            self._handle = self._executables = None
            self._finalizer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _ask(self, function, *arguments):
        with self._context._lock:
            self._check()
            return getattr(lib, function)(self._handle, *arguments)

    @property
    def path(self) -> str:
        """Where it was opened from; "" for one that was made."""
        return text(self._ask("mil_model_path"))

    @property
    def functions(self) -> Dict[str, Function]:
        """Functions by name, in the program's order."""
        found = [Function(self, self._ask("mil_model_function", i)) for i in range(self._ask("mil_model_function_count"))]
        return {function.name: function for function in found}

    @property
    def default_function(self) -> str:
        """The name of the function that runs when none is asked for."""
        return text(self._ask("mil_model_default_function"))

    @property
    def main(self) -> Function:
        """The default function."""
        return self.functions[self.default_function]

    @property
    def specification_version(self) -> int:
        return self._ask("mil_model_specification_version")

    @specification_version.setter
    def specification_version(self, version):
        self._check()
        self._context._call("mil_model_set_specification_version", self._handle, version)

    @property
    def metadata(self) -> Metadata:
        self._check()
        return Metadata(self)

    def interface(self, function: Optional[str] = None) -> dict:
        """The interface of a function (the default one): lists of Features under "inputs", "outputs" and "states"."""
        self._check()
        handle = self._context._make("mil_model_interface", self._handle, encode(function) if function else None)
        data = json.loads(owned_text(handle))
        return {key: [Feature(self, function, each) for each in data[key]] for key in ("inputs", "outputs", "states")}

    @property
    def inputs(self) -> List[Feature]:
        return self.interface()["inputs"]

    @property
    def outputs(self) -> List[Feature]:
        return self.interface()["outputs"]

    @property
    def states(self) -> List[Feature]:
        return self.interface()["states"]

    def rename(self, name: str, new_name: str, function: Optional[str] = None):
        """Renames an input, output or state."""
        for features in self.interface(function).values():
            for feature in features:
                if feature.name == name:
                    feature.name = new_name
                    return
        raise CallError(f"the model has no input or output '{name}'")

    def info(self) -> dict:
        """What `milc info --json` prints: functions, operations by type, parameters, bytes of weights and who shares them."""
        self._check()
        return json.loads(owned_text(self._context._make("mil_model_info", self._handle)))

    def verify(self, strict=False):
        """Raises ModelError with all that is wrong: structure, operations by their definitions, interface."""
        self._check()
        self._context._call("mil_model_verify", self._handle, int(strict))

    def save(self, path, force=False, share_weights=None, externalize_from=None):
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

    def executable(self, function: Optional[str] = None, **settings):
        """A function (the default one), planned to be run with other settings than `predict` has: see milc.run.Executable."""
        from .run import Executable

        return Executable(self, function, **settings)

    def _executable(self, function):
        self._check()
        with self._context._lock:
            if self._executables is None:
                from .run import Executables

                self._executables = Executables(weakref.proxy(self))
            return self._executables.of(function)

    def predict(self, data, state=None, function: Optional[str] = None):
        """Runs a function (the default one) on inputs by name and returns its outputs by name, as Executable.predict says:

            model.predict({"x": np.zeros((1, 64), np.float16)})["y"]

        Computed here, by the processor, as `milc run` does."""
        return self._executable(function).predict(data, state)

    def make_state(self, function: Optional[str] = None):
        """The states of a function at zero, for `predict`."""
        return self._executable(function).make_state()

    def text(self, elide_above=0) -> str:
        """The program as MIL text; tensors in memory of more than `elide_above` elements are left out (0: none is)."""
        self._check()
        return owned_text(self._context._make("mil_model_text", self._handle, elide_above))

    def __str__(self):
        return self.text(64)

    def __repr__(self):
        if self._handle is None:
            return "<milc.Model, closed>"
        return f"<milc.Model {self.path or 'made here'}: {', '.join(self.functions)}>"

    def _repr_html_(self):
        """A table of the functions, for notebooks."""
        from html import escape

        rows = []
        for function in self.info()["functions"]:
            cells = [function["name"], function["opset"], f"{function['operations']:,}", f"{function['parameters']:,}"]
            for key in ("inputs", "outputs"):
                cells.append(", ".join(f"{each['name']}: {each['feature'] or each['type']}" for each in function[key]))
            rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
        heads = ("function", "opset", "operations", "parameters", "inputs", "outputs")
        return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{''.join(rows)}</table>"


def load(path, context: Optional[Context] = None, weights_folder=None, allow_missing_weights=False) -> Model:
    """Opens a model in any form: a package, a .mlmodel, a .mlmodelc folder, MIL text.

    `context`: models that go into one `merge` or `diff` as objects share one. `weights_folder`: where weight files are looked for, by name,
    instead of in the model's folder. Raises ModelError when any part of it is bad.
    """
    context = context or Context()
    open_options = options(
        c.mil_open_options,
        weights_folder=encode(weights_folder) if weights_folder else None,
        allow_missing_weights=int(allow_missing_weights),
    )
    return Model(context, context._make("mil_model_open", context._handle, encode(path), open_options))
