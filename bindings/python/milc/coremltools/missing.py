"""Names of coremltools that milc doesn't support: using one raises Unsupported."""

from __future__ import annotations

from ..errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


class _Missing:
    """A function, class or module of the reference."""

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


def missing(module: str, names: str, instead: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module: unsupported names of the reference, with an alternative for the message."""
    known = names.split()

    def get(name: str) -> Any:
        if name not in known:
            raise AttributeError(f"module 'milc.coremltools{module}' has no attribute '{name}'")
        return _Missing(f"coremltools{module}.{name}", instead)

    return get
