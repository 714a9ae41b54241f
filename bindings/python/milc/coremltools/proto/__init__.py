"""coremltools.proto: the numbers of types in a specification, under the names of its messages. The messages themselves are not
supported."""

from ..missing import missing_modules
from . import FeatureTypes_pb2

__all__ = ["FeatureTypes_pb2"]

missing_modules(".proto", "MIL_pb2 Model_pb2 NeuralNetwork_pb2", "specifications are views of models, not messages: see MLModel.get_spec and utils.load_spec")
