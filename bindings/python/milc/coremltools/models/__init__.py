"""Models as coremltools has them: MLModel, and utils."""

from . import utils
from .mlmodel import MLModel, Spec

__all__ = ["MLModel", "Spec", "utils"]
