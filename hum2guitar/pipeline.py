"""Hum2Guitar: the three steps of a conversion with a loaded checkpoint."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hum2guitar import hub
from hum2guitar.analysis import audio
from hum2guitar.analysis.heard import Heard, analyse, nothing_heard, pitch_warnings
from hum2guitar.analysis.trackers import load_tracker
from hum2guitar.arrangement import register
from hum2guitar.arrangement.played import Played, arrange
from hum2guitar.choices import Choices
from hum2guitar.config import Config
from hum2guitar.errors import UserError
from hum2guitar.note import Note
from hum2guitar.stages import Clock, Progress, Report, no_report
from hum2guitar.synthesis import checkpoint, guitars, inversion
from hum2guitar.synthesis.generate import SEGMENT_FRAMES, generate
from hum2guitar.synthesis.sound import Drawn, Generated, Sound, draw_label, generate_mel, invert

DEVICES = ("cpu", "cuda", "mps")


@dataclass(frozen=True)
class Conversion:
    """The result of a conversion: the results of its three steps, and the choices."""

    heard: Heard
    played: Played
    sound: Sound
    choices: Choices

    @property
    def waveform(self) -> np.ndarray:
        """The guitar: (T,) float32, as long as the recording."""
        return self.sound.waveform

    @property
    def sample_rate(self) -> int:
        """The sample rate of ``waveform`` in Hz."""
        return self.sound.sample_rate

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes as played."""
        return self.played.notes

    @property
    def config(self) -> Config:
        """The settings of the checkpoint."""
        return self.played.config

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings for the user, one sentence each."""
        return self.heard.warnings + self.played.warnings

    @property
    def seconds(self) -> Mapping[str, float]:
        """Wall time of each stage in s."""
        return {**self.heard.seconds, **self.played.seconds, **self.sound.seconds}

    @property
    def summary(self) -> str:
        """One line: the number of notes, their range, the transposition and the tuning."""
        names = [note.name for note in sorted(self.notes, key=lambda note: note.midi)]
        count = f"{len(names)} note" + ("s" if len(names) != 1 else "")
        span = names[0] if names[0] == names[-1] else f"{names[0]} to {names[-1]}"
        moved = register.describe_transposition(self.played.transpose_semitones, self.played.capo)
        tuning = self.played.tuning
        tuned = {"off": "", "nearest": ", tuned to semitones", "key": f", tuned to {tuning.key.name}"}
        return f"{count}, {span}, {moved}{tuned[tuning.choice]}"


class Hum2Guitar:
    """A converter with a loaded checkpoint. It keeps no state between calls, so several threads can share it.

    Attributes
    ----------
    config : the settings of the checkpoint
    provenance : how the checkpoint was trained
    device : where the generator runs
    generator : the network, in eval mode
    """

    def __init__(self, loaded: checkpoint.Checkpoint, device: str | torch.device = "cpu") -> None:
        self.config = loaded.config
        self.provenance = loaded.provenance
        self.device = torch.device(device)
        # convolutions are faster where the channels of a cell lie side by side
        self.generator = loaded.generator.to(self.device)
        self.generator.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @classmethod
    def from_pretrained(
        cls,
        source: str | os.PathLike[str] | None = None,
        *,
        device: str = "cpu",
        revision: str | None = None,
        sha256: str | None = None,
    ) -> Hum2Guitar:
        """Load a checkpoint.

        Parameters
        ----------
        source : a file or a Hub id; None for the bundled checkpoint
        device : "cpu", "cuda" or "mps"
        revision : of a Hub id: a branch, a tag or a commit; None for the newest
        sha256 : the SHA-256 that the file must have, in hex; None for any

        Raises
        ------
        CheckpointError
            If the checkpoint cannot be used, or has another hash.
        UserError
            If the device is not available.
        """
        try:
            if torch.device(device).type not in DEVICES:
                raise RuntimeError(device)
            torch.empty(0, device=device)
        except (RuntimeError, AssertionError) as error:
            raise UserError(f"the device {device!r} is not available here; use cpu") from error
        path = checkpoint.resolve(source, revision)
        if sha256 is not None:
            hub.check_sha256(path, sha256)
        return cls(checkpoint.load(path), device)

    def push_to_hub(self, repo_id: str, *, private: bool = False, token: str | None = None) -> str:
        """Publish the checkpoint on the Hugging Face Hub, with a model card made from its provenance.

        Parameters
        ----------
        repo_id : owner/name; the model is created if there is none
        private : whether a new model is private
        token : a token that may write; None for the one that ``hf auth login`` stored

        Returns
        -------
        str
            The commit, for ``from_pretrained(repo_id, revision=…)``.

        Raises
        ------
        UserError
            If there is no token, no right to write, or no network.
        """
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, hub.FILE_NAME)
            checkpoint.save(file, self.generator.state_dict(), self.config, self.provenance)
            card = hub.model_card(repo_id, self.config.to_dict(), self.provenance, hub.sha256_of(file))
            return hub.publish(file, card, repo_id, private=private, token=token)

    def convert(
        self,
        waveform: np.ndarray,
        sample_rate: int,
        choices: Choices | None = None,
        *,
        notes: Sequence[Note] | None = None,
        progress: Progress | None = None,
        **changes: Any,
    ) -> Conversion:
        """Convert a recording to a guitar: ``analyse``, ``arrange`` and ``render`` in a row.

        Parameters
        ----------
        waveform : (T,) or (T, channels) — any PCM or float dtype, 0.5 s to 10 min
        sample_rate : Hz
        choices : the choices of the user; None for the defaults
        notes : as hummed, instead of those that are heard
        progress : called with the completed share, 0 to 1, and the name of the stage
        **changes : fields of ``Choices`` that replace those of ``choices``, as in ``guitar="steel"``

        Raises
        ------
        AudioError
            If the recording cannot be used.
        UserError
            If a choice is not possible.
        """
        choices = replace(choices or Choices(), **changes)
        self.check(choices)
        heard = self.analyse(waveform, sample_rate, choices, progress=progress)
        played = self.arrange(heard, choices, notes, progress=progress)
        sound = self.render(played, choices, progress=progress)
        Clock(progress).report("done")
        return Conversion(heard, played, sound, choices)

    def check(self, choices: Choices) -> None:
        """Raise UserError if this checkpoint does not have the chosen guitar or cannot use the chosen inversion."""
        guitars.shares_of(choices.guitar, choices.articulation, self.config)
        inversion.find(choices.inversion, self.config)

    def analyse(
        self,
        waveform: np.ndarray,
        sample_rate: int,
        choices: Choices | None = None,
        *,
        progress: Progress | None = None,
    ) -> Heard:
        """Find the notes and the dynamics of a recording.

        Parameters
        ----------
        waveform : (T,) or (T, channels) — any PCM or float dtype, 0.5 s to 10 min
        sample_rate : Hz
        choices : its ``tracker`` is read; None for the defaults
        progress : called with the completed share, 0 to 1, and the name of the stage

        Raises
        ------
        AudioError
            If the recording cannot be used, or if no note is found in it.
        """
        choices, config, clock = choices or Choices(), self.config, Clock(progress)
        with clock.stage("reading"):
            prepared = audio.prepare(waveform, sample_rate, config.sample_rate, config.loudness_db)
            warnings = audio.quality_warnings(waveform, sample_rate)
        with clock.stage("f0") as report:
            heard = analyse(prepared, config, load_tracker(choices.tracker, str(self.device)), report)
        if not heard.notes:
            raise nothing_heard(prepared, config)
        return replace(heard, warnings=warnings + pitch_warnings(heard), seconds=clock.seconds)

    def arrange(
        self,
        heard: Heard,
        choices: Choices | None = None,
        notes: Sequence[Note] | None = None,
        *,
        progress: Progress | None = None,
    ) -> Played:
        """Choose the notes that the guitar plays.

        Parameters
        ----------
        heard : the result of ``analyse``
        choices : those of the step arrange are read (``choices.step_of``); None for the defaults
        notes : as hummed, instead of those of ``heard``: a user's corrections
        progress : called with the completed share, 0 to 1, and the name of the stage

        Raises
        ------
        UserError
            If ``heard`` was made with the settings of another checkpoint, or if ``notes`` cannot be played.
        """
        self._check_config(heard.config)
        clock = Clock(progress)
        with clock.stage("arrange"):
            played = arrange(heard, choices or Choices(), notes)
        return replace(played, seconds=clock.seconds)

    def render(self, played: Played, choices: Choices | None = None, *, progress: Progress | None = None) -> Sound:
        """Generate the sound of the guitar: ``draw_label``, ``generate_mel`` and ``invert`` in a row.

        Parameters
        ----------
        played : the result of ``arrange``
        choices : its ``guitar``, ``inversion``, ``iterations``, ``body`` and ``seed`` are read; None for the defaults
        progress : called with the completed share, 0 to 1, and the name of the stage

        Raises
        ------
        UserError
            If this checkpoint does not have the guitar or cannot use the inversion, or if ``played`` was made with the
            settings of another checkpoint.
        """
        choices = choices or Choices()
        inversion.find(choices.inversion, self.config)
        drawn = self.draw_label(played, progress=progress)
        return self.invert(self.generate_mel(drawn, choices, progress=progress), choices, progress=progress)

    def draw_label(self, played: Played, *, progress: Progress | None = None) -> Drawn:
        """Draw the label (C, M, N) that the generator reads; parameters and errors are those of ``render``."""
        self._check_config(played.config)
        return draw_label(played, progress)

    def generate_mel(
        self, drawn: Drawn, choices: Choices | None = None, *, progress: Progress | None = None
    ) -> Generated:
        """Generate the mel (M, N) in dB of a label.

        ``guitar`` and ``seed`` of the choices are read. The other parameters and the errors are those of ``render``.
        """
        self._check_config(drawn.played.config)
        return generate_mel(drawn, choices or Choices(), self.generate, progress)

    def invert(
        self, generated: Generated, choices: Choices | None = None, *, progress: Progress | None = None
    ) -> Sound:
        """Turn a generated mel into sound; a second inversion of one mel needs no second ``generate_mel``.

        ``inversion``, ``iterations``, ``body`` and ``seed`` of the choices are read. The other parameters and the
        errors are those of ``render``.
        """
        return invert(generated, choices or Choices(), progress)

    def _check_config(self, config: Config) -> None:
        if config != self.config:
            raise UserError(
                "the recording was analysed with the settings of another checkpoint; analyse the recording again"
            )

    def generate(
        self,
        label: np.ndarray,
        condition: np.ndarray,
        segment_frames: int = SEGMENT_FRAMES,
        seed: int = 0,
        report: Report = no_report,
    ) -> np.ndarray:
        """Generate a mel spectrogram from a label.

        A label longer than ``segment_frames`` is generated in pieces, with the same result as in one pass, but for
        rounding.

        Parameters
        ----------
        label : (C, M, N) float32
        condition : (G + 2,) float32
        segment_frames : frames for each forward pass, rounded up to the stride of the generator
        seed : of the sampler, if it uses random numbers
        report : called with the completed share, 0 to 1, every few seconds

        Returns
        -------
        mel_db : (M, N) float32 — dB
        """
        return generate(
            self.generator,
            label,
            condition,
            self.config,
            segment_frames=segment_frames,
            seed=seed,
            device=self.device,
            report=report,
        )
