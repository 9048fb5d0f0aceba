"""The evaluation as one self-contained HTML page, on which every recording can be heard and seen."""

from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import soundfile
from matplotlib.figure import Figure

from hum2guitar import Choices, Config
from hum2guitar.files import writing
from hum2guitar.metrics.likeness import FLOOR_DB
from train.evaluate import tables
from train.evaluate.clip import MODEL, Clip
from train.evaluate.inversions import Inverted

SHOWN_HZ = 10000.0  # at least, where the sample rate allows it
TICKS_HZ = (250, 500, 1000, 2000, 4000, 8000, 16000)
COLOURS = "magma"
PLAYED_DB = -20.0  # RMS of every sound on the page, so that none pleases by being louder
N_FFT, HOP, N_MELS = 2048, 512, 128  # of the pictures, at up to 32 kHz
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
    """Collects recordings as they are measured, as compressed sounds and pictures, and writes them as one file."""

    def __init__(self, config: Config) -> None:
        self.rate = config.sample_rate
        self.shown_hz = min(max(config.fmax_hz, SHOWN_HZ), self.rate / 2)
        self._sections: list[str] = []

    def add(self, clip: Clip, inverted: Inverted) -> None:
        """Add a recording: each sound with a player and its mel, then its figures."""
        sounds = {"input": clip.source.recording, **clip.sounds}
        by_default = Choices().inversion  # which is the model's column
        sounds |= {f"{MODEL}, {name}": sound for name, sound in inverted.sounds.items() if name != by_default}
        mels = {name: self._mel_db(sound) for name, sound in sounds.items()}
        loudest_db = max(float(mel_db.max()) for mel_db in mels.values())
        figures = "".join(
            f"<figure><figcaption>{escape(name)}</figcaption>"
            f'<audio controls preload="none" src="{_audio(sound, self.rate)}"></audio>'
            f'<img alt="mel spectrogram, {escape(name)}" src="{self._picture(mels[name], loudest_db)}">'
            "</figure>"
            for name, sound in sounds.items()
        )
        self._sections.append(
            f"<section><h2>{escape(clip.source.name)}</h2><p>{escape(tables.TITLES[clip.source.kind])}</p>"
            f'<div class="sounds">{figures}</div>{_table(clip.table)}{_table(inverted.table)}</section>'
        )

    def write(self, path: Path, results: dict[str, Any]) -> None:
        """Write the page with the tables of the results, all or nothing. Raises UserError where that cannot be."""
        note = (
            f"<p>Every sound is played at the same level. The pictures show 0 to {self.shown_hz:.0f} Hz on the mel "
            f"scale, {FLOOR_DB:.0f} dB down from the recording's loudest cell, with one scale for each recording.</p>"
        )
        page = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Evaluation</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<style>{STYLE}</style></head><body><h1>Evaluation</h1><pre>{escape(tables.render_all(results))}</pre>"
            f"{note}{''.join(self._sections)}</body></html>\n"
        )
        with writing(path) as partial:
            partial.write_text(page, encoding="utf-8")

    @property
    def _scale(self) -> int:
        return 1 if self.rate <= 32000 else 2

    def _mel_db(self, sound: np.ndarray) -> np.ndarray:
        """(T,) → (M, N) dB, up to ``shown_hz``, of the sound at the level of the page."""
        power = librosa.feature.melspectrogram(
            y=_levelled(sound), sr=self.rate, n_fft=N_FFT * self._scale, hop_length=HOP * self._scale, n_mels=N_MELS,
            fmax=self.shown_hz,
        )  # fmt: skip
        mel_db: np.ndarray = librosa.power_to_db(power, top_db=None)
        return mel_db

    def _picture(self, mel_db: np.ndarray, loudest_db: float) -> str:
        """(M, N) dB → a data URI of a PNG; its colours span ``FLOOR_DB`` below ``loudest_db``."""
        figure = Figure(figsize=(5.2, 2.2), dpi=110, layout="constrained")
        axis = figure.subplots()
        edges = librosa.mel_frequencies(n_mels=N_MELS + 2, fmax=self.shown_hz)[1:-1]
        axis.imshow(
            mel_db, origin="lower", aspect="auto", cmap=COLOURS, vmin=loudest_db - FLOOR_DB, vmax=loudest_db,
            extent=(0, mel_db.shape[1] * HOP * self._scale / self.rate, 0, N_MELS),
        )  # fmt: skip
        ticks_hz = [hz for hz in TICKS_HZ if hz < self.shown_hz]
        axis.set_yticks(np.interp(ticks_hz, edges, np.arange(N_MELS) + 0.5), [f"{hz} Hz" for hz in ticks_hz])
        axis.tick_params(labelsize=7, length=2)
        file = io.BytesIO()
        figure.savefig(file, format="png")
        return _data_uri("image/png", file)


def _table(rows: dict[str, dict[str, float]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in next(iter(rows.values())))
    body = "".join(
        f"<tr><th>{escape(name)}</th>" + "".join(f"<td>{value:.3f}</td>" for value in row.values()) + "</tr>"
        for name, row in rows.items()
    )
    return f'<div class="scroll"><table><thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _levelled(sound: np.ndarray) -> np.ndarray:
    """(T,) at ``PLAYED_DB``, or softer where its peaks need that."""
    gain = 10 ** (PLAYED_DB / 20) / (np.sqrt((sound**2).mean()) + 1e-9)
    return sound * min(gain, 0.95 / (np.abs(sound).max() + 1e-9))


def _audio(sound: np.ndarray, sample_rate: int) -> str:
    """(T,) → a data URI of MP3, which every browser plays."""
    file = io.BytesIO()
    soundfile.write(file, _levelled(sound), sample_rate, format="MP3")
    return _data_uri("audio/mpeg", file)


def _data_uri(kind: str, file: io.BytesIO) -> str:
    return f"data:{kind};base64,{base64.b64encode(file.getvalue()).decode()}"
