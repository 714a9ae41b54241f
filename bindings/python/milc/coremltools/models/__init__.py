"""coremltools.models: MLModel, CompiledMLModel, and utils."""

from ..missing import missing_modules
from . import neural_network, utils
from .model import CompiledMLModel, MLModel
from .specification import Spec

__all__ = ["CompiledMLModel", "MLModel", "Spec", "neural_network", "utils"]

missing_modules(
    ".models",
    "array_feature_extractor compute_device compute_plan datatypes feature_vectorizer ml_program ml_program.compression_utils ml_program.experimental "
    "ml_program.experimental.perf_utils nearest_neighbors tree_ensemble",
    "milc works on ML programs and pipelines of them",
)
missing_modules(".models", "pipeline", "utils.make_pipeline makes pipelines of ML programs")
