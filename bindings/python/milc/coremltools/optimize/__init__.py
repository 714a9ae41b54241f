"""coremltools.optimize: its part for finished models."""

from ..missing import missing_modules
from . import coreml

__all__ = ["coreml"]

missing_modules(
    ".optimize", "torch torch.palettization torch.pruning torch.quantization",
    "milc compresses finished models: see optimize.coreml and milc.compress",
)
