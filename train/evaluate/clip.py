"""One recording measured: the model's sound, and the sounds that it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hum2guitar import Hum2Guitar, Sound, mel
from hum2guitar.analysis import audio
from hum2guitar.metrics.measured import Measured
from hum2guitar.note import level_of
from hum2guitar.synthesis.inversion import griffin_lim
from train.evaluate.figures import Judge, measure
from train.evaluate.source import FOLLOW, HUM, Source
from train.synth.guitar import RENDER_RATE, Guitar
from train.synth.melody import Stroke
from train.synth.render import render_take

MODEL, LABEL, REAL_MEL, NNLS, PLAYBACK = "model", "label alone", "real mel", "same by NNLS", "note playback"
FOLLOWED = "follow"
AS_HUMMED = (REAL_MEL, NNLS)  # the columns that have the recording's own pitch
RELEASE_S = 0.05  # of a note that is played back


@dataclass(frozen=True)
class Clip:
    """The figures of one recording.

    Attributes
    ----------
    source : the recording
    sounds : (T,) float32 by column — at the checkpoint's sample rate
    figures : by measure and column
    real_time_factor : wall time of each stage of the conversion over the length of the recording
    """

    source: Source
    sounds: Mapping[str, np.ndarray]
    figures: dict[str, dict[str, Measured]]
    real_time_factor: dict[str, float]

    @property
    def table(self) -> dict[str, dict[str, float]]:
        """The figures as numbers."""
        return {name: {column: float(found) for column, found in row.items()} for name, row in self.figures.items()}


def measure_clip(
    converter: Hum2Guitar, source: Source, sound: Sound, playback: np.ndarray | None, judge: Judge | None
) -> Clip:
    """Measure the sound of a conversion beside what it is compared with.

    Parameters
    ----------
    source : the recording
    sound : what the converter made of ``source.played``
    playback : (T,) — the result of ``play_back``; None leaves its column out
    judge : left out where it is None
    """
    sounds = columns(source, sound)
    if playback is not None:
        sounds[PLAYBACK] = audio.resample(playback, RENDER_RATE, source.heard.config.sample_rate)
    if source.kind == HUM:
        sounds[FOLLOWED] = converter.render(converter.arrange(source.heard, FOLLOW)).waveform
    figures: dict[str, dict[str, Measured]] = {}
    for column, waveform in sounds.items():
        for name, found in measure(source, waveform, judge, as_hummed=column in AS_HUMMED).items():
            figures.setdefault(name, {})[column] = found
    seconds = {**source.heard.seconds, **source.played.seconds, **sound.seconds}
    return Clip(source, sounds, figures, {stage: value / source.seconds for stage, value in seconds.items()})


def columns(source: Source, sound: Sound) -> dict[str, np.ndarray]:
    """Return the sounds that are compared: (T,) float32 each.

    They are the model's, the label made to sound as it is, and the recording's own mel inverted in two ways.
    """
    heard, played, config = source.heard, source.played, source.heard.config
    label_db = mel.denormalise(sound.label[0], config)
    return {
        MODEL: sound.waveform,
        LABEL: griffin_lim.invert(label_db, played.f0_hz, played.n_samples, config),
        REAL_MEL: griffin_lim.invert(heard.mel_db, heard.f0_hz, heard.n_samples, config),
        NNLS: griffin_lim.invert(heard.mel_db, heard.f0_hz, heard.n_samples, config, method="nnls"),
    }


def play_back(source: Source, guitars: list[Guitar]) -> np.ndarray:
    """Play the notes of ``source.played`` from note samples, on the guitar that has most of them in its range.

    Returns
    -------
    waveform : (T,) float32 — at ``RENDER_RATE``
    """
    notes = source.played.notes

    def n_playable(guitar: Guitar) -> int:
        low, high = guitar.range
        return sum(low <= note.midi <= high for note in notes)

    strokes = [
        Stroke(note.onset_s, note.offset_s - note.onset_s, note.midi, level_of(note.velocity), RELEASE_S)
        for note in notes
    ]
    return render_take(strokes, max(guitars, key=n_playable), source.seconds, np.random.default_rng(0))
