"""The calls of coremltools that scripts use on finished models, under their names, on any machine.

    import milc.coremltools as ct

    model = ct.models.MLModel("model.mlpackage")
    config = ct.optimize.coreml.OptimizationConfig(ct.optimize.coreml.OpLinearQuantizerConfig(mode="linear_symmetric"))
    ct.optimize.coreml.linear_quantize_weights(model, config).save("small.mlpackage")

What milc can't do raises milc.Unsupported, which says so. Conversion is not here: milc takes models as they were converted.
"""

from __future__ import annotations

import sys

from ..errors import Unsupported
from . import models, optimize, proto
from .compute_unit import ComputeUnit
from .missing import missing, missing_modules
from .models import utils
from .pass_pipeline import PassPipeline

sys.modules[__name__ + ".utils"] = utils  # `from coremltools.utils import …` works, too

#: The version of coremltools whose calls these are.
__version__ = "9.0"

__all__ = ["ComputeUnit", "PassPipeline", "convert", "models", "optimize", "proto", "utils"]


def convert(*_args: object, **_kwargs: object) -> models.MLModel:
    """Not here: raises Unsupported."""
    raise Unsupported("milc doesn't convert from other frameworks; convert with coremltools, and use milc on the result")


_CONVERTING = "it belongs to converting"
missing_modules("", "converters converters.mil converters.mil.mil converters.mil.input_types libsvm target transform", _CONVERTING)
__getattr__ = missing(
    "", "ClassifierConfig ColorLayout EnumeratedShapes ImageType RangeDim ReshapeFrequency Shape SpecializationStrategy StateType TensorType precision",
    _CONVERTING,
)
