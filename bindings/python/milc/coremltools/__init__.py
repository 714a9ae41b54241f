"""The calls of coremltools that scripts use on converted models, under the same names, on any machine.

    import milc.coremltools as ct

    model = ct.models.MLModel("model.mlpackage")
    config = ct.optimize.coreml.OptimizationConfig(ct.optimize.coreml.OpLinearQuantizerConfig(mode="linear_symmetric"))
    ct.optimize.coreml.linear_quantize_weights(model, config).save("small.mlpackage")

Calls that milc doesn't support raise milc.Unsupported. milc doesn't convert models from other frameworks; it works on converted models.
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

#: The version of coremltools that these calls correspond to.
__version__ = "9.0"

__all__ = ["ComputeUnit", "PassPipeline", "convert", "models", "optimize", "proto", "utils"]


def convert(*_args: object, **_kwargs: object) -> models.MLModel:
    """Not supported: raises Unsupported."""
    raise Unsupported("milc doesn't convert from other frameworks; convert with coremltools, and use milc on the result")


_CONVERTING = "it is a part of conversion, which milc doesn't support"
missing_modules("", "converters converters.mil converters.mil.mil converters.mil.input_types libsvm target transform", _CONVERTING)
__getattr__ = missing(
    "", "ClassifierConfig ColorLayout EnumeratedShapes ImageType RangeDim ReshapeFrequency Shape SpecializationStrategy StateType TensorType precision",
    _CONVERTING,
)
