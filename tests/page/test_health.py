from __future__ import annotations

import asyncio
from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

from page.health import PATH, Reading, route
from page.jobs import Jobs


def test_a_server_that_cannot_read_recordings_says_why(tmp_path: Path, short_hum: Path) -> None:
    (tmp_path / "noise.wav").write_bytes(b"no recording")
    assert "noise.wav" in str(asyncio.run(Reading(tmp_path / "noise.wav").why_not()))
    assert asyncio.run(Reading(short_hum).why_not()) is None


def test_a_server_that_warms_up_is_not_ready(short_hum: Path) -> None:
    jobs = Jobs(warm=False)
    client = TestClient(Starlette(routes=[route(jobs, short_hum)]))
    assert client.get(PATH).status_code == 503
    jobs.begin()
    assert client.get(PATH).json() == {"ready": True, "running": 0, "waiting": 0}
