"""Types of values, literals of constants, and their conversion to numpy arrays."""

from __future__ import annotations

import ctypes

from . import _prototypes as c
from ._native import encode, lib, owned_text, text
from .errors import CallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional, Tuple, Union

    import numpy as np

    from .context import Context

    #: An array of any element type and shape.
    Array = np.ndarray[Any, Any]
    #: The sizes of a tensor; None for a size that is unknown before the model runs.
    Shape = Tuple[Optional[int], ...]
    #: An element type: MIL's name ("fp16"), or a numpy type.
    DType = Union[str, type, np.dtype[Any]]

#: MIL's element types with the corresponding numpy types. Packed integers are unpacked to one byte each. numpy has no bfloat16 and fp8,
#: so their bits are used.
NUMPY = {
    "bool": "bool", "fp16": "float16", "fp32": "float32", "fp64": "float64", "bf16": "uint16", "int8": "int8", "int16": "int16",
    "int32": "int32", "int64": "int64", "uint8": "uint8", "uint16": "uint16", "uint32": "uint32", "uint64": "uint64", "int4": "int8",
    "uint1": "uint8", "uint2": "uint8", "uint3": "uint8", "uint4": "uint8", "uint6": "uint8", "fp8e4m3fn": "uint8", "fp8e5m2": "uint8",
}
_FROM_NUMPY = {
    "bool": "bool", "float16": "fp16", "float32": "fp32", "float64": "fp64", "int8": "int8", "int16": "int16", "int32": "int32",
    "int64": "int64", "uint8": "uint8", "uint16": "uint16", "uint32": "uint32", "uint64": "uint64",
}
#: Arrays with more bytes than this are borrowed, not copied, when they become constants.
BORROW_FROM = 1 << 16


def numpy() -> Any:
    """Imports numpy when it is first needed, because importing it takes longer than importing milc."""
    import numpy as np

    return np


#: The numbers of element types, by the names or numpy types that were passed; they are the same in every process.
_numbers: Dict[Any, int] = {}


def dtype_number(dtype: DType) -> int:
    """The number of an element type, given as "fp16" or as a numpy type."""
    number = _numbers.get(dtype)
    if number is None:
        name = dtype if isinstance(dtype, str) else numpy().dtype(dtype).name
        number = lib.mil_dtype_from_name(encode(name)) or lib.mil_dtype_from_name(encode(_FROM_NUMPY.get(name, name)))
        if not number:
            raise CallError(f"'{name}' is not an element type of MIL")
        _numbers[dtype] = number
    return number


class Type:
    """The type of a value: `kind` ("tensor", "list", "tuple", "dict", "state", "opaque"), and for tensors `dtype` and `shape`. In a shape,
    None is a size that is unknown before the model runs. `str` returns MIL text. Types can be compared if they belong to the same
    context."""

    __slots__ = ("_context", "_handle")
    _KINDS = ("none", "tensor", "list", "tuple", "dict", "state", "opaque")

    def __init__(self, context: Context, handle: int) -> None:
        self._context, self._handle = context, handle

    def _facts(self) -> Tuple[str, str, Optional[Shape]]:
        """Kind, dtype and shape, which are read once per type."""
        known = self._context._facts
        found = known.get(self._handle)
        if found is None:
            found = known[self._handle] = self._read()
        return found

    def _read(self) -> Tuple[str, str, Optional[Shape]]:
        handle = self._handle
        rank = lib.mil_type_rank(handle)
        dims = lib.mil_type_dims(handle)
        shape = None if rank < 0 else tuple(dims[i] if dims[i] >= 0 else None for i in range(rank))
        return self._KINDS[lib.mil_type_kind(handle)], text(lib.mil_dtype_name(lib.mil_type_dtype(handle))), shape

    @property
    def kind(self) -> str:
        """The kind of the type: "tensor", "list", "tuple", "dict", "state" or "opaque"."""
        return self._facts()[0]

    @property
    def dtype(self) -> str:
        """The element type under its name in MIL, such as "fp16"; "" if the type is not a tensor."""
        return self._facts()[1]

    @property
    def shape(self) -> Optional[Shape]:
        """The sizes as a tuple; None if the type is a tensor of unknown rank or not a tensor."""
        return self._facts()[2]

    @property
    def element(self) -> Optional[Type]:
        """The type of the elements of a list, of the tensor in a state, or of the keys of a dict; None for other types."""
        handle = lib.mil_type_element(self._handle)
        return Type(self._context, handle) if handle else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Type) and self._handle == other._handle

    def __hash__(self) -> int:
        return hash(self._handle)

    def __str__(self) -> str:
        return owned_text(lib.mil_type_text(self._handle))

    def __repr__(self) -> str:
        return f"<milc.Type {self}>"


