"""Running models: executables, states, and conversions of inputs and outputs."""

from __future__ import annotations

import ctypes
import weakref

from . import _prototypes as c
from ._native import encode, lib, options, text
from .errors import CallError, ClosedError, Error, Unsupported
from .values import NUMPY, Type, dtype_number, numpy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping, Optional, Union

    from .context import Context
    from .model import Model
    from .values import Array

_PRECISIONS = {"declared": c.MIL_PRECISION_DECLARED, "fp32": c.MIL_PRECISION_FP32, "exact": c.MIL_PRECISION_EXACT}
_FLOATS = ("fp16", "fp32", "fp64")
#: Results with more bytes than this are not copied: their arrays are views of the memory in which milc computed them.
VIEW_FROM = 1 << 16


def _dtype(number: int) -> Any:
    return numpy().dtype(NUMPY[text(lib.mil_dtype_name(number))])


def _tensor(array: Array) -> Any:
    """Converts a C-contiguous array to a mil_tensor, which the array must outlive."""
    dims = (ctypes.c_int64 * array.ndim)(*array.shape)
    return c.mil_tensor(dtype_number(array.dtype), dims, array.ndim, array.ctypes.data, array.nbytes)


def _array(tensor: Any, owner: Optional[_Results] = None) -> Array:
    """Converts a mil_tensor to an array: a copy, or a view if the tensor is large and an owner of its memory is given."""
    np = numpy()
    dtype, shape = _dtype(tensor.dtype), tuple(tensor.dims[i] for i in range(tensor.rank))
    if owner is None or tensor.size <= VIEW_FROM:
        array = np.empty(shape, dtype)
        ctypes.memmove(array.ctypes.data, tensor.data, tensor.size)
        return array
    buffer = (ctypes.c_uint8 * tensor.size).from_address(tensor.data)
    buffer.owner = owner
    return np.frombuffer(buffer, dtype).reshape(shape)


def _from_image(name: str, image: Any, feature: Dict[str, Any]) -> Array:
    """Converts a PIL image to an array [1, 1 or 3, height, width] of integers from 0 to 255."""
    np = numpy()
    space = feature["colorSpace"]
    if space.startswith("grayscale"):
        return np.asarray(image.convert("L"), np.float32)[None, None]
    array = np.asarray(image.convert("RGB"), np.float32).transpose(2, 0, 1)[None]
    return array[:, ::-1] if space == "bgr" else array


def _to_image(array: Array, feature: Dict[str, Any]) -> Any:
    """Converts an output to a PIL image."""
    try:
        from PIL import Image
    except ImportError:
        raise Unsupported("outputs that are images need Pillow: pip install pillow") from None
    np = numpy()
    array = array.reshape(array.shape[-3:])
    if feature["colorSpace"] == "grayscaleFloat16":
        return Image.fromarray(array[0].astype(np.float32), "F")
    pixels = np.clip(np.rint(array.astype(np.float32)), 0, 255).astype(np.uint8)
    if len(pixels) == 1:
        return Image.fromarray(pixels[0], "L")
    if feature["colorSpace"] == "bgr":
        pixels = pixels[::-1]
    return Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)), "RGB")


def given(arrays: Mapping[str, Array], known: Optional[Dict[str, Any]] = None) -> Any:
    """Converts arrays by name to an array of mil_input, which they must outlive. `known` caches data that doesn't change between runs."""
    rows: Any = (c.mil_input * len(arrays))()
    known = {} if known is None else known
    for row, (name, array) in zip(rows, arrays.items()):
        same = known.get(name)
        if same is None or same[0] != array.shape or same[1] is not array.dtype:
            same = array.shape, array.dtype, encode(name), _tensor(array)
            known[name] = same
        row.name, row.tensor = same[2:]
        row.tensor.data = array.__array_interface__["data"][0]
    rows.known = known  # keeps the sizes that rows point to
    return rows


class _Results:
    """Keeps the results of a run until the last array that uses their memory is deleted."""

    def __init__(self, handle: int) -> None:
        self.handle = handle
        weakref.finalize(self, lib.mil_results_close, handle).atexit = False


