"""coremltools.optimize: its part for finished models."""

from . import coreml
