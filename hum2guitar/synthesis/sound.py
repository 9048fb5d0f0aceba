"""Played → Sound: the third of the three steps of a conversion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from hum2guitar import mel
from hum2guitar.analysis import audio
from hum2guitar.arrangement.played import Played
from hum2guitar.choices import Choices
from hum2guitar.config import Config
from hum2guitar.stages import Clock, Progress
from hum2guitar.synthesis import body, guitars, harmonics, inversion, pre_echo
from hum2guitar.synthesis.condition import build_condition
from hum2guitar.synthesis.controls import Controls, follow_controls, pluck_controls

OUTPUT_LOUDNESS_DB = -20.0  # gated RMS of the guitar
MAX_GAIN_DB = 40.0  # limits the gain of a sound that is nearly silent
Generate = Callable[..., np.ndarray]  # (label, condition, seed=…, report=…) → mel in dB, as ``Hum2Guitar.generate``


@dataclass(frozen=True)
class Sound:
    """The sound of the guitar, and the intermediate results.

    Attributes
    ----------
    waveform : (T,) float32 — as long as the recording
    sample_rate : Hz
    mel_db : (M, N) float32 — dB, the generated mel
    label : (C, M, N) float32 — the input of the generator, with the channels ``config.label_channels``
    guitar : the share of each guitar (see ``guitars.parse``)
    seconds : wall time of each stage in s
    """

    waveform: np.ndarray
    sample_rate: int
    mel_db: np.ndarray
    label: np.ndarray
    guitar: dict[str, float]
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawn:
    """What the generator reads of what is played.

    Attributes
    ----------
    played : the result of ``arrange``
    controls : the curves that the label is drawn from
    label : (C, M, N) float32, with the channels ``config.label_channels``
    seconds : wall time of each stage in s
    """

    played: Played
    controls: Controls
    label: np.ndarray
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Generated:
    """The generated mel spectrogram.

    Attributes
    ----------
    drawn : what it was generated from
    mel_db : (M, N) float32 — dB
    guitar : the share of each guitar (see ``guitars.parse``)
    seconds : wall time of each stage in s
    """

    drawn: Drawn
    mel_db: np.ndarray
    guitar: dict[str, float]
    seconds: dict[str, float] = field(default_factory=dict)


def render(played: Played, choices: Choices, generate: Generate, progress: Progress | None = None) -> Sound:
    """Build the label, generate the mel spectrogram, invert it, and add the body: the three functions below in a row.

    What is plucked has no echo before a pluck (``pre_echo.soften``).

    Parameters
    ----------
    played : the result of ``arrange``
    choices : this function reads ``guitar``, ``inversion``, ``iterations``, ``body`` and ``seed``
    generate : (label, condition, seed=…, report=…) → mel in dB, as ``Hum2Guitar.generate``
    progress : called with the completed share, 0 to 1, and the name of the stage

    Raises
    ------
    UserError
        If the checkpoint does not have the guitar, or if the inversion cannot use its mel spectrograms.
    """
    inversion.find(choices.inversion, played.config)
    drawn = draw_label(played, progress)
    return invert(generate_mel(drawn, choices, generate, progress), choices, progress)


def draw_label(played: Played, progress: Progress | None = None) -> Drawn:
    """Build the label of what is played."""
    clock = Clock(progress)
    with clock.stage("label"):
        controls = controls_of(played)
        label = harmonics.draw_label(controls, played.config)
    return Drawn(played, controls, label, clock.seconds)


def generate_mel(drawn: Drawn, choices: Choices, generate: Generate, progress: Progress | None = None) -> Generated:
    """Generate the mel spectrogram of a label. Reads ``guitar`` and ``seed``; raises as ``render`` does."""
    played, clock = drawn.played, Clock(progress)
    config = played.config
    shares = guitars.shares_of(choices.guitar, played.articulation, config)
    with clock.stage("generator") as report:
        condition = build_condition(shares, played.articulation, config)
        mel_db = generate(drawn.label, condition, seed=choices.seed, report=report)
        if played.followed is not None:
            mel_db = mel.with_energy_of(mel_db, played.followed.mel_db, config)
    return Generated(drawn, mel_db, shares, drawn.seconds | clock.seconds)


def invert(generated: Generated, choices: Choices, progress: Progress | None = None) -> Sound:
    """Turn a mel spectrogram into sound, and add the body. Reads ``inversion``, ``iterations``, ``body`` and ``seed``;
    raises as ``render`` does.
    """
    played, clock = generated.drawn.played, Clock(progress)
    config = played.config
    chosen = inversion.find(choices.inversion, config)
    with clock.stage("inversion") as report:
        sound = chosen.invert(
            generated.mel_db,
            generated.drawn.controls.f0_hz,
            played.n_samples,
            config,
            iterations=choices.iterations,
            seed=choices.seed,
            report=report,
        )
        sound = without_pre_echo(sound, played)
        waveform = finish(body.resonate(sound, choices.body, config.sample_rate), config)
    seconds = generated.seconds | clock.seconds
    return Sound(waveform, config.sample_rate, generated.mel_db, generated.drawn.label, generated.guitar, seconds)


def controls_of(played: Played) -> Controls:
    """Build the control curves of what is played, for its articulation."""
    followed = played.followed
    if followed is None:
        return pluck_controls(played.f0_hz, played.notes, played.config)
    return follow_controls(played.f0_hz, followed.energy_db, followed.onset_strength, played.notes, played.config)


def without_pre_echo(waveform: np.ndarray, played: Played) -> np.ndarray:
    """Soften the echoes before plucks in what an inversion made, (T,); what follows the recording stays as it is."""
    return waveform if played.followed is not None else pre_echo.soften(waveform, played.notes, played.config)


def finish(waveform: np.ndarray, config: Config) -> np.ndarray:
    """Set the loudness of a guitar (T,) to ``OUTPUT_LOUDNESS_DB``, with 1 dB of headroom."""
    gain_db = OUTPUT_LOUDNESS_DB - audio.loudness(waveform, config.sample_rate)
    return audio.limit_peak(waveform * np.float32(10 ** (min(gain_db, MAX_GAIN_DB) / 20)))
