"""Contexts: the data shared by models that are used together. All calls of the library are made here."""

from __future__ import annotations

import atexit
import ctypes
import os
import threading
import weakref

from . import _prototypes as c
from ._native import lib, text
from .errors import CallError, Cancelled, ClosedError, Diagnostic, ModelError, ModelWarning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Tuple

_SEVERITIES = ("note", "warning", "error")
_live: weakref.WeakSet[Context] = weakref.WeakSet()
_ended = False


def _closer(handle: int) -> None:
    lib.mil_context_close(handle)


class Context:
    """Models that are passed to the same call (merge, diff) must belong to the same context. `milc.load` creates a context for each model
    unless it is given one.

    A context and its models can be used from several threads: calls run one at a time, others wait. Different contexts don't wait for each
    other. If `progress` is set, it is called with (bytes done, total bytes) about ten times per second during long calls; an exception that
    it raises ends the call and is raised from it. The same applies to exceptions raised in signal handlers: Ctrl-C, and time limits set
    with `signal.alarm`.
    """

    def __init__(self, progress: Optional[Callable[[int, int], object]] = None) -> None:
        self.progress = progress
        self._lock = threading.RLock()
        self._raised: Optional[BaseException] = None
        self._interrupted = False  # a signal handler raised the exception
        self._lost = False
        self._kept: List[Any] = []  # arrays that literals borrow
        self._calls = 0  # counts calls that may change a model; values that were cached before the last one are out of date
        self._facts: Dict[int, Any] = {}  # kind, dtype and shape of types by handle; types don't change
        self._handle = lib.mil_context_create()
        self._finalizer = weakref.finalize(self, _closer, self._handle)
        self._finalizer.atexit = False  # the process ends anyway, and threads may still be in a call
        this = weakref.ref(self)

        def tick(_data: object, done: int, total: int) -> int:
            context = this()
            try:
                if context is None or _ended or context._raised is not None:
                    return 1
                if context.progress:
                    context.progress(done, total)
                return 0
            except BaseException as error:
                if context is not None:
                    context._raised = error
                return 1

        self._tick = c.mil_progress_callback(tick)
        lib.mil_context_set_progress(self._handle, self._tick, None)
        _live.add(self)

    def _enter(self) -> None:
        if self._lost:
            raise ClosedError("the context was in use by another thread when the process was forked")
        if _ended:
            raise ClosedError("the interpreter is exiting")

    def _keep_interrupts(self) -> List[Tuple[int, Any]]:
        """Stores exceptions that signal handlers raise from now on, for `_call`: they would be lost when they leave a callback of the
        library. Returns the handlers, which must be restored; an empty list in other threads, which don't handle signals."""
        handlers: List[Tuple[int, Any]] = []
        if threading.current_thread() is not threading.main_thread():
            return handlers
        import signal

        for name in ("SIGINT", "SIGALRM", "SIGTERM"):
            number = getattr(signal, name, None)
            handler: Any = None if number is None else signal.getsignal(number)
            if not callable(handler):
                continue

            def keep(number: int, frame: Any, handler: Any = handler) -> None:
                try:
                    handler(number, frame)
                except BaseException as error:
                    self._raised = error
                    self._interrupted = True

            signal.signal(number, keep)
            handlers.append((number, handler))
        return handlers

    def _call(self, function: str, *arguments: Any) -> None:
        """Makes a call that returns a status; raises the errors and warns of the warnings that it reports."""
        with self._lock:
            self._enter()
            self._raised = None
            self._interrupted = False
            self._calls += 1
            handlers = self._keep_interrupts()
            try:
                status = getattr(lib, function)(*arguments)
            finally:
                if handlers:
                    import signal

                    for number, handler in handlers:
                        signal.signal(number, handler)
            raised, self._raised = self._raised, None
            interrupted = self._interrupted
            diagnostics = self._take()
        if raised is not None and (status != c.MIL_OK or interrupted):
            raise raised
        if status == c.MIL_OK:
            for each in diagnostics:
                if each.severity == "warning":
                    import warnings

                    warnings.warn(each.text, ModelWarning, stacklevel=4)
            return
        # The message consists of the texts of the errors; the diagnostics have the details.
        errors = [each for each in diagnostics if each.severity == "error"]
        message = "\n".join(each.text for each in errors) or "the call has invalid arguments"
        kind = {c.MIL_BAD_INPUT: ModelError, c.MIL_CANCELLED: Cancelled}.get(status, CallError)
        raise kind(message, diagnostics)

    def _take(self) -> List[Diagnostic]:
        handle = lib.mil_context_take_diagnostics(self._handle)
        try:
            return [
                Diagnostic(
                    _SEVERITIES[lib.mil_diagnostics_severity(handle, i)],
                    text(lib.mil_diagnostics_message(handle, i)),
                    text(lib.mil_diagnostics_slug(handle, i)),
                    text(lib.mil_diagnostics_file(handle, i)),
                    lib.mil_diagnostics_line(handle, i),
                    lib.mil_diagnostics_column(handle, i),
                    text(lib.mil_diagnostics_text(handle, i)),
                )
                for i in range(lib.mil_diagnostics_count(handle))
            ]
        finally:
            lib.mil_diagnostics_close(handle)

    def _make(self, function: str, *arguments: Any, result: Any = ctypes.c_void_p) -> Any:
        """Makes a call whose last argument receives the result, and returns it."""
        out = result()
        self._call(function, *arguments, ctypes.byref(out))
        return out.value


@atexit.register
def _end_calls() -> None:
    """Ends calls of other threads and waits for them: none may run when the library is unloaded."""
    global _ended
    _ended = True  # contexts that are created from now on refuse calls
    for context in _contexts():
        context._lock.acquire()


def _contexts() -> List[Context]:
    """All existing contexts. Other threads may create some in the meantime."""
    while True:
        try:
            return list(_live)
        except RuntimeError:
            continue


def _after_fork() -> None:
    """The threads of the parent don't exist in the child: contexts that they were using can't be used any more."""
    for context in _contexts():
        if context._lock.acquire(blocking=False):
            context._lock.release()
        else:
            context._lost = True
            context._lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
