"""Errors: exceptions that carry milc's diagnostics."""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, NamedTuple, Optional

    class _Fields(NamedTuple):
        severity: str
        message: str
        slug: str
        file: str
        line: int
        column: int
        text: str

else:  # `typing` takes longer to import than all of this package
    _Fields = namedtuple("_Fields", "severity message slug file line column text")


class Diagnostic(_Fields):
    """An error, warning or note that milc reports about an input.

    `severity`: "note", "warning" or "error". `message`: the message alone. `slug`: a stable word for its kind: "undefined-value". `file`:
    the input concerned, or "". `line` and `column`: counted from 1, columns in bytes; 0 if unknown. `text`: the complete text as printed by
    the command line, with the line of the input and a caret.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return self.text


class Error(Exception):
    """The base class of all errors of milc. `diagnostics` lists everything that was reported."""

    def __init__(self, message: str, diagnostics: Optional[List[Diagnostic]] = None) -> None:
        super().__init__(message)
        self.diagnostics: List[Diagnostic] = diagnostics or []


class ModelError(Error, ValueError):
    """A model, a file or an option is invalid, or an output can't be written."""


class CallError(Error, ValueError):
    """A call has wrong arguments: objects that don't belong together, an erased object, or a name that is already used."""


class ClosedError(Error, ValueError):
    """The model was closed, or its context can't be used any more."""


class Cancelled(Error):
    """A progress callback ended the call."""


class Unsupported(Error, NotImplementedError):
    """A call of coremltools that milc doesn't support."""


class ModelWarning(UserWarning):
    """A warning of milc, issued as a Python warning."""
