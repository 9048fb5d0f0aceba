"""Who listens for results: what Gradio does not tell."""

from __future__ import annotations

import re
from contextlib import nullcontext, suppress
from urllib.parse import parse_qs

from gradio.routes import API_PREFIX
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from .jobs import Jobs

# A page, and a Client in Python, read the results of their session here; other programs read that of one event.
OF_A_SESSION = f"{API_PREFIX}/queue/data"
OF_AN_EVENT = re.compile(rf"{API_PREFIX}/call/(?:v2/)?[^/]+/([^/]+)")


class Listeners:
    """Middleware that tells the jobs under which names somebody reads results, as long as the connection is open."""

    def __init__(self, app: ASGIApp, jobs: Jobs) -> None:
        self.app = app
        self.jobs = jobs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note that somebody listens where it asks for results.

        A visitor who leaves in the middle of an upload is no error of the server, and leaves no traceback in its log.
        """
        name = name_of(scope)
        with self.jobs.listening(name) if name else nullcontext(), suppress(ClientDisconnect):
            await self.app(scope, receive, send)


def name_of(scope: Scope) -> str | None:
    """Return the session, or the event, whose results a request asks for; None for any other request."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    if scope["path"] == OF_A_SESSION:
        return parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [None])[0]
    event = OF_AN_EVENT.fullmatch(scope["path"])
    return event[1] if event else None
