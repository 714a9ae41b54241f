"""Names and modules of coremltools that milc doesn't support: using one raises Unsupported."""

from __future__ import annotations

import sys
import types

from ..errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


class _Missing:
    """Stands for a function or class of coremltools that milc doesn't support."""

    def __init__(self, name: str, instead: str) -> None:
        self.__name__ = name
        self._why = f"milc doesn't have {name}; {instead}"

    def __call__(self, *_args: object, **_kwargs: object) -> Any:
        raise Unsupported(self._why)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unsupported(self._why)

    def __repr__(self) -> str:
        return f"<{self._why}>"


class _MissingModule(types.ModuleType):
    """Stands for a module of coremltools. It can be imported, but using any of its members raises Unsupported."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.__path__: Any = []
        self._why = why

    def __call__(self, *_args: object, **_kwargs: object) -> Any:
        raise Unsupported(self._why)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unsupported(f"{self._why} (requested: {name})")


def missing(module: str, names: str, instead: str) -> Callable[[str], Any]:
    """Makes the `__getattr__` of a module for unsupported names of coremltools; `instead` is the alternative that the message names."""
    known = names.split()

    def get(name: str) -> Any:
        if name not in known:
            raise AttributeError(f"module 'milc.coremltools{module}' has no attribute '{name}'")
        return _Missing(f"coremltools{module}.{name}", instead)

    return get


def missing_modules(module: str, names: str, instead: str) -> None:
    """Makes unsupported modules of coremltools importable: `names` such as "a a.b" of the given module. Using their members raises
    Unsupported."""
    package = "milc.coremltools" + module
    for name in names.split():
        made = _MissingModule(f"{package}.{name}", f"milc doesn't have coremltools{module}.{name}; {instead}")
        sys.modules[made.__name__] = made
        parent, _, last = made.__name__.rpartition(".")
        sys.modules[parent].__dict__[last] = made
