"""Models as coremltools has them: MLModel, CompiledMLModel, and utils."""

from ..missing import missing
from . import neural_network, utils
from .model import CompiledMLModel, MLModel, Spec

__all__ = ["CompiledMLModel", "MLModel", "Spec", "neural_network", "utils"]

__getattr__ = missing(
    ".models", "array_feature_extractor compute_device compute_plan datatypes feature_vectorizer ml_program nearest_neighbors "
    "pipeline tree_ensemble", "milc works on ML programs and pipelines of them",
)
