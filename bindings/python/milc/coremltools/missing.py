"""What coremltools has and milc hasn't: functions that raise Unsupported when they are called."""

from __future__ import annotations

from ..errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def missing(module: str, names: str, instead: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module: the names of the reference that milc doesn't have, and what to do instead."""
    known = names.split()

    def get(name: str) -> Any:
        if name not in known:
            raise AttributeError(f"module 'milc.coremltools{module}' has no attribute '{name}'")

        def refuse(*_args: object, **_kwargs: object) -> Any:
            raise Unsupported(f"milc doesn't have coremltools{module}.{name}; {instead}")

        refuse.__name__ = name
        return refuse

    return get
