"""The page itself is sent compressed; Gradio compresses only files whose names have an ending."""

from __future__ import annotations

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

PAGE = ("/", "/config")  # what has all texts, scripts and settings in it: half a megabyte of them


class Compressed(GZipMiddleware):
    """Middleware that compresses the page. What is sent bit by bit, as results are, passes as it is."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and compress the answer where it is the page."""
        if scope["type"] == "http" and scope["path"] in PAGE:
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)
