"""coremltools.models.neural_network.flexible_shape_utils: enumerated shapes and ranges of sizes for arrays and images.

Program and description change together. The types of outputs follow from those of the inputs; so calls for outputs that are arrays have no
effect, and calls for outputs that are images only change the description."""

from __future__ import annotations

from ....model import Feature
from ...missing import missing
from ..specification import Spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Sequence, Tuple, Union


def _feature(spec: Spec, name: str, kind: str) -> Feature:
    """The input or output with this name, which must have this kind of type."""
    model = spec.own()
    for feature in [*model.inputs, *model.outputs]:
        if feature.name == name:
            if (feature.type or {}).get("kind") != kind:
                raise ValueError(f"Trying to set shapes for a feature that is no {'image' if kind == 'image' else 'multi-array'}: {name}")
            return feature
    raise ValueError(f"Feature {name} does not exist.")


def _is_input(spec: Spec, feature: Feature) -> bool:
    return any(each.name == feature.name for each in spec.milc_model.inputs)


def _input(spec: Spec, name: str) -> Optional[Feature]:
    """The array with this name if it is an input; None if it is an output."""
    feature = _feature(spec, name, "multiArray")
    return feature if _is_input(spec, feature) else None


def add_multiarray_ndshape_enumeration(spec: Spec, feature_name: str, enumerated_shapes: Union[Sequence[int], List[Sequence[int]]]) -> None:
    """Adds enumerated shapes to an array; its current shape remains the default."""
    shapes: List[Tuple[int, ...]] = [tuple(each) for each in enumerated_shapes] if isinstance(enumerated_shapes, list) else [tuple(enumerated_shapes)]
    if not shapes:
        raise ValueError("Unable to add empty list of enumerated shapes")
    feature = _input(spec, feature_name)
    if feature is None:
        return
    known = [tuple(each) for each in feature.type.get("shapes") or [feature.type["shape"]]]
    feature.set_shape(*dict.fromkeys(known + shapes))


def set_multiarray_ndshape_range(spec: Spec, feature_name: str, lower_bounds: Sequence[int], upper_bounds: Sequence[int]) -> None:
    """Sets the bounds of each size of an array; -1 means no upper bound. The current sizes remain the default ones, clamped to the
    bounds."""
    if len(lower_bounds) != len(upper_bounds):
        raise ValueError("Length of lower_bounds must be equal to length of upper_bounds")
    if any(upper != -1 and upper < lower for lower, upper in zip(lower_bounds, upper_bounds)):
        raise ValueError("Lower bounds must not be greater than upper bounds")
    feature = _input(spec, feature_name)
    if feature is None:
        return
    before = feature.type["shape"]
    feature.set_shape([lower if lower == upper else (lower, None if upper == -1 else upper) for lower, upper in zip(lower_bounds, upper_bounds)])
    if len(before) == len(lower_bounds):
        feature.type = {**feature.type, "shape": [_clamped(*each) for each in zip(before, lower_bounds, upper_bounds)]}


# ---- Images


class NeuralNetworkImageSize:
    """The size of an image: `height` and `width`."""

    def __init__(self, height: int, width: int) -> None:
        if height < 1 or width < 1:
            raise ValueError("sizes of images must be at least 1")
        self.height, self.width = int(height), int(width)


class NeuralNetworkImageSizeRange:
    """Bounds for the height and the width of an image; -1 means no upper bound."""

    def __init__(self, height_range: Sequence[int] = (1, -1), width_range: Sequence[int] = (1, -1)) -> None:
        self.add_height_range(height_range)
        self.add_width_range(width_range)

    def add_height_range(self, height_range: Sequence[int]) -> None:
        """Sets the bounds of the height."""
        self.height_range = _bounds(height_range)

    def add_width_range(self, width_range: Sequence[int]) -> None:
        """Sets the bounds of the width."""
        self.width_range = _bounds(width_range)


def _bounds(bounds: Sequence[int]) -> Tuple[int, int]:
    lower, upper = bounds
    if lower < 1 or (upper != -1 and upper < lower):
        raise ValueError(f"bounds of sizes must be at least 1, the lower one first, not {tuple(bounds)}")
    return int(lower), int(upper)


def add_enumerated_image_sizes(spec: Spec, feature_name: str, sizes: Union[NeuralNetworkImageSize, List[NeuralNetworkImageSize]]) -> None:
    """Adds enumerated sizes to an image; its current size remains the default."""
    added = sizes if isinstance(sizes, list) else [sizes]
    if not added or not all(isinstance(each, NeuralNetworkImageSize) for each in added):
        raise ValueError("sizes must be a list of NeuralNetworkImageSize")
    feature = _feature(spec, feature_name, "image")
    described = feature.type
    known: List[List[int]] = described.get("sizes") or [[described["width"], described["height"]]]
    every = list(dict.fromkeys([*((width, height) for width, height in known), *((each.width, each.height) for each in added)]))
    if _is_input(spec, feature):
        channels = _channels(described)
        feature.set_shape(*[(1, channels, height, width) for width, height in every])
    else:  # the type in the program follows from the inputs; only the description is changed
        feature.type = {**described, "sizes": [list(each) for each in every]}


def update_image_size_range(spec: Spec, feature_name: str, size_range: NeuralNetworkImageSizeRange) -> None:
    """Sets the range of sizes of an image; its current size remains the default, clamped to the range."""
    if not isinstance(size_range, NeuralNetworkImageSizeRange):
        raise ValueError("size_range must be a NeuralNetworkImageSizeRange")
    feature = _feature(spec, feature_name, "image")
    described, (low, high), (left, right) = feature.type, size_range.height_range, size_range.width_range
    if _is_input(spec, feature):
        feature.set_shape((1, _channels(described), (low, None if high == -1 else high), (left, None if right == -1 else right)))
    default = {"height": _clamped(described["height"], low, high), "width": _clamped(described["width"], left, right)}
    fixed = {key: value for key, value in described.items() if key not in ("sizes", "ranges")}
    feature.type = {**fixed, **default, "ranges": [[left, right], [low, high]]}


def _channels(described: Dict[str, Any]) -> int:
    return 1 if described["colorSpace"].startswith("grayscale") else 3


def _clamped(size: int, lower: int, upper: int) -> int:
    return max(lower, size if upper == -1 else min(size, upper))


__getattr__ = missing(
    ".models.neural_network.flexible_shape_utils",
    "NeuralNetworkMultiArrayShape NeuralNetworkMultiArrayShapeRange ShapeRange Shape Size add_enumerated_multiarray_shapes "
    "update_multiarray_shape_range",
    "see add_multiarray_ndshape_enumeration and set_multiarray_ndshape_range, for arrays of all ranks",
)
