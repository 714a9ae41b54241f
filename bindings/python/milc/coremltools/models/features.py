"""The inputs, outputs and states of a specification: FeatureDescription and its types, as views of a milc.Model."""

from __future__ import annotations

from ...errors import Unsupported
from ..proto.FeatureTypes_pb2 import ArrayFeatureType, ImageFeatureType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterable, List, Optional

    from ...model import Feature
    from .specification import Spec

_ARRAY_TYPES = {"fp16": ArrayFeatureType.FLOAT16, "fp32": ArrayFeatureType.FLOAT32, "fp64": ArrayFeatureType.DOUBLE, "int8": ArrayFeatureType.INT8,
                "int32": ArrayFeatureType.INT32}
_COLOR_SPACES = {"grayscale": ImageFeatureType.GRAYSCALE, "rgb": ImageFeatureType.RGB, "bgr": ImageFeatureType.BGR,
                 "grayscaleFloat16": ImageFeatureType.GRAYSCALE_FLOAT16}
_COLORS = {ImageFeatureType.GRAYSCALE: "GRAYSCALE", ImageFeatureType.RGB: "RGB", ImageFeatureType.BGR: "BGR",
           ImageFeatureType.GRAYSCALE_FLOAT16: "GRAYSCALE_FLOAT16"}
_BY_SHAPES = "to change shapes, including those in the program, use flexible_shape_utils or milc.edit(shape=)"


class View:
    """A message of the specification. Only its properties with a setter can be set."""

    #: The fields that `repr` shows.
    _shown: Any = ()

    def __init__(self, **members: Any) -> None:
        self.__dict__.update(members)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or getattr(getattr(type(self), name, None), "fset", None):
            return object.__setattr__(self, name, value)
        raise Unsupported(f"'{name}' of a specification can't be set here; milc.edit changes types, sizes and images together with the program")

    def HasField(self, name: str) -> bool:
        """Whether a field is set."""
        return bool(getattr(self, name))

    def _choice(self, *fields: str) -> Optional[str]:
        """The field of a oneof that is set, or None."""
        return next((field for field in fields if getattr(self, field)), None)

    def __repr__(self) -> str:
        return "\n".join(_lines(self))


def _lines(view: View) -> Iterable[str]:
    for name in view._shown or [each for each in view.__dict__ if not each.startswith("_")]:
        value = getattr(view, name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, View):
                yield f"{name} {{"
                yield from (f"  {line}" for line in _lines(each))
                yield "}"
            elif each not in ("", 0, None, False):
                yield f'{name}: "{each}"' if isinstance(each, str) else f"{name}: {each}"


class FixedList(list):  # type: ignore[type-arg]
    """A read-only list of a specification. Changing it would not change the model, so methods that change it raise Unsupported and name an
    alternative."""

    def __init__(self, items: Iterable[Any], instead: str) -> None:
        super().__init__(items)
        self._instead = instead

    def _refuse(self, *_args: object, **_kwargs: object) -> Any:
        """Not supported: raises Unsupported."""
        raise Unsupported(f"lists of a specification can't be changed here; {self._instead}")

    add = append = extend = insert = pop = remove = clear = sort = reverse = _refuse  # type: ignore[assignment]
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse  # type: ignore[assignment]


class _Sizes(FixedList):
    """The sizes of an array. They can only be set to their current values."""

    def __init__(self, sizes: Iterable[int]) -> None:
        super().__init__(sizes, _BY_SHAPES)

    def __setitem__(self, key: Any, value: Any) -> None:  # type: ignore[override]
        wanted = list(self)
        wanted[key] = value
        if wanted != self:
            self._refuse()


def _range(lower: int, upper: int) -> View:
    return View(lowerBound=lower, upperBound=upper)


