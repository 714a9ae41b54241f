"""Handles of the parts of a program, and calls of the library with them."""

from __future__ import annotations

from ._native import lib, text
from .errors import ClosedError
from .values import Literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, List, Optional, Union

    from .builder import Builder
    from .model import Model


class Part:
    """A part of a model's program."""

    __slots__ = ("_model", "_handle")

    def __init__(self, model: Union[Model, Builder], handle: int) -> None:
        self._model, self._handle = model, handle

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self._handle == other._handle and self._model is other._model

    def __hash__(self) -> int:
        return hash(self._handle)

    def _get(self, function: str, *arguments: Any) -> Any:
        model = self._model
        with model._context._lock:
            if model._handle is None:
                raise ClosedError("the model was closed")
            return getattr(lib, function)(self._handle, *arguments)

    def _text(self, function: str, *arguments: Any) -> str:
        return text(self._get(function, *arguments))

    def _part(self, kind: Callable[..., Any], function: str, *arguments: Any) -> Any:
        handle = self._get(function, *arguments)
        return kind(self._model, handle) if handle else None

    def _parts(self, kind: Callable[..., Any], count: str, each: str) -> List[Any]:
        return [kind(self._model, self._get(each, i)) for i in range(self._get(count))]

    def _do(self, function: str, *arguments: Any) -> None:
        self._model._check()
        self._model._context._call(function, self._handle, *arguments)

    def _literal(self, handle: Optional[int]) -> Optional[Literal]:
        return Literal(self._model._context, handle) if handle else None
