"""coremltools.models.neural_network.flexible_shape_utils: several shapes, or ranges of sizes, for the arrays that a model takes.

Program and description change together: the types of outputs follow from those of the inputs, so that calls for outputs have nothing to do."""

from __future__ import annotations

from ....model import Feature
from ...missing import missing
from ..model import Spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional, Sequence, Tuple, Union


def _input(spec: Spec, name: str) -> Optional[Feature]:
    """The array of a name that the model takes; None for one that it gives."""
    model = spec.milc_model
    for feature in [*model.inputs, *model.outputs]:
        if feature.name == name:
            if (feature.type or {}).get("kind") != "multiArray":
                raise ValueError(f"Trying to set shapes for a feature that is no multi-array: {name}")
            return feature if any(each.name == name for each in model.inputs) else None
    raise ValueError(f"Feature {name} does not exist.")


def add_multiarray_ndshape_enumeration(spec: Spec, feature_name: str, enumerated_shapes: Union[Sequence[int], List[Sequence[int]]]) -> None:
    """Adds shapes to those that an array may have; the one that it has stays the default."""
    shapes: List[Tuple[int, ...]] = [tuple(each) for each in enumerated_shapes] if isinstance(enumerated_shapes, list) else [tuple(enumerated_shapes)]
    if not shapes:
        raise ValueError("Unable to add empty list of enumerated shapes")
    feature = _input(spec, feature_name)
    if feature is None:
        return
    known = [tuple(each) for each in feature.type.get("shapes") or [feature.type["shape"]]]
    feature.set_shape(*dict.fromkeys(known + shapes))


def set_multiarray_ndshape_range(spec: Spec, feature_name: str, lower_bounds: Sequence[int], upper_bounds: Sequence[int]) -> None:
    """Lets each size of an array be between two bounds; -1 is no upper bound."""
    if len(lower_bounds) != len(upper_bounds):
        raise ValueError("Length of lower_bounds must be equal to length of upper_bounds")
    if any(upper != -1 and upper < lower for lower, upper in zip(lower_bounds, upper_bounds)):
        raise ValueError("Lower bounds must not be greater than upper bounds")
    feature = _input(spec, feature_name)
    if feature is not None:
        feature.set_shape([lower if lower == upper else (lower, None if upper == -1 else upper) for lower, upper in zip(lower_bounds, upper_bounds)])


__getattr__ = missing(
    ".models.neural_network.flexible_shape_utils",
    "NeuralNetworkImageSize NeuralNetworkImageSizeRange NeuralNetworkMultiArrayShape NeuralNetworkMultiArrayShapeRange ShapeRange Shape Size "
    "add_enumerated_image_sizes add_enumerated_multiarray_shapes update_image_size_range update_multiarray_shape_range",
    "see milc.edit(shape=…), which changes shapes in program and description",
)
