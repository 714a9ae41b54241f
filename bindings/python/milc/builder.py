"""Builds programs. Operations are methods; every call is checked immediately against the catalogue of operations.

    b = milc.Builder("ios18")
    with b.function("main") as f:
        x = f.input("x", (1, 8), "fp16")
        h = f.linear(x=x, weight=numpy.ones((4, 8), "float16"))
        f.output(f.relu(x=h), "y")
    model = b.finish()

Numbers, strings, lists and arrays passed as arguments become constants; numbers get an element type that fits the other arguments. An
invalid call raises ModelError with the signature of the operation.
"""

from __future__ import annotations

import ctypes
import weakref

from . import _prototypes as c
from ._native import encode, lib
from ._operations import Operations
from .context import Context
from .errors import CallError, ClosedError
from .model import Model
from .program import Value, _handles
from .values import Literal, dtype_number, literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple, Union

    from .program import Function, Operation
    from .values import DType, Shape

    #: The results of an operation: one value, several, or none.
    Results = Union[None, Value, Tuple[Value, ...]]
    Values = Union[Value, Sequence[Value]]

#: The most results of one operation; split has the most.
_MOST_RESULTS = 1024


def _dims(shape: Shape) -> Tuple[Any, int]:
    sizes = [-1 if size is None else int(size) for size in shape]
    return (ctypes.c_int64 * len(sizes))(*sizes), len(sizes)


class FunctionBuilder(Operations):
    """Builds a function or a nested block. Operations are methods; milc.operations() returns their catalogue."""

    def __init__(self, model: Union[Model, Builder], handle: int) -> None:
        self._model = model
        self._handle: Optional[int] = handle

    def __enter__(self) -> FunctionBuilder:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def _do(self, function: str, *arguments: Any) -> None:
        if self._handle is None or self._model._handle is None:
            raise ClosedError("the builder is closed")
        self._model._context._call(function, self._handle, *arguments)

    def _value(self, function: str, *arguments: Any) -> Value:
        out = ctypes.c_void_p()
        self._do(function, *arguments, ctypes.byref(out))
        return Value(self._model, out.value or 0)

    def input(self, name: str, shape: Shape, dtype: DType = "fp32") -> Value:
        """Adds an input. Sizes in `shape` are numbers, or None if a size is unknown before the model runs."""
        return self._value("mil_build_input", encode(name), dtype_number(dtype), *_dims(shape))

    def state(self, name: str, shape: Shape, dtype: DType = "fp16") -> Value:
        """Adds a state, for use with read_state and write_state."""
        return self._value("mil_build_state", encode(name), dtype_number(dtype), *_dims(shape))

    def output(self, value: Value, name: Optional[str] = None) -> None:
        """Makes a value an output of the function, with a new name if one is given."""
        handles, _ = _handles(value, self._model)
        self._do("mil_build_output", handles[0], encode(name) if name else None)

    def constant(self, value: Any, name: str = "const", dtype: Optional[DType] = None) -> Value:
        """Adds a constant: a number, str, list, array or Literal. Arrays of more than 64 KiB are not copied and must not change until the
        model is saved."""
        return self._value("mil_build_constant", encode(name), literal(self._model._context, value, dtype))

    def op(self, type: str, inputs: Union[Dict[str, Any], Iterable[Tuple[str, Any]]], name: Optional[str] = None) -> Any:
        """Adds an operation of a type. `inputs` is a dict, or pairs of names and values; inputs that are None are omitted. Returns the
        result, a Value, a tuple if there are several, or None if there is none."""
        given = [(key, value) for key, value in (inputs.items() if isinstance(inputs, dict) else inputs) if value is not None]
        arguments = (c.mil_argument * len(given))()
        kept: List[Any] = []  # keeps the data that the arguments point to
        for argument, (key, value) in zip(arguments, given):
            argument.name = encode(key)
            self._fill(argument, value, kept)
        results = (ctypes.c_void_p * _MOST_RESULTS)()
        count = ctypes.c_size_t()
        self._do("mil_build_operation", encode(type), arguments, len(given), encode(name) if name else None, results, _MOST_RESULTS,
                 ctypes.byref(count))
        return self._results(results, count.value)

    def _results(self, results: Any, count: int) -> Results:
        values = tuple(Value(self._model, handle) for handle in results[:count])
        return None if not values else values[0] if count == 1 else values

    def _fill(self, argument: Any, value: Any, kept: List[Any]) -> None:
        many = isinstance(value, (list, tuple)) and len(value) > 0
        if isinstance(value, Value) or (many and isinstance(value[0], Value)):
            data, argument.count = _handles(value, self._model)
            argument.kind = c.MIL_GIVEN_VALUES
        elif isinstance(value, str):
            data = ctypes.create_string_buffer(value.encode())
            argument.kind, argument.count = c.MIL_GIVEN_STRING, len(value.encode())
        elif isinstance(value, (bool, int, float)) or (many and all(isinstance(each, (bool, int, float)) for each in value)):
            values = list(value) if many else [value]
            element: Any
            if all(isinstance(each, bool) for each in values):
                kind, element = c.MIL_GIVEN_BOOLS, ctypes.c_uint8
            elif all(isinstance(each, int) for each in values):
                kind, element = c.MIL_GIVEN_INTEGERS, ctypes.c_int64
            else:
                kind, element = c.MIL_GIVEN_NUMBERS, ctypes.c_double
            if kind == c.MIL_GIVEN_INTEGERS and any(abs(each) >= 1 << 53 for each in values):
                raise CallError(f"{max(values, key=abs)} is too large for a Python number; pass an array")
            data = (element * len(values))(*values)
            argument.kind, argument.count, argument.scalar = kind, len(values), int(not many)
        else:
            argument.kind, argument.count = c.MIL_GIVEN_LITERAL, 1
            argument.data = literal(self._model._context, value)
            return
        kept.append(data)
        argument.data = ctypes.cast(data, ctypes.c_void_p)

    def _blocks(self, functions: Iterable[Callable[..., Values]]) -> Tuple[List[Any], List[BaseException]]:
        """Callbacks that build nested blocks, and a list that receives the exceptions raised in them."""
        raised: List[BaseException] = []

        def callback(build: Callable[..., Values]) -> Any:
            def run(_data: object, handle: int, inputs: Any, count: int, outputs: Any, capacity: int) -> int:
                try:
                    inner = FunctionBuilder(self._model, handle)
                    values = build(inner, *[Value(self._model, inputs[i]) for i in range(count)])
                    inner._handle = None
                    found, number = _handles(values, self._model)
                    if number > capacity:
                        raise CallError(f"a block has {number} outputs; at most {capacity} are supported")
                    for i in range(number):
                        outputs[i] = found[i]
                    return number
                except BaseException as error:
                    raised.append(error)
                    return -1

            return c.mil_build_block(run)

        return [callback(build) for build in functions], raised

    def _nested(self, function: str, given: List[Any], builds: List[Callable[..., Values]], name: Optional[str]) -> Results:
        callbacks, raised = self._blocks(builds)
        results = (ctypes.c_void_p * _MOST_RESULTS)()
        count = ctypes.c_size_t()
        try:
            self._do(function, *given, *callbacks, None, encode(name) if name else None, results, _MOST_RESULTS, ctypes.byref(count))
        except Exception:
            if raised:
                raise raised[0]
            raise
        return self._results(results, count.value)

    def cond(self, pred: Value, true_fn: Callable[..., Values], false_fn: Callable[..., Values], name: Optional[str] = None) -> Any:
        """Adds cond. `true_fn(b)` and `false_fn(b)` build the branches with the builder `b`; both return the same number of values."""
        handles, _ = _handles(pred, self._model)
        return self._nested("mil_build_cond", [handles[0]], [true_fn, false_fn], name)

    def while_loop(self, loop_vars: Values, cond: Callable[..., Value], body: Callable[..., Values],
                   name: Optional[str] = None) -> Any:
        """Adds while_loop. `cond(b, *variables)` returns a bool, and `body(b, *variables)` the next values of the variables."""
        return self._nested("mil_build_while", list(_handles(loop_vars, self._model)), [cond, body], name)


