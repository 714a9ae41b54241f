"""coremltools.proto: the numbers that a specification has, under the names of its messages. Messages themselves are not here."""

import enum


class FeatureTypes_pb2:
    """FeatureTypes.proto."""

    class ArrayFeatureType(enum.IntEnum):
        """ArrayFeatureType.ArrayDataType: what `multiArrayType.dataType` is."""

        INVALID_ARRAY_DATA_TYPE = 0
        FLOAT16 = 65552
        FLOAT32 = 65568
        DOUBLE = 65600
        INT8 = 131080
        INT32 = 131104

    class ImageFeatureType(enum.IntEnum):
        """ImageFeatureType.ColorSpace: what `imageType.colorSpace` is."""

        INVALID_COLOR_SPACE = 0
        GRAYSCALE = 10
        RGB = 20
        BGR = 30
        GRAYSCALE_FLOAT16 = 40