class Literal:
    """A constant of the program, with its `value` and `type`."""

    __slots__ = ("_context", "_handle")
    _KINDS = ("none", "tensor", "strings", "blob", "list", "tuple", "dict", "opaque")

    def __init__(self, context: Context, handle: int) -> None:
        self._context, self._handle = context, handle

    @property
    def kind(self) -> str:
        """The kind of the constant: "tensor" (in memory), "blob" (in a weight file), "strings", "list", "tuple", "dict" or "opaque"."""
        return self._KINDS[lib.mil_literal_kind(self._handle)]

    @property
    def type(self) -> Type:
        """The type of the constant."""
        return Type(self._context, lib.mil_literal_type(self._handle))

    @property
    def nbytes(self) -> int:
        """The size of a tensor in memory or in its weight file, in bytes."""
        return lib.mil_literal_size(self._handle)

    @property
    def path(self) -> str:
        """The path of the weight file as given in the program; "" for constants in memory."""
        return text(lib.mil_literal_path(self._handle))

    @property
    def value(self) -> Any:
        """The value: a number, bool or str if the rank is 0; a read-only array for other tensors, mapped without a copy (except for packed
        integers, which are unpacked to one byte each); or a list, tuple or dict of such values. Raises CallError if the weight file is
        missing."""
        kind = lib.mil_literal_kind(self._handle)
        if kind in (c.MIL_LITERAL_TENSOR, c.MIL_LITERAL_BLOB):
            return self._array()
        count = lib.mil_literal_count(self._handle)
        if kind == c.MIL_LITERAL_STRINGS:
            strings = [text(lib.mil_literal_string(self._handle, i)) for i in range(count)]
            shape = self.type.shape
            return strings[0] if not shape and len(strings) == 1 else numpy().array(strings, dtype=object).reshape(shape)
        if kind == c.MIL_LITERAL_OPAQUE:
            return text(lib.mil_literal_string(self._handle, 0))
        elements = [Literal(self._context, lib.mil_literal_element(self._handle, i)).value for i in range(count)]
        if kind == c.MIL_LITERAL_DICT:
            return dict(zip(elements[::2], elements[1::2]))
        return tuple(elements) if kind == c.MIL_LITERAL_TUPLE else elements

    def _array(self) -> Any:
        np, type_ = numpy(), self.type
        name, shape, context = type_.dtype, type_.shape, self._context
        if shape is None or None in shape:
            raise CallError(f"the constant's type {type_} has no static shape")
        dtype = np.dtype(NUMPY[name])
        if lib.mil_dtype_bits(dtype_number(name)) < 8:
            array = np.empty(shape, dtype)
            context._call("mil_literal_unpack", context._handle, self._handle, 0, array.ctypes.data, array.size)
            return array if shape else array.item()
        address = context._make("mil_literal_bytes", context._handle, self._handle)
        if not address:
            return np.empty(shape, dtype)
        buffer: Any = (ctypes.c_uint8 * self.nbytes).from_address(address)
        buffer.context = context  # the bytes are valid as long as the context exists
        array = np.frombuffer(buffer, dtype).reshape(shape)
        array.flags.writeable = False
        return array if shape else array.item()

    def __str__(self) -> str:
        return owned_text(lib.mil_literal_text(self._handle))

    def __repr__(self) -> str:
        return f"<milc.Literal {self.type}>"


def literal(context: Context, value: Any, dtype: Optional[DType] = None) -> int:
    """Makes a literal of a bool, number, str, list or array and returns its handle. `dtype` is an element type; without it, Python's ints
    become int32 and floats fp32. An array of more than 64 KiB is borrowed: it must not change until the model is saved."""
    if isinstance(value, Literal):
        if value._context is not context:
            raise CallError("the literal belongs to another context")
        return value._handle
    np = numpy()
    if isinstance(value, (str, bytes)) or (isinstance(value, (list, tuple)) and value and all(isinstance(each, str) for each in value)):
        return _strings(context, value)
    if dtype is None and not isinstance(value, (np.ndarray, np.generic)):
        first = np.asarray(value)
        dtype = {"b": "bool", "i": "int32", "f": "fp32"}.get(first.dtype.kind)
        if dtype is None:
            raise CallError(f"a {type(value).__name__} can't be converted to a constant")
    number = dtype_number(dtype) if dtype is not None else dtype_number(np.asarray(value).dtype)
    name = text(lib.mil_dtype_name(number))
    if lib.mil_dtype_bits(number) < 8:
        raise CallError(f"constants of {name} can't be made from arrays")
    given = np.asarray(value)
    wanted = np.dtype(NUMPY[name]).newbyteorder("<")
    array = np.ascontiguousarray(given, wanted).reshape(given.shape)
    if given.dtype.kind in "iub" and wanted.kind in "iu" and not np.array_equal(array, given):
        raise CallError(f"the values don't fit into {name}")
    dims = (ctypes.c_int64 * array.ndim)(*array.shape)
    kind = context._make("mil_type_tensor", context._handle, number, dims, array.ndim)
    borrow = array.nbytes > BORROW_FROM
    made = context._make("mil_literal_borrow" if borrow else "mil_literal_tensor", context._handle, kind, array.ctypes.data, array.nbytes)
    if borrow:
        context._kept.append(array)
    return made


def _strings(context: Context, value: Any) -> int:
    scalar = isinstance(value, (str, bytes))
    data = [each if isinstance(each, bytes) else each.encode() for each in ([value] if scalar else value)]
    strings = (c.mil_string * len(data))(*[c.mil_string(each, len(each)) for each in data])
    dims = (ctypes.c_int64 * 1)(len(data))
    return context._make("mil_literal_strings", context._handle, dims, 0 if scalar else 1, strings)
