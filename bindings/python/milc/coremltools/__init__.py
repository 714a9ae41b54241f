"""The calls of coremltools that scripts use on finished models, under their names, on any machine.

    import milc.coremltools as ct

    model = ct.models.MLModel("model.mlpackage")
    config = ct.optimize.coreml.OptimizationConfig(ct.optimize.coreml.OpLinearQuantizerConfig(mode="linear_symmetric"))
    ct.optimize.coreml.linear_quantize_weights(model, config).save("small.mlpackage")

What milc can't do raises milc.Unsupported, which says so. Conversion is not here: milc takes models as they were converted.
"""

import enum

from ..errors import Unsupported
from . import models, optimize
from .models import utils
from .pass_pipeline import PassPipeline


class ComputeUnit(enum.Enum):
    """Accepted where coremltools takes it; milc computes on the processor."""

    ALL = 1
    CPU_AND_GPU = 2
    CPU_ONLY = 3
    CPU_AND_NE = 4


def convert(*_args, **_kwargs):
    raise Unsupported("milc doesn't convert from other frameworks; convert with coremltools, and use milc on the result")
