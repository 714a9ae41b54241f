"""libmil through ctypes: loads the library and declares its functions with their types."""

from __future__ import annotations

import ctypes
import os
import sys

from . import _prototypes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Tuple, Union

    #: Names and paths as callers pass them.
    Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]


class mil_string(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t)]


def _load() -> ctypes.CDLL:
    """Loads libmil from the folder of this file, as in wheels, or the library of the system."""
    name = "libmil.1.dylib" if sys.platform == "darwin" else "libmil.so.1"
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    try:
        return ctypes.CDLL(beside if os.path.exists(beside) else name)
    except OSError as error:
        raise ImportError(f"milc's library {name} can't be loaded: {error}") from None


class _Library:
    """The functions of libmil as attributes. Each gets its types at its first use, because a process only uses a few of them."""

    def __init__(self) -> None:
        self._dll = _load()

    def __getattr__(self, name: str) -> Any:
        result, parameters = _prototypes.signature(name)
        function = getattr(self._dll, name)
        # Strings are read by address and size: they may contain NULs, and don't have to end with one.
        function.restype = mil_string if result is _prototypes.mil_string else result
        function.argtypes = parameters
        setattr(self, name, function)
        return function


lib = _Library()


def text(string: mil_string) -> str:
    """Converts a string borrowed from the library to str."""
    return ctypes.string_at(string.data, string.size).decode("utf-8", "surrogateescape") if string.size else ""


def owned_text(handle: Any) -> str:
    """Converts a text returned by a call to str, and closes it."""
    try:
        return text(lib.mil_text_string(handle))
    finally:
        lib.mil_text_close(handle)


def encode(value: Path) -> bytes:
    """Encodes a str or path for the library: bytes without NULs."""
    data = os.fsencode(value)
    if b"\0" in data:
        raise ValueError("a name or path must not contain a null character")
    return data


def names(values: Union[None, Path, Iterable[Path]]) -> Tuple[Any, int]:
    """Converts a list of names to `const char *const *` and its length."""
    given = [values] if isinstance(values, (str, bytes, os.PathLike)) else values or []
    encoded = [encode(value) for value in given]
    return (ctypes.c_char_p * len(encoded))(*encoded), len(encoded)


def options(kind: Any, **members: Any) -> Any:
    """Makes a struct of options with its size set; members that are None keep their default."""
    made = kind(**{key: value for key, value in members.items() if value is not None})
    made.size = ctypes.sizeof(kind)
    return made


if lib.mil_abi_version() < 3:
    raise ImportError("milc's library is older than this package")
