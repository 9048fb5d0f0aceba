"""Work for one visitor: when it is his turn, and with what the page tells him meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from hum2guitar.stages import Progress

from . import texts
from .jobs import Jobs
from .language import told
from .turns import visitor_of


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
