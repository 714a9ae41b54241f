"""Programs: functions, blocks, operations and values, to walk and to edit.

Objects refer to a part of a model's program: two of them are equal if they refer to the same part. Using one whose part was erased, or whose
model was closed, raises an error.
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

    #: When it was read (Context._calls), the operation's type and name, its first result, that one's type, how many results and blocks.
    Row = Tuple[int, str, str, int, int, int, int]

#: Words of a row of mil_block_describe.
_ROW = ctypes.sizeof(c.mil_operation_info) // 8


def _handles(things: Union[Value, Iterable[Value]], model: Union[Model, Builder]) -> Tuple[Any, int]:
    """Values as an array of handles and its length."""
    things = [things] if isinstance(things, Value) else list(things)
    for each in things:
        if not isinstance(each, Value):
            raise TypeError(f"expected a value, not {type(each).__name__}")
        if each._model is not model:
            raise CallError(f"the value '{each.name}' is of another model")
    return (ctypes.c_void_p * len(things))(*[each._handle for each in things]), len(things)


class Value(Part):
    """A typed value: the result of an operation, or an input of a block."""

    __slots__ = ("_typed",)

    def __init__(self, model: Union[Model, Builder], handle: int, typed: Optional[Tuple[int, int]] = None) -> None:
        self._model, self._handle, self._typed = model, handle, typed  # when the type was read, and its handle

    @property
    def name(self) -> str:
        """Setting it renames the value, and the input or output of the model that it is. The name must be unused."""
        return self._text("mil_value_name")

    @name.setter
    def name(self, name: str) -> None:
        self._model._check()
        if not self._model._renames:
            raise CallError("values of a builder are named when they are made")
        self._model._context._call("mil_value_rename", self._model._handle, self._handle, encode(name))

    @property
    def type(self) -> Type:
        """Its type: `type.dtype`, `type.shape`."""
        typed, model = self._typed, self._model
        if typed is not None and typed[0] == model._context._calls and model._handle is not None:
            return Type(model._context, typed[1])
        return Type(model._context, self._get("mil_value_type"))

    @property
    def shape(self) -> Optional[Shape]:
        """The sizes of the tensor, None for one that isn't known before the model runs; see Type.shape."""
        return self.type.shape

    @property
    def dtype(self) -> str:
        """MIL's name of the element type: "fp16"."""
        return self.type.dtype

    @property
    def op(self) -> Optional[Operation]:
        """The operation that it is a result of; None for an input."""
        return self._part(Operation, "mil_value_operation")

    @property
    def users(self) -> List[Operation]:
        """The operations that read it, once a use."""
        count = self._get("mil_value_users", None, 0)
        out = (ctypes.c_void_p * count)()
        self._get("mil_value_users", out, count)
        return [Operation(self._model, handle) for handle in out]

    @property
    def is_output(self) -> bool:
        """Whether a block returns it."""
        return self._get("mil_value_is_output")

    @property
    def constant(self) -> Optional[Literal]:
        """The literal that it is known to be; None when it is the result of another operation than `const`."""
        return self._literal(self._get("mil_value_constant"))

    @property
    def val(self) -> Any:
        """The constant's value, as returned by Literal.value; None if the value is not a constant."""
        found = self.constant
        return None if found is None else found.value

    def elements(self) -> Array:
        """The elements of a constant as an array of doubles of its shape, those of constexpr_* operations decompressed."""
        import numpy as np

        shape = self.type.shape
        if shape is None or None in shape:
            raise CallError(f"the type {self.type} has no static shape")
        array: Array = np.empty(tuple(size or 0 for size in shape))
        self._do("mil_value_elements", 0, array.ctypes.data_as(ctypes.POINTER(ctypes.c_double)), array.size)
        return array

    def replace_uses(self, by: Value) -> None:
        """Lets all that reads it read `by`."""
        handles, _ = _handles(by, self._model)
        self._do("mil_value_replace_uses", handles[0])

    def __repr__(self) -> str:
        return f"<milc.Value {self.name}: {self.type}>"


