"""The evaluation as one self-contained page: every clip to hear and to see, beside what it is compared to."""

from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path

import librosa
import numpy as np
import soundfile
from matplotlib.figure import Figure

from hum2guitar.errors import UserError
from hum2guitar.files import replacing
from train.evaluate.evaluation import Clip, Evaluation
from train.evaluate.metrics import FLOOR_DB

SHOWN_HZ = 5000.0
COLOURS = "magma"
HEARD_DB = -20.0  # RMS at which every sound of a clip is played, so that none pleases by being louder
STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1240px; padding: 0 1rem; color: #222; }
h2 { margin: 2.5rem 0 .5rem; border-top: 1px solid #ddd; padding-top: 1.2rem; overflow-wrap: anywhere; }
.sounds { display: grid; grid-template-columns: repeat(auto-fill, minmax(380px, 1fr)); gap: 1rem; }
figure { margin: 0; } figcaption { font-weight: 600; }
img, audio { width: 100%; display: block; } audio { height: 36px; margin: .25rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem .7rem; text-align: right; white-space: nowrap; } th:first-child { text-align: left; }
tr:nth-child(even) td, tr:nth-child(even) th { background: #f6f4ef; } thead th { border-bottom: 1px solid #999; }
pre { overflow-x: auto; background: #f6f4ef; padding: 1rem; font-size: 13px; }
"""


class Page:
    """Collects clips as they are measured, already drawn and compressed, and writes them as one file."""

    def __init__(self) -> None:
        self._sections: list[str] = []

    def add(self, clip: Clip) -> None:
        """Draw a clip: the input and every column with a player and a mel, then its figures."""
        sounds = {"input": clip.recording, **clip.sounds}
        mels = {name: _mel_db(sound, clip.sample_rate) for name, sound in sounds.items()}
        loudest_db = max(float(mel_db.max()) for mel_db in mels.values())
        figures = "".join(
            f"<figure><figcaption>{escape(name)}</figcaption>"
            f'<audio controls preload="none" src="{_audio(sound, clip.sample_rate)}"></audio>'
            f'<img alt="mel spectrogram, {escape(name)}" src="{_picture(mels[name], clip.sample_rate, loudest_db)}">'
            "</figure>"
            for name, sound in sounds.items()
        )
        self._sections.append(
            f'<section><h2>{escape(clip.name)}</h2><p>{escape(clip.title)}</p><div class="sounds">{figures}</div>'
            f"{_table(clip)}</section>"
        )

    def write(self, path: Path, evaluation: Evaluation) -> None:
        """Write the page, all or nothing. Raises UserError where that cannot be."""
        body = f"<h1>Evaluation</h1><pre>{escape(evaluation.to_text())}</pre>" + "".join(self._sections)
        note = (
            f"<p>Every sound is played at the same level. The pictures show 0 to {SHOWN_HZ:.0f} Hz on the mel scale, "
            f"{FLOOR_DB:.0f} dB from the clip's loudest cell down, one scale a clip.</p>"
        )
        page = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Evaluation</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<style>{STYLE}</style></head><body>{body}{note}</body></html>\n"
        )
        try:
            with replacing(path) as partial:
                partial.write_text(page, encoding="utf-8")
        except OSError as error:
            raise UserError(f"cannot write {path}: {error}; choose a folder that exists and is writable") from error


def _table(clip: Clip) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in clip.sounds)
    rows = "".join(
        f"<tr><th>{escape(name)}</th>" + "".join(f"<td>{value:.3f}</td>" for value in row.values()) + "</tr>"
        for name, row in clip.table.items()
    )
    return f'<div class="scroll"><table><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _heard(sound: np.ndarray) -> np.ndarray:
    """(T,) at ``HEARD_DB``, softer where its peaks need that."""
    gain = 10 ** (HEARD_DB / 20) / (np.sqrt((sound**2).mean()) + 1e-9)
    return sound * min(gain, 0.95 / (np.abs(sound).max() + 1e-9))


def _audio(sound: np.ndarray, sample_rate: int) -> str:
    """(T,) → a data URI of MP3, which every browser plays."""
    file = io.BytesIO()
    soundfile.write(file, _heard(sound), sample_rate, format="MP3")
    return _data_uri("audio/mpeg", file)


def _mel_db(sound: np.ndarray, sample_rate: int) -> np.ndarray:
    """(T,) → (M, N) dB, up to ``SHOWN_HZ``, of the sound as it is heard on the page."""
    power = librosa.feature.melspectrogram(
        y=_heard(sound), sr=sample_rate, n_fft=2048, hop_length=512, n_mels=128, fmax=SHOWN_HZ
    )
    mel_db: np.ndarray = librosa.power_to_db(power, top_db=None)
    return mel_db


def _picture(mel_db: np.ndarray, sample_rate: int, loudest_db: float) -> str:
    """(M, N) dB → a data URI of a PNG, colours from ``FLOOR_DB`` under the clip's loudest cell up to it."""
    figure = Figure(figsize=(5.2, 2.2), dpi=110, layout="constrained")
    axis = figure.subplots()
    edges = librosa.mel_frequencies(n_mels=mel_db.shape[0] + 2, fmax=SHOWN_HZ)[1:-1]
    axis.imshow(
        mel_db, origin="lower", aspect="auto", cmap=COLOURS, vmin=loudest_db - FLOOR_DB, vmax=loudest_db,
        extent=(0, mel_db.shape[1] * 512 / sample_rate, 0, mel_db.shape[0]),
    )  # fmt: skip
    ticks_hz = [250, 500, 1000, 2000, 4000]
    axis.set_yticks(np.interp(ticks_hz, edges, np.arange(len(edges)) + 0.5), [f"{hz} Hz" for hz in ticks_hz])
    axis.tick_params(labelsize=7, length=2)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return _data_uri("image/png", file)


def _data_uri(kind: str, file: io.BytesIO) -> str:
    return f"data:{kind};base64,{base64.b64encode(file.getvalue()).decode()}"