class State:
    """The states of a model, which are kept from one prediction to the next and initially zero. `make_state` makes them; pass them to each
    `predict`."""

    def __init__(self, context: Context, handle: int) -> None:
        self._context, self._handle = context, handle
        finalizer = weakref.finalize(self, lib.mil_states_close, handle)
        finalizer.atexit = False

    @property
    def names(self) -> List[str]:
        """The names of the states, sorted."""
        with self._context._lock:
            return [text(lib.mil_states_name(self._handle, i)) for i in range(lib.mil_states_count(self._handle))]

    def read_state(self, name: str) -> Array:
        """Returns the value of a state as an array, a copy."""
        tensor = c.mil_tensor()
        with self._context._lock:
            self._context._call("mil_states_tensor", self._handle, encode(name), ctypes.byref(tensor))
            return _array(tensor)

    def write_state(self, name: str, value: Any) -> None:
        """Sets the value of a state to an array of the same shape, rounded to the element type of the state."""
        tensor, np = c.mil_tensor(), numpy()
        with self._context._lock:
            self._context._call("mil_states_tensor", self._handle, encode(name), ctypes.byref(tensor))
            array = _contiguous(name, value, text(lib.mil_dtype_name(tensor.dtype)))
            self._context._call("mil_states_write", self._handle, encode(name), ctypes.byref(_tensor(np.ascontiguousarray(array))))

    def __repr__(self) -> str:
        return f"<milc.State {', '.join(self.names)}>"


def _contiguous(name: str, value: Any, dtype: str) -> Array:
    """Converts a value to a C-contiguous array in native byte order. Floats are rounded to a float type; other conversions must be exact,
    which is checked when the model runs."""
    np = numpy()
    if type(value) is np.ndarray and value.flags.c_contiguous and value.dtype == NUMPY.get(dtype):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise CallError(f"'{name}': a {type(value).__name__} of {array.dtype} can't be converted to a tensor")
    wanted = array.dtype.newbyteorder("=")
    if dtype in _FLOATS and array.dtype.kind == "f":
        wanted = np.dtype(NUMPY[dtype])
    if wanted.name not in NUMPY.values():
        raise CallError(f"'{name}': MIL has no element type for {array.dtype}")
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, wanted).reshape(array.shape)