class Builder:
    """Builds a model with one or more functions for an opset: "ios15" to "ios18", or "ios26"."""

    _renames = False  # values can't be renamed; they are named when they are created

    def __init__(self, opset: str = "ios18", context: Optional[Context] = None) -> None:
        self._context = context or Context()
        self._handle: Optional[int] = self._context._make("mil_builder_create", self._context._handle, encode(opset))
        self._finalizer = weakref.finalize(self, lib.mil_builder_close, self._handle)
        self._finalizer.atexit = False

    def _check(self) -> None:
        if self._handle is None:
            raise ClosedError("the builder is closed")

    def function(self, name: str = "main", default: bool = False) -> FunctionBuilder:
        """Adds a function. A single function named "main" makes a plain model; otherwise the model is a multifunction model."""
        self._check()
        made = FunctionBuilder(self, self._context._make("mil_builder_function", self._handle, encode(name)))
        if default:
            self._context._call("mil_builder_set_default", self._handle, encode(name))
        return made

    def finish(self) -> Model:
        """Verifies and returns the model. The builder and its values can't be used afterwards."""
        self._check()
        model = Model(self._context, self._context._make("mil_builder_finish", self._handle))
        self._handle = None
        self._finalizer()
        return model


class Editor(FunctionBuilder):
    """Adds operations to an existing function: see Function.insert. It is closed at the end of its `with`."""

    def __init__(self, function: Function, before: Optional[Operation] = None) -> None:
        model = function._model
        model._check()
        if before is not None and before._model is not model:
            raise CallError("the operation belongs to another model")
        handle = model._context._make("mil_edit_create", model._handle, function._handle, before._handle if before is not None else None)
        super().__init__(model, handle)
        self._finalizer = weakref.finalize(self, lib.mil_edit_close, handle)
        self._finalizer.atexit = False

    def __exit__(self, *_: object) -> None:
        self._handle = None
        self._finalizer()
