"""Errors: exceptions that carry milc's diagnostics."""

from typing import List, NamedTuple, Optional


class Diagnostic(NamedTuple):
    """One thing that milc has to say about an input."""

    severity: str  #: "note", "warning" or "error"
    message: str  #: the message alone
    slug: str  #: its kind, a word that stays the same: "undefined-value"
    file: str  #: the input that it is about, "" when none
    line: int  #: from 1; 0 when it isn't known
    column: int  #: from 1, in bytes; 0 when it isn't known
    text: str  #: all of it as the command line prints it, with the line of the input and a caret

    def __str__(self):
        return self.text


class Error(Exception):
    """What all errors of milc are. `diagnostics` has everything that was reported."""

    def __init__(self, message: str, diagnostics: Optional[List[Diagnostic]] = None):
        super().__init__(message)
        self.diagnostics = diagnostics or []


class ModelError(Error, ValueError):
    """A model, a file or an option is bad, or an output can't be written."""


class CallError(Error, ValueError):
    """The call is wrong: objects that don't belong together, something that was erased, a name that is taken."""


class ClosedError(Error, ValueError):
    """The model was closed, or its context can't be used any more."""


class Cancelled(Error):
    """A progress callback asked for the end."""


class Unsupported(Error, NotImplementedError):
    """A call of coremltools that milc doesn't have."""


class ModelWarning(UserWarning):
    """What milc warns of, as a warning of Python."""