class Executable:
    """A function of a model, prepared for running. `model.executable()` makes one; `model.predict` makes and caches its own.

    `precision`: "declared" rounds each result to its declared type; "fp32" and "exact" compute in fp32 and in double. `threads`: the number
    of threads, 0 for one per processor; results don't depend on it. `max_memory`: the limit for the bytes of all values in use, 0 for half
    of the machine's memory. `seed`: the seed of random operations.
    """

    def __init__(self, model: Model, function: Optional[str] = None, precision: str = "declared", threads: int = 0, max_memory: int = 0,
                 seed: int = 0) -> None:
        if precision not in _PRECISIONS:
            raise CallError(f"the precision must be one of {', '.join(_PRECISIONS)}, not {precision!r}")
        model._check()
        self._context = model._context
        run = options(
            c.mil_run_options, function=encode(function) if function else None, precision=_PRECISIONS[precision], threads=threads,
            max_memory=max_memory, seed=seed,
        )
        self._handle = self._context._make("mil_executable_create", model._handle, run)
        weakref.finalize(self, lib.mil_executable_close, self._handle).atexit = False
        self._inputs = self._ports(c.MIL_PORT_INPUT)
        try:
            features = model.interface(function)
        except Error:
            features = {}
        self._known: Dict[str, Any] = {}  # of inputs, for `given`
        self._features = {each.name: each.type or {} for key in ("inputs", "outputs") for each in features.get(key, [])}

    def _ports(self, kind: int) -> Dict[str, Type]:
        handle = self._handle
        return {text(lib.mil_executable_port_name(handle, kind, i)): Type(self._context, lib.mil_executable_port_type(handle, kind, i))
                for i in range(lib.mil_executable_port_count(handle, kind))}

    @property
    def inputs(self) -> Dict[str, Type]:
        """The types of the inputs by name."""
        return dict(self._inputs)

    @property
    def outputs(self) -> Dict[str, Type]:
        """The types of the outputs by name."""
        return self._ports(c.MIL_PORT_OUTPUT)

    @property
    def states(self) -> Dict[str, Type]:
        """The types of the tensors in the states, by name."""
        return self._ports(c.MIL_PORT_STATE)

    @property
    def is_current(self) -> bool:
        """Whether the executable can still be run: the program is unchanged, and the process wasn't forked."""
        return bool(lib.mil_executable_is_current(self._handle))

    def make_state(self) -> State:
        """Makes the states of the function, initially zero."""
        return State(self._context, self._context._make("mil_states_create", self._handle))

    def _given(self, name: str, value: Any) -> Array:
        feature = self._features.get(name, {})
        if hasattr(value, "convert") and hasattr(value, "mode"):
            if feature.get("kind") != "image":
                raise CallError(f"'{name}' is not described as an image, but an image was given")
            value = _from_image(name, value, feature)
        kind = self._inputs.get(name)
        return _contiguous(name, value, kind.dtype if kind else "")

    def _arrays(self, data: Any) -> Dict[str, Array]:
        """Converts inputs to arrays that the library can read."""
        if not hasattr(data, "items"):
            raise CallError(f"inputs must be a dict by name, not {type(data).__name__}")
        return {name: self._given(name, value) for name, value in data.items()}

    def _result(self, owner: _Results, index: int, name: str) -> Any:
        handle, feature = owner.handle, self._features.get(name, {})
        kind, length = lib.mil_results_kind(handle, index), lib.mil_results_length(handle, index)
        tensor = c.mil_tensor()
        if kind == c.MIL_RESULT_TENSOR:
            lib.mil_results_tensor(handle, index, ctypes.byref(tensor))
            array = _array(tensor, owner)
            if feature.get("kind") == "image":
                return _to_image(array, feature)
            return array.item() if feature.get("kind") in ("int64", "double") and array.size == 1 else array
        if kind == c.MIL_RESULT_LIST:
            return [_array(tensor, owner) if lib.mil_results_element(handle, index, i, ctypes.byref(tensor)) == c.MIL_OK else None
                    for i in range(length)]
        strings = [text(lib.mil_results_string(handle, index, i)) for i in range(length)]
        if kind == c.MIL_RESULT_STRINGS:
            return strings[0] if length == 1 else strings
        if kind == c.MIL_RESULT_SCORES:
            labels = strings if lib.mil_results_labels_are_strings(handle, index) else [lib.mil_results_label(handle, index, i) for i in range(length)]
            return {label: lib.mil_results_score(handle, index, i) for i, label in enumerate(labels)}
        return None

    def predict(self, data: Any, state: Optional[State] = None) -> Any:
        """Runs the function and returns its outputs: a dict of arrays by name, with the declared element types. The label of a classifier
        is a str or int, and its probabilities are a dict by label; images are PIL images.

        `data`: a dict of arrays, lists or numbers by the names of inputs (floats are rounded to the type of the input; other numbers must
        be exactly representable), and PIL images for inputs that are images. If `data` is a list of dicts, a list of results is returned.
        C-contiguous arrays with the type of the input aren't copied. `state`: made by `make_state`, and updated by the run; without it,
        states start at zero.
        """
        if isinstance(data, (list, tuple)):
            return [self.predict(each, state) for each in data]
        if state is not None and not isinstance(state, State):
            raise CallError("state must be made by make_state")
        if state is not None and state._context is not self._context:
            raise CallError("the state belongs to another context")
        arrays = self._arrays(data)
        owner = _Results(self._context._make("mil_run", self._handle, given(arrays, self._known), len(arrays), state._handle if state else None))
        names = [text(lib.mil_results_name(owner.handle, i)) for i in range(lib.mil_results_count(owner.handle))]
        return {name: self._result(owner, i, name) for i, name in enumerate(names)}

    def __repr__(self) -> str:
        return f"<milc.Executable ({', '.join(map(str, self._inputs))}) -> ({', '.join(self.outputs)})>"


class Executables:
    """The executables that a model caches for `predict`, one per function. They are remade after the program has changed."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._made: Dict[Optional[str], Executable] = {}

    def of(self, function: Optional[str]) -> Executable:
        """The executable of a function; None for the default function."""
        with self._model._context._lock:
            if self._model._handle is None:
                raise ClosedError("the model was closed")
            made = self._made.get(function)
            if made is None or not made.is_current:
                made = self._made[function] = Executable(self._model, function)
            return made
