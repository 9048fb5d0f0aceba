"""Work for one visitor: when it is his turn, with what the page tells him meanwhile, and part by part."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Generic, TypeVar

import gradio as gr
from gradio.context import LocalContext

from hum2guitar.stages import Progress

from . import texts
from .jobs import Jobs, Stopped
from .language import told
from .turns import visitor_of

T = TypeVar("T")


class Staged(Generic[T]):
    """Work that gives parts before it ends. Iterating gives the parts, then raises as the work does.

    Parameters
    ----------
    work : begins at once; it is given what it calls with each part, from any thread
    """

    def __init__(self, work: Callable[[Callable[[T], Any]], Coroutine[Any, Any, Any]]) -> None:
        loop = asyncio.get_running_loop()
        self._parts: asyncio.Queue[T | None] = asyncio.Queue()
        self._task = loop.create_task(work(lambda part: loop.call_soon_threadsafe(self._parts.put_nowait, part)))
        self._task.add_done_callback(lambda _: self._parts.put_nowait(None))

    @property
    def is_running(self) -> bool:
        """Whether the work goes on."""
        return not self._task.done()

    def cancel(self) -> None:
        """Stop the work; whoever iterates gets Stopped."""
        self._task.cancel()

    async def __aiter__(self) -> AsyncIterator[T]:
        try:
            while (part := await self._parts.get()) is not None:
                yield part
            if self._task.cancelled():
                raise Stopped
            self._task.result()
        finally:
            self._task.cancel()


async def in_turn(jobs: Jobs, request: gr.Request, progress: gr.Progress, work: Callable[[Progress], Any]) -> Any:
    """Run ``work`` in a thread when it is the turn of the visitor whose request it is.

    Parameters
    ----------
    jobs : the turns of the server
    request : of the visitor
    progress : shows how many come before, then the stages of the work in the visitor's language
    work : is given what it reports its completed share, 0 to 1, and the name of its stage to

    Returns
    -------
    result : what ``work`` returns

    Raises
    ------
    Stopped
        If the visitor has left.
    UserError
        If too many wait, if the work takes too long, or as ``work`` raises.
    """

    def checked(check: Callable[[], None]) -> Any:
        def report(share: float, stage: str) -> None:
            check()
            progress(share, desc=told(texts.STAGES[stage]))

        return work(report)

    def wait(before: int) -> None:
        progress(0, desc=told(texts.waiting(before, jobs.warm)))

    visitor = visitor_of(request.client.host if request.client else "", request.session_hash or "")
    names = frozenset(name for name in (request.session_hash, LocalContext.event_id.get(None)) if name)
    return await jobs.run(visitor, names, checked, wait)
