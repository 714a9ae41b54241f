"""Programs: functions, blocks, operations and values, which can be walked and edited.

Objects refer to a part of a model's program: two of them are equal if they refer to the same part. Using one whose part was erased, or
whose model was closed, raises an error.
"""

from __future__ import annotations

import ctypes

from . import _prototypes as c
from ._native import encode, owned_text
from ._part import Part
from .errors import CallError
from .values import Literal, Type, literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple, Union

    from .builder import Builder, Editor
    from .model import Model
    from .values import Array, DType, Shape

    #: The value of Context._calls when the row was read, the operation's type and name, its first result and the type of that, and the
    #: numbers of results and blocks.
    Row = Tuple[int, str, str, int, int, int, int]

#: The size of a row of mil_block_describe in 64-bit words.
_ROW = ctypes.sizeof(c.mil_operation_info) // 8


def _handles(things: Union[Value, Iterable[Value]], model: Union[Model, Builder]) -> Tuple[Any, int]:
    """Converts values to an array of handles and its length."""
    things = [things] if isinstance(things, Value) else list(things)
    for each in things:
        if not isinstance(each, Value):
            raise TypeError(f"expected a value, not {type(each).__name__}")
        if each._model is not model:
            raise CallError(f"the value '{each.name}' belongs to another model")
    return (ctypes.c_void_p * len(things))(*[each._handle for each in things]), len(things)


class Value(Part):
    """A typed value: the result of an operation, or an input of a block."""

    __slots__ = ("_typed",)

    def __init__(self, model: Union[Model, Builder], handle: int, typed: Optional[Tuple[int, int]] = None) -> None:
        self._model, self._handle, self._typed = model, handle, typed  # the value of Context._calls when the type was read, and its handle

    @property
    def name(self) -> str:
        """The name. Setting it also renames the input or output of the model that corresponds to the value. The new name must be unused."""
        return self._text("mil_value_name")

    @name.setter
    def name(self, name: str) -> None:
        self._model._check()
        if not self._model._renames:
            raise CallError("values of a builder can't be renamed; give the name when you create them")
        self._model._context._call("mil_value_rename", self._model._handle, self._handle, encode(name))

    @property
    def type(self) -> Type:
        """The type, with `type.dtype` and `type.shape`."""
        typed, model = self._typed, self._model
        if typed is not None and typed[0] == model._context._calls and model._handle is not None:
            return Type(model._context, typed[1])
        return Type(model._context, self._get("mil_value_type"))

    @property
    def shape(self) -> Optional[Shape]:
        """The sizes of the tensor; a size that is unknown before the model runs is None. See Type.shape."""
        return self.type.shape

    @property
    def dtype(self) -> str:
        """The element type, under its name in MIL: "fp16"."""
        return self.type.dtype

    @property
    def op(self) -> Optional[Operation]:
        """The operation that computes the value; None for an input."""
        return self._part(Operation, "mil_value_operation")

    @property
    def users(self) -> List[Operation]:
        """The operations that read the value, once per use."""
        count = self._get("mil_value_users", None, 0)
        out = (ctypes.c_void_p * count)()
        self._get("mil_value_users", out, count)
        return [Operation(self._model, handle) for handle in out]

    @property
    def is_output(self) -> bool:
        """Whether a block returns the value."""
        return self._get("mil_value_is_output")

    @property
    def constant(self) -> Optional[Literal]:
        """The literal of a constant; None if the value is not the result of `const`."""
        return self._literal(self._get("mil_value_constant"))

    @property
    def val(self) -> Any:
        """The constant's value, as returned by Literal.value; None if the value is not a constant."""
        found = self.constant
        return None if found is None else found.value

    def elements(self) -> Array:
        """The elements of a constant as an array of doubles with its shape; results of constexpr_* operations are decompressed."""
        import numpy as np

        shape = self.type.shape
        if shape is None or None in shape:
            raise CallError(f"the type {self.type} has no static shape")
        array: Array = np.empty(tuple(size or 0 for size in shape))
        self._do("mil_value_elements", 0, array.ctypes.data_as(ctypes.POINTER(ctypes.c_double)), array.size)
        return array

    def replace_uses(self, by: Value) -> None:
        """Replaces all uses of the value by `by`."""
        handles, _ = _handles(by, self._model)
        self._do("mil_value_replace_uses", handles[0])

    def __repr__(self) -> str:
        return f"<milc.Value {self.name}: {self.type}>"


