"""The judge's material: guitars and other instruments that play the same kind of melodies.

A clip is a melody (``melody.compose``), played by an instrument of the table and recorded somewhere (``colour``,
``microphone``). It is then made into a mel, blurred a little as a generator might do it, and inverted. Guitars and the
others go through the same steps, so that the judge can only tell them apart by the instrument.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from hum2guitar.analysis import audio
from hum2guitar.batch.processes import LostError, each
from hum2guitar.config import Config
from train.corpus.instruments import COMPUTED, Instrument, of_role
from train.corpus.soundfont import SoundFont
from train.judge.judge import SILENT_DB, hear
from train.judge.performance import CLIP_S, f0_of, perform
from train.judge.recording import microphone, vocode
from train.judge.voices import Voice, read_voices
from train.synth.colour import colour
from train.synth.guitar import RENDER_RATE

FONT, SYNTHESISED, RECORDED = "font", "computed", "recorded"
SECTIONS = (FONT, SYNTHESISED, RECORDED)
SHARES = {True: (0.7, 0.3, 0.0), False: (0.45, 0.3, 0.25)}  # by whether it is a guitar: of each of the SECTIONS
CLEAR_DB = 8.0  # a half-second that is learnt from, or scored, is this much louder than the noise that was added


@dataclass(frozen=True)
class Clip:
    """One melody as the judge hears it.

    instrument : what plays it
    mel_db : (M, N) float16 — dB, on the judge's grid
    depth_db : a half-second that is softer than the loudest one by more than this is silence, or added noise
    """

    instrument: Instrument
    mel_db: np.ndarray
    depth_db: float = SILENT_DB


def check_fonts(fonts: Path, role: str) -> None:
    """Raise CorpusError where FluidSynth is missing, or a SoundFont that the instruments of a role need."""
    for origin in sorted({instrument.origin for instrument in of_role(role) if instrument.program is not None}):
        SoundFont(fonts / f"{origin}.sf2").close()


def make_clips(
    fonts: Path,
    role: str,
    n_clips: int,
    *,
    seed: int,
    processes: int,
    voices: Path | None = None,
    config: Config | None = None,
) -> list[Clip]:
    """Make melodies by the instruments of a role, half of them on guitars.

    Parameters
    ----------
    fonts : the folder of the SoundFonts
    role : one of ``instruments.ROLES``
    seed : the same seed gives the same clips, whatever ``processes`` is
    voices : the folder of the role's recorded voices; without it none of them sings
    config : the mel that each clip is made into and inverted from; the default Config where it is None

    Raises
    ------
    CorpusError
        Where FluidSynth, a SoundFont or a voice is missing, or a voice's licence is not that of the table.
    """
    check_fonts(fonts, role)  # before the workers start, whose errors come late
    orchestra = [instrument for instrument in of_role(role) if section_of(instrument) != RECORDED]
    singers = read_voices(voices, [i for i in of_role(role) if section_of(i) == RECORDED]) if voices else {}
    orchestra += [instrument for instrument in of_role(role) if instrument.name in singers]
    config = config or Config()
    make = partial(make_clip, fonts=fonts, orchestra=orchestra, voices=singers, seed=seed, config=config)
    clips: dict[int, Clip] = {}
    for index, clip in each(make, range(n_clips), processes):
        if isinstance(clip, LostError):
            raise clip
        clips[index] = clip
    return [clips[index] for index in range(n_clips)]


def make_clip(
    index: int, fonts: Path, orchestra: list[Instrument], voices: dict[str, Voice], seed: int, config: Config
) -> Clip:
    """Make the clip of a number; the even ones are guitars."""
    rng = np.random.default_rng([seed, index])
    instrument = _choose(orchestra, index % 2 == 0, rng)
    if section_of(instrument) == RECORDED:
        sound, f0_hz = voices[instrument.name].at_speed(2 ** (rng.uniform(-7, 7) / 12), CLIP_S, rng)
    else:
        strokes, sound = perform(instrument, fonts, rng)
        f0_hz = f0_of(strokes, int(CLIP_S * config.sample_rate), config)
    noise_db = float(rng.uniform(-70, -30))
    rate = config.sample_rate
    recorded = microphone(audio.resample(colour(sound, rng), RENDER_RATE, rate), rate, noise_db, rng)
    prepared = audio.prepare(recorded, rate, rate, config.loudness_db)
    heard = hear(vocode(prepared, f0_hz[: config.n_frames(len(prepared))], config, rng), rate)
    return Clip(instrument, heard.astype(np.float16), min(SILENT_DB, -noise_db - CLEAR_DB))


def _choose(orchestra: list[Instrument], guitar: bool, rng: np.random.Generator) -> Instrument:
    """Choose a section by its share, among those that have such an instrument, then one of its instruments."""
    side = [instrument for instrument in orchestra if instrument.guitar == guitar]
    there = np.array([any(section_of(instrument) == section for instrument in side) for section in SECTIONS])
    chance = np.array(SHARES[guitar]) * there
    section = str(rng.choice(SECTIONS, p=chance / chance.sum()))
    players = [instrument for instrument in side if section_of(instrument) == section]
    return players[int(rng.integers(len(players)))]


def section_of(instrument: Instrument) -> str:
    """Return which of the ``SECTIONS`` an instrument plays in."""
    if instrument.program is not None:
        return FONT
    return SYNTHESISED if instrument.origin == COMPUTED else RECORDED