class Operation(Part):
    """An operation: `type`, `inputs` (named arguments), `attributes`, `outputs`, nested `blocks`. `str` is MIL text."""

    __slots__ = ("_row",)

    def __init__(self, model: Union[Model, Builder], handle: int, row: Optional[Row] = None) -> None:
        self._model, self._handle, self._row = model, handle, row

    def _known(self) -> Optional[Row]:
        """The row that was read with its block; None if it may be out of date."""
        row, model = self._row, self._model
        return row if row is not None and row[0] == model._context._calls and model._handle is not None else None

    @property
    def type(self) -> str:
        """"conv", "const", …."""
        row = self._known()
        return row[1] if row else self._text("mil_operation_type")

    op_type = type

    @property
    def name(self) -> str:
        """The attribute `name`, or that of the first output."""
        row = self._known()
        if row:
            return row[2]
        return self._text("mil_operation_name") or (self.outputs[0].name if self.outputs else "")

    @property
    def outputs(self) -> List[Value]:
        """Its results."""
        row = self._known()
        if row and row[5] == 1:
            return [Value(self._model, row[3], (row[0], row[4]))]
        return self._parts(Value, "mil_operation_result_count", "mil_operation_result")

    @property
    def inputs(self) -> Dict[str, Any]:
        """Arguments by name: a Value, a Literal, or a list of them where several are bound."""
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
        """Attributes by name, Literals."""
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
        """The block that it is in; None when it was erased."""
        return self._part(Block, "mil_operation_block")

    @property
    def next(self) -> Optional[Operation]:
        """The next operation in its block."""
        return self._part(Operation, "mil_operation_next")

    @property
    def previous(self) -> Optional[Operation]:
        """The operation before it in its block."""
        return self._part(Operation, "mil_operation_previous")

    def set_input(self, name: str, value: Any) -> None:
        """Binds a Value, several, or a constant (number, str, list, array, Literal) to an argument."""
        if isinstance(value, Value) or (isinstance(value, (list, tuple)) and value and isinstance(value[0], Value)):
            self._do("mil_operation_set_argument", encode(name), *_handles(value, self._model))
        else:
            self._do("mil_operation_set_argument_literal", encode(name), literal(self._model._context, value))

    def remove_input(self, name: str) -> None:
        """Removes an argument."""
        self._do("mil_operation_remove_argument", encode(name))

    def set_attribute(self, name: str, value: Any, dtype: Optional[DType] = None) -> None:
        """Sets an attribute to a constant. The attribute `val` of a `const` is its value, whose type it takes."""
        self._do("mil_operation_set_attribute", encode(name), literal(self._model._context, value, dtype))

    def remove_attribute(self, name: str) -> None:
        """Removes an attribute."""
        self._do("mil_operation_remove_attribute", encode(name))

    def move_before(self, other: Operation) -> None:
        """Puts it before another operation of the same function."""
        if other._model is not self._model:
            raise CallError("the operation is of another model")
        self._do("mil_operation_move_before", other._handle)

    def replace_by(self, value: Union[Value, Sequence[Value]]) -> None:
        """Lets all that reads its outputs read `value` (or several), and erases it."""
        values = [value] if isinstance(value, Value) else list(value)
        if len(values) != len(self.outputs):
            raise CallError(f"the operation has {len(self.outputs)} outputs, not {len(values)}")
        for old, new in zip(self.outputs, values):
            old.replace_uses(new)
        self.erase()

    def erase(self) -> None:
        """Removes it. Its outputs must be unused."""
        self._do("mil_operation_erase")

    def __str__(self) -> str:
        return owned_text(self._get("mil_operation_text", 64))

    def __repr__(self) -> str:
        return f"<milc.Operation {self.name} ({self.type})>"


def _decoded(address: int, size: int) -> str:
    return ctypes.string_at(address, size).decode("utf-8", "surrogateescape")


class Block(Part):
    """A sequence of operations with inputs and outputs; the body of a function, or what cond and while_loop hold."""

    __slots__ = ()

    @property
    def inputs(self) -> List[Value]:
        """What the block is given: the inputs and states of a function, the variables of a loop."""
        return self._parts(Value, "mil_block_input_count", "mil_block_input")

    @property
    def outputs(self) -> List[Value]:
        """What the block returns."""
        return self._parts(Value, "mil_block_output_count", "mil_block_output")

    def set_outputs(self, values: Union[Value, Sequence[Value]]) -> None:
        """Lets the block return other values."""
        self._do("mil_block_set_outputs", *_handles(values, self._model))

    @property
    def operations(self) -> List[Operation]:
        """Its operations in order; those of nested blocks are in their own."""
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
        """Every operation, those of nested blocks too, outer ones first."""
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
        """The operation that holds it; None for the body of a function."""
        return self._part(Operation, "mil_block_parent")

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations)


class Function(Part):
    """A function of the program: `name`, `opset`, `inputs`, `outputs`, `operations`."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self._text("mil_function_name")

    @property
    def opset(self) -> str:
        """"ios18"."""
        return self._text("mil_function_opset")

    @property
    def body(self) -> Block:
        """The block that holds its operations."""
        return self._part(Block, "mil_function_body")

    @property
    def inputs(self) -> List[Value]:
        """Its inputs and states."""
        return self.body.inputs

    @property
    def outputs(self) -> List[Value]:
        """What it returns."""
        return self.body.outputs

    @property
    def operations(self) -> List[Operation]:
        """Its operations in order; those of nested blocks are in their own."""
        return self.body.operations

    def walk(self) -> Iterator[Operation]:
        """Every operation, those of nested blocks too, outer ones first."""
        return self.body.walk()

    def find_ops(self, op_type: Optional[str] = None, name: Optional[str] = None) -> List[Operation]:
        """Operations of a type, or of a name."""
        return [op for op in self.walk() if (op_type is None or op.type == op_type) and (name is None or op.name == name)]

    def __getitem__(self, name: str) -> Value:
        """The value of that name. Linear in the function."""
        for value in self.inputs:
            if value.name == name:
                return value
        for op in self.walk():
            for value in op.outputs:
                if value.name == name:
                    return value
        raise KeyError(name)

    def insert(self, before: Optional[Operation] = None) -> Editor:
        """A builder of operations in this function: `with function.insert(before=op) as b: y = b.relu(x=x)`. What it makes goes before `before`, or
        to the end. Every call is checked against the catalogue of operations."""
        from .builder import Editor

        return Editor(self, before)

    def __repr__(self) -> str:
        return f"<milc.Function {self.name}<{self.opset}>>"
