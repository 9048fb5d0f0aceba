"""``/healthz``: whether a conversion can start. It answers 200 or 503, also while conversions run."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from .jobs import Jobs

PATH = "/healthz"
STUCK = "every conversion that runs took too long and has not ended"


def route(jobs: Jobs) -> Route:
    """The route to add to a server."""

    async def answer(request: Request) -> JSONResponse:
        described = {"ready": not jobs.stuck, "running": len(jobs.running), "waiting": len(jobs.waiting)}
        return JSONResponse(described | ({"why": STUCK} if jobs.stuck else {}), 503 if jobs.stuck else 200)

    return Route(PATH, answer)
