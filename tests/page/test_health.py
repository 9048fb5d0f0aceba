from __future__ import annotations

import asyncio
from pathlib import Path

from page.health import Reading


def test_a_server_that_cannot_read_recordings_says_why(tmp_path: Path, short_hum: Path) -> None:
    (tmp_path / "noise.wav").write_bytes(b"no recording")
    assert "noise.wav" in str(asyncio.run(Reading(tmp_path / "noise.wav").why_not()))
    assert asyncio.run(Reading(short_hum).why_not()) is None
