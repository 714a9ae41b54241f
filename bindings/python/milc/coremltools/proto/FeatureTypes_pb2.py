"""FeatureTypes.proto: the numbers of types."""

from __future__ import annotations

from ...errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Tuple


class _Enum:
    """An enumeration with the methods of protobuf: `Value("RGB")`, `Name(20)`, `items()`."""

    def __init__(self, name: str, **numbers: int) -> None:
        self.name, self._numbers = name, numbers

    def Value(self, name: str) -> int:
        """The number of a name."""
        if name not in self._numbers:
            raise ValueError(f"{self.name} has no value {name!r}")
        return self._numbers[name]

    def Name(self, number: int) -> str:
        """The name of a number."""
        for name, each in self.items():
            if each == number:
                return name
        raise ValueError(f"{self.name} has no name for {number!r}")

    def keys(self) -> List[str]:
        """All names."""
        return list(self._numbers)

    def values(self) -> List[int]:
        """All numbers."""
        return list(self._numbers.values())

    def items(self) -> List[Tuple[str, int]]:
        """All names with their numbers."""
        return list(self._numbers.items())

    def __getattr__(self, name: str) -> int:
        numbers: Dict[str, int] = self.__dict__.get("_numbers", {})
        if name not in numbers:
            raise AttributeError(name)
        return numbers[name]


class _Message:
    """A message, which can't be created."""

    def __init__(self, *_args: object, **_kwargs: object) -> None:
        raise Unsupported(f"milc can't create messages of coremltools.proto.FeatureTypes_pb2 ({type(self).__name__}); it only has their numbers")


class ArrayFeatureType(_Message):
    """The numbers of ArrayFeatureType.ArrayDataType, used in `multiArrayType.dataType`."""

    INVALID_ARRAY_DATA_TYPE = 0
    FLOAT16 = 65552
    FLOAT32 = 65568
    DOUBLE = 65600
    INT8 = 131080
    INT32 = 131104
    ArrayDataType = _Enum("ArrayDataType", INVALID_ARRAY_DATA_TYPE=0, FLOAT16=FLOAT16, FLOAT32=FLOAT32, DOUBLE=DOUBLE, INT8=INT8, INT32=INT32)


class ImageFeatureType(_Message):
    """The numbers of ImageFeatureType.ColorSpace, used in `imageType.colorSpace`."""

    INVALID_COLOR_SPACE = 0
    GRAYSCALE = 10
    RGB = 20
    BGR = 30
    GRAYSCALE_FLOAT16 = 40
    ColorSpace = _Enum("ColorSpace", INVALID_COLOR_SPACE=0, GRAYSCALE=GRAYSCALE, RGB=RGB, BGR=BGR, GRAYSCALE_FLOAT16=GRAYSCALE_FLOAT16)


class FeatureType(_Message):
    """The type of an input, output or state."""