class Operation(Part):
    """An operation: `type`, `inputs` (named arguments), `attributes`, `outputs`, nested `blocks`. `str` returns MIL text."""

    __slots__ = ("_row",)

    def __init__(self, model: Union[Model, Builder], handle: int, row: Optional[Row] = None) -> None:
        self._model, self._handle, self._row = model, handle, row

    def _known(self) -> Optional[Row]:
        """The row that was read with the block of the operation; None if it may be out of date."""
        row, model = self._row, self._model
        return row if row is not None and row[0] == model._context._calls and model._handle is not None else None

    @property
    def type(self) -> str:
        """The type of the operation: "conv", "const", …."""
        row = self._known()
        return row[1] if row else self._text("mil_operation_type")

    op_type = type

    @property
    def name(self) -> str:
        """The attribute `name`, or the name of the first output."""
        row = self._known()
        if row:
            return row[2]
        return self._text("mil_operation_name") or (self.outputs[0].name if self.outputs else "")

    @property
    def outputs(self) -> List[Value]:
        """The results of the operation."""
        row = self._known()
        if row and row[5] == 1:
            return [Value(self._model, row[3], (row[0], row[4]))]
        return self._parts(Value, "mil_operation_result_count", "mil_operation_result")

    @property
    def inputs(self) -> Dict[str, Any]:
        """The arguments by name: a Value, a Literal, or a list of them if several are bound to the argument."""
        found: Dict[str, Any] = {}
        for index in range(self._get("mil_operation_argument_count")):
            bound = [self._binding(index, i) for i in range(self._get("mil_operation_binding_count", index))]
            found[self._text("mil_operation_argument_name", index)] = bound[0] if len(bound) == 1 else bound
        return found

    def _binding(self, argument: int, index: int) -> Union[None, Value, Literal]:
        value = self._part(Value, "mil_operation_binding_value", argument, index)
        return value or self._literal(self._get("mil_operation_binding_literal", argument, index))

    @property
    def attributes(self) -> Dict[str, Literal]:
        """The attributes by name, as Literals."""
        return {
            self._text("mil_operation_attribute_name", i): Literal(self._model._context, self._get("mil_operation_attribute_value", i))
            for i in range(self._get("mil_operation_attribute_count"))
        }

    @property
    def val(self) -> Any:
        """The value of a `const`, as returned by Literal.value; None for other operations."""
        found = self._literal(self._get("mil_operation_attribute", b"val")) if self.type == "const" else None
        return None if found is None else found.value

    @property
    def blocks(self) -> List[Block]:
        """The blocks of cond and while_loop."""
        row = self._known()
        if row and not row[6]:
            return []
        return self._parts(Block, "mil_operation_block_count", "mil_operation_nested")

    @property
    def block(self) -> Optional[Block]:
        """The block that contains the operation; None if the operation was erased."""
        return self._part(Block, "mil_operation_block")

    @property
    def next(self) -> Optional[Operation]:
        """The next operation in the block."""
        return self._part(Operation, "mil_operation_next")

    @property
    def previous(self) -> Optional[Operation]:
        """The previous operation in the block."""
        return self._part(Operation, "mil_operation_previous")

    def set_input(self, name: str, value: Any) -> None:
        """Binds a Value, a list of Values, or a constant (number, str, list, array, Literal) to an argument."""
        if isinstance(value, Value) or (isinstance(value, (list, tuple)) and value and isinstance(value[0], Value)):
            self._do("mil_operation_set_argument", encode(name), *_handles(value, self._model))
        else:
            self._do("mil_operation_set_argument_literal", encode(name), literal(self._model._context, value))

    def remove_input(self, name: str) -> None:
        """Removes an argument."""
        self._do("mil_operation_remove_argument", encode(name))

    def set_attribute(self, name: str, value: Any, dtype: Optional[DType] = None) -> None:
        """Sets an attribute to a constant. The attribute `val` of a `const` is its value; setting it also sets the type of the result."""
        self._do("mil_operation_set_attribute", encode(name), literal(self._model._context, value, dtype))

    def remove_attribute(self, name: str) -> None:
        """Removes an attribute."""
        self._do("mil_operation_remove_attribute", encode(name))

    def move_before(self, other: Operation) -> None:
        """Moves the operation before another operation of the same function."""
        if other._model is not self._model:
            raise CallError("the operation belongs to another model")
        self._do("mil_operation_move_before", other._handle)

    def replace_by(self, value: Union[Value, Sequence[Value]]) -> None:
        """Replaces all uses of the outputs by `value` (a list if there are several outputs), and erases the operation."""
        values = [value] if isinstance(value, Value) else list(value)
        if len(values) != len(self.outputs):
            raise CallError(f"the operation has {len(self.outputs)} outputs, not {len(values)}")
        for old, new in zip(self.outputs, values):
            old.replace_uses(new)
        self.erase()

    def erase(self) -> None:
        """Erases the operation. Its outputs must be unused."""
        self._do("mil_operation_erase")

    def __str__(self) -> str:
        return owned_text(self._get("mil_operation_text", 64))

    def __repr__(self) -> str:
        return f"<milc.Operation {self.name} ({self.type})>"