class _ArrayView(View):
    """ArrayFeatureType: `shape`, `dataType`, `shapeRange` or `enumeratedShapes`. Setting `dataType` adds a cast to the program."""

    _shown = ("shape", "dataType", "shapeRange", "enumeratedShapes")

    def __init__(self, owner: FeatureView) -> None:
        self._owner = owner

    @property
    def _data(self) -> Dict[str, Any]:
        data = self._owner._data
        return data if data.get("kind") in ("multiArray", "state") else {}

    @property
    def shape(self) -> List[int]:
        """The sizes; the default ones if they are flexible."""
        return _Sizes(self._data.get("shape", ()))

    @property
    def dataType(self) -> int:
        """The element type, a number of ArrayFeatureType."""
        return _ARRAY_TYPES.get(self._data.get("dtype", ""), 0)

    @dataType.setter
    def dataType(self, number: int) -> None:
        dtype = next((name for name, each in _ARRAY_TYPES.items() if each == number), "")
        if not self._data:
            raise Unsupported(f"'{self._owner.name}' is not an array; milc.edit(array=) turns an image into an array")
        if dtype in ("", "fp64"):
            raise Unsupported(f"'{self._owner.name}': ML programs have no arrays of type {number}; they have FLOAT16, FLOAT32, INT32 and INT8")
        if dtype != self._data["dtype"]:
            self._owner._change(lambda feature: feature.set_dtype(dtype))

    @property
    def shapeRange(self) -> Optional[View]:
        """`sizeRanges`, each with `lowerBound` and `upperBound` (-1: none)."""
        ranges = self._data.get("ranges")
        return View(sizeRanges=[_range(*each) for each in ranges]) if ranges else None

    @property
    def enumeratedShapes(self) -> Optional[View]:
        """`shapes`, each with a `shape`."""
        shapes = self._data.get("shapes")
        return View(shapes=[View(shape=_Sizes(each)) for each in shapes]) if shapes else None

    def WhichOneof(self, oneof: str) -> Optional[str]:
        """The field of the oneof "ShapeFlexibility" that is set: "shapeRange", "enumeratedShapes" or None."""
        return self._choice("shapeRange", "enumeratedShapes") if oneof == "ShapeFlexibility" else None


class _ImageView(View):
    """ImageFeatureType: `width`, `height`, `colorSpace`, `imageSizeRange` or `enumeratedSizes`. Setting `colorSpace` turns an array into an
    image."""

    _shown = ("width", "height", "colorSpace", "imageSizeRange", "enumeratedSizes")

    def __init__(self, owner: FeatureView) -> None:
        self._owner = owner

    @property
    def _data(self) -> Dict[str, Any]:
        data = self._owner._data
        return data if data.get("kind") == "image" else {}

    def _size(self, key: str, axis: int, value: int) -> None:
        data = self._owner._data
        known = self._data.get(key) or (data.get("shape") or [0])[axis:][:1] or [0]
        if value != (known if isinstance(known, int) else known[0]):
            raise Unsupported(f"'{self._owner.name}' doesn't have the {key} {value}; {_BY_SHAPES}")

    @property
    def width(self) -> int:
        """The default width in pixels; 0 if the feature is not an image."""
        return self._data.get("width", 0)

    @width.setter
    def width(self, value: int) -> None:
        self._size("width", -1, value)

    @property
    def height(self) -> int:
        """The default height in pixels; 0 if the feature is not an image."""
        return self._data.get("height", 0)

    @height.setter
    def height(self, value: int) -> None:
        self._size("height", -2, value)

    @property
    def colorSpace(self) -> int:
        """The color space, a number of ImageFeatureType; 0 if the feature is not an image."""
        return _COLOR_SPACES.get(self._data.get("colorSpace", ""), 0)

    @colorSpace.setter
    def colorSpace(self, number: int) -> None:
        if number not in _COLORS:
            raise Unsupported(f"'{self._owner.name}': images don't have the color space {number}")
        if self._data:
            name = next(name for name, each in _COLOR_SPACES.items() if each == number)
            self._owner._change(lambda feature: setattr(feature, "type", {**feature.type, "colorSpace": name}))
        else:
            self._owner._change(lambda feature: feature.make_image(_COLORS[number]))

    @property
    def imageSizeRange(self) -> Optional[View]:
        """`widthRange` and `heightRange`, with `lowerBound` and `upperBound` (-1: none)."""
        ranges = self._data.get("ranges")
        return View(widthRange=_range(*ranges[0]), heightRange=_range(*ranges[1])) if ranges else None

    @property
    def enumeratedSizes(self) -> Optional[View]:
        """`sizes`, each with `width` and `height`."""
        sizes = self._data.get("sizes")
        return View(sizes=[View(width=width, height=height) for width, height in sizes]) if sizes else None

    def WhichOneof(self, oneof: str) -> Optional[str]:
        """The field of the oneof "SizeFlexibility" that is set: "imageSizeRange", "enumeratedSizes" or None."""
        return self._choice("imageSizeRange", "enumeratedSizes") if oneof == "SizeFlexibility" else None


