"""The whole path: a hum's waveform in, a guitar's out, with everything between kept for looking at."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from numbers import Integral

import numpy as np
import torch

from hum2guitar import mel
from hum2guitar.analysis import audio, f0
from hum2guitar.analysis.heard import analyse
from hum2guitar.arrangement import register, tuning
from hum2guitar.arrangement.legato import apply_legato
from hum2guitar.arrangement.tuning import Tuning
from hum2guitar.config import Config
from hum2guitar.errors import AudioError, UserError
from hum2guitar.note import Note
from hum2guitar.synthesis import body as body_module
from hum2guitar.synthesis import checkpoint, generator, guitars, harmonics
from hum2guitar.synthesis import inversion as inversions
from hum2guitar.synthesis.controls import ARTICULATIONS, build_controls

SEGMENT_FRAMES = 864  # 20 s per forward pass
OUTPUT_LOUDNESS_DB = -20.0  # gated RMS of the guitar that is played
MAX_GAIN_DB = 40.0  # what the final loudness may be raised by; a generator that drew silence stays silent
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Conversion:
    """One hum converted, with every intermediate.

    f0_hz : (N,) Hz as hummed, NaN where unvoiced; confidence : (N,) 0 to 1; notes : as played, transposed and tuned
    label : (C, M, N) float32, the generator's input (channels: ``harmonics.CHANNELS``)
    hum_mel_db, guitar_mel_db : (M, N) dB; waveform : (T,) float32, as long as the hum; sample_rate : Hz
    transpose_semitones : what was applied, ``capo`` of it by the capo; tuning : what was heard of it and done about it
    articulation : one of ``ARTICULATIONS``
    guitar : the share of each guitar, the rest of 1 belonging to none in particular
    seconds : wall time of each stage; warnings : sentences for the user; config : of the checkpoint that drew it
    """

    f0_hz: np.ndarray
    confidence: np.ndarray
    notes: list[Note]
    label: np.ndarray
    hum_mel_db: np.ndarray
    guitar_mel_db: np.ndarray
    waveform: np.ndarray
    sample_rate: int
    transpose_semitones: int
    capo: int
    tuning: Tuning
    articulation: str
    guitar: dict[str, float]
    seconds: dict[str, float]
    warnings: tuple[str, ...]
    config: Config
    beside: np.ndarray | None = None  # (T,) float32, the same by the other inversion that was asked for

    @property
    def summary(self) -> str:
        """One line of what was heard: how many notes, from where to where, and how they were moved and tuned."""
        names = [note.name for note in sorted(self.notes, key=lambda note: note.midi)]
        count = f"{len(names)} note" + ("s" if len(names) != 1 else "")
        span = names[0] if names[0] == names[-1] else f"{names[0]} to {names[-1]}"
        moved = register.describe_transposition(self.transpose_semitones, self.capo)
        tuned = {"off": "", "nearest": ", tuned to semitones", "key": f", tuned to {self.tuning.key.name}"}
        return f"{count}, {span}, {moved}{tuned[self.tuning.choice]}"


class Hum2Guitar:
    """A loaded converter. Holds no state between calls; several may stand side by side."""

    def __init__(self, loaded: checkpoint.Checkpoint, device: str | torch.device = "cpu") -> None:
        self.config = loaded.config
        self.provenance = loaded.provenance
        self.device = torch.device(device)
        self.generator = loaded.generator.to(self.device)

    @classmethod
    def from_pretrained(cls, source: str | os.PathLike[str] | None = None, *, device: str = "cpu") -> Hum2Guitar:
        """Load the bundled checkpoint (None), a file, or a Hub id.

        Raises CheckpointError for a checkpoint that cannot be used, UserError for a device that is not there.
        """
        try:
            torch.empty(0, device=device)
        except (RuntimeError, AssertionError) as error:
            raise UserError(f"the device {device!r} is not available here; use cpu") from error
        return cls(checkpoint.load(checkpoint.resolve(source)), device)

    def convert(
        self,
        waveform: np.ndarray,
        sample_rate: int,
        *,
        tracker: str = "swift",
        transpose: int | str = "auto",
        capo: int = 0,
        tune: str = "off",
        tune_strength: float = 1.0,
        articulation: str = "plucked",
        guitar: str = guitars.ANY,
        inversion: str = "griffin-lim",
        iterations: int | None = None,
        beside: str | None = None,
        body: float = 0.0,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Conversion:
        """Turn a hum into a guitar.

        Parameters
        ----------
        waveform : (T,) or (T, channels) — any PCM or float dtype, 0.5 s to 10 min
        sample_rate : Hz
        tracker : one of ``f0.TRACKERS``
        transpose : semitones, or "auto": the whole octaves that suit the guitar best (``register.best_octave``)
        capo : the fret it sits at: everything sounds so many semitones higher, and the lowest note rises with it
        tune : one of ``tuning.TUNINGS``: leave the notes as hummed, or move each to a semitone or to the key's scale
        tune_strength : 0 (not at all) to 1 (all the way)
        articulation : "plucked" (each note is plucked and rings as a string does) or "follow" (the hum's envelope)
        guitar : "any", one of ``config.guitars``, a kind of them ("steel") or a mix ("steel:0.7,nylon:0.3")
        inversion : one of ``inversion.INVERSIONS``: how the drawn mel becomes sound
        iterations : of Griffin-Lim, 0 to 1000; None for the inversion's own number (``inversion.ITERATIONS``)
        beside : another inversion, by which the same mel is to sound too, with its own number of iterations
        body : how much of another guitar body and a small room is put around it, 0 (none) to 1
        seed : of the phase's random start
        progress : called as progress(share done, name of the stage)

        Raises AudioError for a recording that cannot be used, UserError for a choice that does not exist.
        """
        self._check_choices(articulation, iterations, seed)
        register.check(transpose, capo)
        tuning.check(tune, tune_strength)
        inversions.check(inversion, self.config)
        if beside is not None:
            inversions.check(beside, self.config)
        body_module.check(body)
        shares = guitars.parse(guitar, self.config.guitars)
        clock = _Clock(progress)
        config = self.config
        with clock.stage("reading", 0.0):
            prepared = audio.prepare(waveform, sample_rate, config.sample_rate, config.loudness_db)
            warnings = audio.quality_warnings(waveform, sample_rate)
        with clock.stage("f0", 0.05):
            chosen = f0.load_tracker(tracker, str(self.device))
            heard = analyse(prepared, config, chosen)
            if not heard.notes:
                raise AudioError("no pitch was heard in the recording; hum or sing a melody, closer to the microphone")
        with clock.stage("label", 0.35):
            semitones = register.choose_transposition(transpose, heard.notes, capo)
            fingered = [replace(note, midi=note.midi + semitones) for note in apply_legato(heard.notes)]
            in_tune = tuning.tune(fingered, tune, tune_strength)
            played = tuning.tuned(fingered, in_tune)
            warnings += register.range_warnings(played, semitones, capo)
            moved = semitones + tuning.shift_curve(fingered, in_tune.shifts, len(heard.f0_hz), config.frame_s)
            f0_hz = (heard.f0_hz * 2 ** (moved / 12)).astype(np.float32)
            controls = build_controls(f0_hz, heard.energy_db, heard.onset_strength, played, articulation, config)
            label = harmonics.draw_label(controls, config)
        with clock.stage("generator", 0.4):
            guitar_mel_db = self.generate(label, generator.condition(shares, articulation, config))
            if articulation == "follow":
                guitar_mel_db = mel.with_energy_of(guitar_mel_db, heard.mel_db, config)

        def sounded(name: str, iterations: int | None) -> np.ndarray:
            sound = inversions.invert(
                guitar_mel_db, controls.f0_hz, len(prepared), config, name, iterations=iterations, seed=seed
            )
            return finish(body_module.resonate(sound, body, config.sample_rate), config)

        with clock.stage("inversion", 0.6):
            sound = sounded(inversion, iterations)
        other = None
        if beside is not None:
            with clock.stage("beside", 0.8):
                other = sounded(beside, None)
        clock.report(1.0, "done")
        return Conversion(
            f0_hz=heard.f0_hz,
            confidence=heard.confidence,
            notes=played,
            label=label,
            hum_mel_db=heard.mel_db,
            guitar_mel_db=guitar_mel_db,
            waveform=sound,
            sample_rate=config.sample_rate,
            transpose_semitones=semitones,
            capo=int(capo),
            tuning=in_tune,
            articulation=articulation,
            guitar=shares,
            seconds=clock.seconds,
            warnings=warnings,
            config=config,
            beside=other,
        )

    @torch.inference_mode()
    def generate(self, label: np.ndarray, condition: np.ndarray, segment_frames: int = SEGMENT_FRAMES) -> np.ndarray:
        """(C, M, N) label, (G + 2,) condition → (M, N) mel in dB.

        A label longer than ``segment_frames`` is drawn in pieces that overlap by all that the generator can see, so
        that the pieces equal the whole (``paper``, whose statistics span the whole, excepted).
        """
        n_frames = label.shape[-1]
        context = generator.context_frames(self.config)
        segment_frames = -(-segment_frames // generator.TIME_STRIDE) * generator.TIME_STRIDE
        condition_batch = torch.from_numpy(condition)[None].to(self.device)
        mel_normalised = torch.empty(label.shape[1:])
        for start in range(0, n_frames, segment_frames):
            stop = min(start + segment_frames, n_frames)
            left, right = max(0, start - context), min(n_frames, stop + context)
            piece = torch.from_numpy(np.ascontiguousarray(label[None, :, :, left:right])).to(self.device)
            drawn = self.generator(piece, condition_batch)[0, 0, :, start - left : stop - left]
            mel_normalised[:, start:stop] = drawn.float().cpu()
        return mel.denormalise(mel_normalised, self.config).numpy()

    def _check_choices(self, articulation: str, iterations: int | None, seed: int) -> None:
        if articulation not in ARTICULATIONS:
            raise UserError(f"there is no articulation {articulation!r}; choose one of {', '.join(ARTICULATIONS)}")
        if iterations is not None and not (isinstance(iterations, Integral) and 0 <= iterations <= 1000):
            raise UserError(f"{iterations!r} Griffin-Lim iterations were asked for; choose a whole number, 0 to 1000")
        if not (isinstance(seed, Integral) and seed >= 0):
            raise UserError(f"the seed {seed!r} is not possible; choose a whole number from 0 up")


def finish(waveform: np.ndarray, config: Config) -> np.ndarray:
    """The guitar at one fixed loudness, 1 dB of headroom kept; silence stays silence."""
    gain_db = OUTPUT_LOUDNESS_DB - audio.loudness(waveform, config.sample_rate)
    return audio.limit_peak(waveform * np.float32(10 ** (min(gain_db, MAX_GAIN_DB) / 20)))


class _Clock:
    """Times the stages and passes them on to the caller's progress."""

    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress

    def report(self, share: float, name: str) -> None:
        if self._progress is not None:
            self._progress(share, name)

    @contextmanager
    def stage(self, name: str, share_before: float) -> Iterator[None]:
        self.report(share_before, name)
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start
