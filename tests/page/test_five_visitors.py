"""Five visitors at once, each with ten hums: every answer is that of the hum that was sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import soundfile
from gradio_client import Client, handle_file
from sounds import sung

RATE = 16000
VISITORS, HUMS = 5, 10


@pytest.fixture(scope="module")
def melodies(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, list[int]]:
    """Hums by their files: the MIDI numbers of three notes, no two alike."""
    folder, found = tmp_path_factory.mktemp("five"), {}
    for first in range(VISITORS):
        for step in range(HUMS):
            pitches = [50 + first, 53 + step, 50 + first + step % 3]
            path = folder / f"{first}-{step}.wav"
            soundfile.write(
                path, sung([(0.1 + 0.5 * i, 0.5 + 0.5 * i, m) for i, m in enumerate(pitches)], RATE, 1.8), RATE
            )
            found[path] = pitches
    return found


def test_fifty_answers_are_those_of_fifty_hums(address: str, melodies: dict[Path, list[int]]) -> None:
    def visit(first: int) -> list[tuple[list[int], list[int]]]:
        client, answers = Client(address, verbose=False), []
        for path, pitches in list(melodies.items())[first * HUMS : (first + 1) * HUMS]:
            details = client.predict(handle_file(path), transposition="0", iterations=1, api_name="/convert")[2]
            answers.append((pitches, [round(note["midi"]) for note in details["notes"]]))
        return answers

    with ThreadPoolExecutor(VISITORS) as pool:
        answers = [answer for visited in pool.map(visit, range(VISITORS)) for answer in visited]
    assert len(answers) == VISITORS * HUMS
    assert [sent for sent, heard in answers if sent != heard] == []
