"""coremltools.ComputeUnit."""

import enum


class ComputeUnit(enum.Enum):
    """Accepted wherever coremltools accepts it, but has no effect: milc runs models on the processor."""

    ALL = 1
    CPU_AND_GPU = 2
    CPU_ONLY = 3
    CPU_AND_NE = 4
