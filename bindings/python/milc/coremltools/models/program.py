"""The program of a specification: a read-only MILSpec.Program under the names of MIL.proto."""

from __future__ import annotations

from ...errors import Unsupported
from .features import FixedList, View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional

    from ...model import Model
    from ...program import Block, Function, Operation, Value
    from ...values import Literal, Type

#: MILSpec.DataType.
_DATA_TYPES = {"bool": 1, "string": 2, "fp16": 10, "fp32": 11, "fp64": 12, "bf16": 13, "int8": 21, "int16": 22, "int32": 23, "int64": 24, "int4": 25,
               "uint8": 31, "uint16": 32, "uint32": 33, "uint64": 34, "uint4": 35, "uint2": 36, "uint1": 37, "uint6": 38, "uint3": 39,
               "fp8e4m3fn": 40, "fp8e5m2": 41}
_FIELDS = {"f": "floats", "i": "ints", "u": "ints", "b": "bools"}


def _listed(items: Iterable[Any]) -> FixedList:
    return FixedList(items, "programs are edited with milc_operation and the functions of milc_model")


class ProgramView(View):
    """Program: `functions` by name, `version`."""

    version = 1

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def functions(self) -> Dict[str, FunctionView]:
        """The functions by name."""
        return {name: FunctionView(function) for name, function in self._model.functions.items()}


class FunctionView(View):
    """Function: `inputs`, `opset` ("CoreML8"), `block_specializations` by opset."""

    def __init__(self, function: Function) -> None:
        self._function = function

    @property
    def opset(self) -> str:
        """The opset as MIL.proto names it: "CoreML8" for ios18."""
        opset = self._function.opset
        return f"CoreML{int(opset[3:]) - 10}" if opset.startswith("ios") and opset[3:].isdigit() else opset

    @property
    def inputs(self) -> List[ValueView]:
        """NamedValueTypes."""
        return _listed(map(ValueView, self._function.inputs))

    @property
    def block_specializations(self) -> Dict[str, BlockView]:
        """The body of the function, by its opset."""
        return {self.opset: BlockView(self._function.body)}


class BlockView(View):
    """Block: `inputs`, `operations`, `outputs` (names)."""

    def __init__(self, block: Block) -> None:
        self._block = block

    @property
    def inputs(self) -> List[ValueView]:
        """NamedValueTypes."""
        return _listed(map(ValueView, self._block.inputs))

    @property
    def operations(self) -> List[OperationView]:
        """The operations in order."""
        return _listed(map(OperationView, self._block.operations))

    @property
    def outputs(self) -> List[str]:
        """The names of the values that the block returns."""
        return _listed(value.name for value in self._block.outputs)


class OperationView(View):
    """Operation: `type`, `inputs` by name, `outputs`, `blocks`, `attributes`. `milc_operation` is the milc.Operation, which returns values
    as arrays."""

    def __init__(self, op: Operation) -> None:
        self._op = op

    @property
    def milc_operation(self) -> Operation:
        """The milc.Operation."""
        return self._op

    @property
    def type(self) -> str:
        """The type of the operation: "conv", "const", …."""
        return self._op.type

    @property
    def inputs(self) -> Dict[str, View]:
        """Arguments by name: a list `arguments`, each with the `name` of a value, or with a `value`."""
        return {name: View(arguments=[_binding(each) for each in (bound if isinstance(bound, list) else [bound])])
                for name, bound in self._op.inputs.items()}

    @property
    def outputs(self) -> List[ValueView]:
        """NamedValueTypes."""
        return _listed(map(ValueView, self._op.outputs))

    @property
    def blocks(self) -> List[BlockView]:
        """The blocks of cond and while_loop."""
        return _listed(map(BlockView, self._op.blocks))

    @property
    def attributes(self) -> Dict[str, LiteralView]:
        """Values by name, such as "name", and "val" of a const."""
        return {name: LiteralView(value) for name, value in self._op.attributes.items()}


def _binding(bound: Any) -> View:
    if hasattr(bound, "op"):
        return View(name=bound.name, WhichOneof=lambda _oneof: "name")
    return View(value=LiteralView(bound), WhichOneof=lambda _oneof: "value")


class ValueView(View):
    """NamedValueType: `name`, `type`."""

    def __init__(self, value: Value) -> None:
        self._value = value

    @property
    def name(self) -> str:
        """The name of the value."""
        return self._value.name

    @property
    def type(self) -> TypeView:
        """ValueType."""
        return TypeView(self._value.type)


class TypeView(View):
    """ValueType: `tensorType` with `dataType`, `rank` and `dimensions`."""

    def __init__(self, type_: Type) -> None:
        self._type = type_

    @property
    def tensorType(self) -> View:
        """TensorType; each of its dimensions has `constant.size`, or is `unknown`."""
        shape = self._type.shape
        sizes = [View(constant=View(size=size), unknown=None) if size is not None else View(constant=None, unknown=View(variadic=False)) for size in shape or ()]
        return View(dataType=_DATA_TYPES.get(self._type.dtype, 0), rank=-1 if shape is None else len(shape), dimensions=sizes)

    def __repr__(self) -> str:
        return str(self._type)


class LiteralView(View):
    """Value: `immediateValue.tensor` with the `values` in the field of their element type, or `blobFileValue` with the `fileName` of the
    weights."""

    def __init__(self, value: Literal) -> None:
        self._value = value

    def WhichOneof(self, oneof: str) -> Optional[str]:
        """The field of the oneof "value" that is set: "immediateValue" or "blobFileValue"."""
        return None if oneof != "value" else "blobFileValue" if self._value.kind == "blob" else "immediateValue"

    @property
    def blobFileValue(self) -> Optional[View]:
        """The weight file with the value; `milc_operation.val` reads the value."""
        return View(fileName=self._value.path) if self._value.kind == "blob" else None

    @property
    def immediateValue(self) -> Optional[View]:
        """The value, if it is stored in the program."""
        import numpy as np

        if self._value.kind == "blob":
            return None
        if self._value.kind not in ("tensor", "strings"):
            raise Unsupported("this kind of value is not supported in a specification; use milc_operation.attributes")
        values = np.asarray(self._value.value)
        fields: Dict[str, Optional[View]] = dict.fromkeys(("floats", "ints", "bools", "strings"))
        fields[_FIELDS.get(values.dtype.kind, "strings")] = View(values=values.ravel().tolist())
        return View(tensor=View(**fields))
