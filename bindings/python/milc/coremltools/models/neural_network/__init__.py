"""coremltools.models.neural_network: only the part that scripts use for ML programs, the shapes of inputs."""

from ...missing import missing, missing_modules
from . import flexible_shape_utils

__all__ = ["flexible_shape_utils"]

_ML_PROGRAMS = "milc works on ML programs and pipelines of them"
missing_modules(
    ".models.neural_network", "builder optimization_utils printer quantization_utils spec_inspection_utils update_optimizer_utils utils", _ML_PROGRAMS
)
__getattr__ = missing(".models.neural_network", "NeuralNetworkBuilder", _ML_PROGRAMS)
