"""coremltools.optimize: the part for converted models."""

from ..missing import missing_modules
from . import coreml

__all__ = ["coreml"]

missing_modules(
    ".optimize", "torch torch.palettization torch.pruning torch.quantization",
    "milc compresses converted models: see optimize.coreml and milc.compress",
)