def _decoded(address: int, size: int) -> str:
    return ctypes.string_at(address, size).decode("utf-8", "surrogateescape")


class Block(Part):
    """A sequence of operations with inputs and outputs: the body of a function, or a nested block of cond or while_loop."""

    __slots__ = ()

    @property
    def inputs(self) -> List[Value]:
        """The inputs of the block: the inputs and states of a function, or the variables of a loop."""
        return self._parts(Value, "mil_block_input_count", "mil_block_input")

    @property
    def outputs(self) -> List[Value]:
        """The values that the block returns."""
        return self._parts(Value, "mil_block_output_count", "mil_block_output")

    def set_outputs(self, values: Union[Value, Sequence[Value]]) -> None:
        """Sets the values that the block returns."""
        self._do("mil_block_set_outputs", *_handles(values, self._model))

    @property
    def operations(self) -> List[Operation]:
        """The operations in order, without those of nested blocks."""
        model = self._model
        context = model._context
        with context._lock:
            count = self._get("mil_block_describe", None, 0)
            words = (ctypes.c_uint64 * (_ROW * count))()
            self._get("mil_block_describe", ctypes.cast(words, ctypes.POINTER(c.mil_operation_info)), count)
            types: Dict[int, str] = {}
            read, at, made = words[:], context._calls, []
            for i in range(0, len(read), _ROW):
                handle, type_, type_size, name, name_size, result, result_type, results, blocks = read[i:i + _ROW]
                kind = types.get(type_)
                if kind is None:
                    kind = types[type_] = _decoded(type_, type_size)
                made.append(Operation(model, handle, (at, kind, _decoded(name, name_size), result, result_type, results, blocks)))
        return made

    def walk(self) -> Iterator[Operation]:
        """All operations, including those of nested blocks; outer ones first."""
        pending = [iter(self.operations)]
        while pending:
            op = next(pending[-1], None)
            if op is None:
                pending.pop()
                continue
            yield op
            pending += [iter(block.operations) for block in reversed(op.blocks)]

    @property
    def parent(self) -> Optional[Operation]:
        """The operation that contains the block; None for the body of a function."""
        return self._part(Operation, "mil_block_parent")

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations)


class Function(Part):
    """A function of the program: `name`, `opset`, `inputs`, `outputs`, `operations`."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name of the function in the program."""
        return self._text("mil_function_name")

    @property
    def opset(self) -> str:
        """The opset of the function: "ios18"."""
        return self._text("mil_function_opset")

    @property
    def body(self) -> Block:
        """The block with the operations of the function."""
        return self._part(Block, "mil_function_body")

    @property
    def inputs(self) -> List[Value]:
        """The inputs and states of the function."""
        return self.body.inputs

    @property
    def outputs(self) -> List[Value]:
        """The values that the function returns."""
        return self.body.outputs

    @property
    def operations(self) -> List[Operation]:
        """The operations in order, without those of nested blocks."""
        return self.body.operations

    def walk(self) -> Iterator[Operation]:
        """All operations, including those of nested blocks; outer ones first."""
        return self.body.walk()

    def find_ops(self, op_type: Optional[str] = None, name: Optional[str] = None) -> List[Operation]:
        """The operations with the given type, name, or both."""
        return [op for op in self.walk() if (op_type is None or op.type == op_type) and (name is None or op.name == name)]

    def __getitem__(self, name: str) -> Value:
        """The value with this name. Searches the whole function."""
        for value in self.inputs:
            if value.name == name:
                return value
        for op in self.walk():
            for value in op.outputs:
                if value.name == name:
                    return value
        raise KeyError(name)

    def insert(self, before: Optional[Operation] = None) -> Editor:
        """Returns a builder that adds operations to this function: `with function.insert(before=op) as b: y = b.relu(x=x)`. They are
        inserted before `before`, or at the end. Every call is checked against the catalogue of operations."""
        from .builder import Editor

        return Editor(self, before)

    def __repr__(self) -> str:
        return f"<milc.Function {self.name}<{self.opset}>>"
