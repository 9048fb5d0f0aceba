"""``/healthz``: whether a conversion can start. It answers 200 or 503, also while conversions run."""

from __future__ import annotations

import asyncio
import time
from math import inf
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from hum2guitar import UserError
from hum2guitar.analysis import audio

from .jobs import Jobs

PATH = "/healthz"
TRY_EVERY_S = 30.0  # however often somebody asks
PATIENCE_S = 10.0
COLD = "the server has just started and is warming up"
STUCK = "every conversion that runs took too long and has not ended"
TOO_SLOW = f"reading a recording takes longer than {PATIENCE_S:.0f} s"


def route(jobs: Jobs, recording: Path) -> Route:
    """Make the route to add to a server; ``recording`` is a file that can be read where all is well."""
    reading = Reading(recording)

    async def answer(request: Request) -> JSONResponse:
        why = COLD if not jobs.warm else STUCK if jobs.stuck else await reading.why_not()
        described = {"ready": why is None, "running": len(jobs.running), "waiting": len(jobs.waiting)}
        return JSONResponse(described if why is None else described | {"why": why}, 200 if why is None else 503)

    return Route(PATH, answer)


class Reading:
    """Whether recordings can be read: now and then it reads one."""

    def __init__(self, recording: Path) -> None:
        self._recording = recording
        self._tried_at = -inf
        self._why: str | None = None

    async def why_not(self) -> str | None:
        """Return why recordings cannot be read, None if they can."""
        if time.monotonic() - self._tried_at > TRY_EVERY_S:
            self._tried_at = time.monotonic()  # whoever asks meanwhile gets the previous answer
            self._why = await self._try()
        return self._why

    async def _try(self) -> str | None:
        try:
            await asyncio.wait_for(asyncio.to_thread(audio.load, self._recording), PATIENCE_S)
        except asyncio.TimeoutError:
            return TOO_SLOW
        except (UserError, OSError, RuntimeError) as error:
            return str(error)
        return None