class _TypeView(View):
    """FeatureType: `multiArrayType`, `imageType`, `stateType`, …, `isOptional`."""

    _NAMES = {"dictionary": "dictionaryType", "sequence": "sequenceType", None: None}

    def __init__(self, owner: FeatureView) -> None:
        self._owner = owner

    @property
    def _shown(self) -> Any:
        kind = self.WhichOneof("Type")
        return [kind, "isOptional"] if kind in ("multiArrayType", "imageType", "stateType") else ["isOptional"]

    @property
    def multiArrayType(self) -> _ArrayView:
        """ArrayFeatureType; empty if the feature is not an array."""
        return _ArrayView(self._owner)

    @property
    def imageType(self) -> _ImageView:
        """ImageFeatureType; empty if the feature is not an image."""
        return _ImageView(self._owner)

    @property
    def stateType(self) -> View:
        """`arrayType`, an ArrayFeatureType."""
        return View(arrayType=_ArrayView(self._owner))

    @property
    def isOptional(self) -> bool:
        """Whether an input may be omitted."""
        return self._owner._feature.optional

    @isOptional.setter
    def isOptional(self, value: bool) -> None:
        self._owner._change(lambda feature: setattr(feature, "optional", bool(value)))

    def WhichOneof(self, oneof: str) -> Optional[str]:
        """The field of the oneof "Type" that is set: "multiArrayType", "imageType", …."""
        if oneof != "Type":
            raise ValueError(f"there is no oneof '{oneof}' here")
        kind = self._owner._data.get("kind")
        return self._NAMES.get(kind, f"{kind}Type")

    def HasField(self, name: str) -> bool:
        """Whether the feature has this type."""
        return name == self.WhichOneof("Type")


class FeatureView(View):
    """FeatureDescription: `name`, `shortDescription`, `type`. Setting `name` also renames the value in the program."""

    _shown = ("name", "shortDescription", "type")

    def __init__(self, spec: Spec, function: Optional[str], key: str, place: int) -> None:
        self._spec, self._function, self._key, self._place = spec, function, key, place

    @property
    def _feature(self) -> Feature:
        return self._spec.milc_model.interface(self._function)[self._key][self._place]

    @property
    def _data(self) -> Dict[str, Any]:
        return self._feature.type or {}

    def _change(self, change: Callable[[Feature], None]) -> None:
        self._spec.own()
        change(self._feature)

    @property
    def name(self) -> str:
        """The name of the feature."""
        return self._feature.name

    @name.setter
    def name(self, value: str) -> None:
        self._change(lambda feature: setattr(feature, "name", value))

    @property
    def shortDescription(self) -> str:
        """The description of the feature for users of the model."""
        return self._feature.description

    @shortDescription.setter
    def shortDescription(self, value: str) -> None:
        self._change(lambda feature: setattr(feature, "description", value))

    @property
    def type(self) -> _TypeView:
        """FeatureType."""
        return _TypeView(self)
