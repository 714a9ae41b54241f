"""coremltools.optimize: its part for finished models."""

from ..missing import missing
from . import coreml

__all__ = ["coreml"]

__getattr__ = missing(".optimize", "torch", "milc compresses finished models: see optimize.coreml and milc.compress")
