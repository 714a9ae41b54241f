"""coremltools.models.neural_network: what scripts use of it on ML programs, the shapes of inputs."""

from ...missing import missing
from . import flexible_shape_utils

__all__ = ["flexible_shape_utils"]

__getattr__ = missing(
    ".models.neural_network", "NeuralNetworkBuilder builder optimization_utils printer quantization_utils spec_inspection_utils update_optimizer_utils utils",
    "milc works on ML programs and pipelines of them",
)
