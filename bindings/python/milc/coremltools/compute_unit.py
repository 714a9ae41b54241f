"""coremltools.ComputeUnit."""

import enum


class ComputeUnit(enum.Enum):
    """Accepted where coremltools takes it; milc computes on the processor."""

    ALL = 1
    CPU_AND_GPU = 2
    CPU_ONLY = 3
    CPU_AND_NE = 4
