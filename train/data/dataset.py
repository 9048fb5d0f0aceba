"""A corpus → segments of five seconds, the training examples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from hum2guitar import mel
from hum2guitar.config import Config
from hum2guitar.errors import CorpusError
from hum2guitar.note import Note
from hum2guitar.synthesis import harmonics
from hum2guitar.synthesis.condition import build_condition
from hum2guitar.synthesis.controls import Controls, build_controls
from train.corpus.store import TakeInfo, read_split, read_take
from train.data.augment import AugmentationConfig, hum_like_controls

SEGMENT_FRAMES = 216  # 5 s at the default grid, as in the original
Example = dict[str, torch.Tensor]


class Segments(Dataset[Example]):
    """Random segments of a corpus. Segment i depends on the seed and i alone, so it is the same on every machine.

    Takes stay on disk, and an example reads its own five seconds and no more. It holds ``waveform`` (T,), ``controls``
    (4, N) in the order of ``controls.Controls``, and ``condition`` (G + 2,). ``draw`` makes the images from these, on
    the training device.

    In ``plucked`` the notes of a segment are those that were played, one pluck each. In ``follow`` they are those that
    ``notes.segment`` finds in the recording, as in a conversion. Takes in which strings ring on are all ``follow``: the
    label has one note at a time, and does not say which strings ring.

    Parameters
    ----------
    folder : the corpus's
    split : "train" or "validation"
    augmentation : how often a label is made hum-like; None for the defaults
    follow_only : guitars whose segments are all ``follow``

    Raises CorpusError where no take is long enough.
    """

    def __init__(
        self,
        folder: Path,
        split: str,
        config: Config,
        *,
        seed: int,
        augmentation: AugmentationConfig | None = None,
        follow_only: tuple[str, ...] = (),
    ) -> None:
        self.folder, self.config, self.seed = folder, config, seed
        self.augmentation, self.follow_only = augmentation or AugmentationConfig(), follow_only
        # the frames at either edge of a crop read zeros beyond it; they are cut off again
        self.margin = config.n_fft // config.hop_length // 2
        self.n_frames = SEGMENT_FRAMES + 2 * self.margin
        self.takes = [t for t in read_split(folder, split, config) if self._frames_of(t) > self.n_frames]
        if not self.takes:
            raise CorpusError(f"the corpus {folder} has no {split} take of 5 s or longer; make a larger one")
        self.chances = np.array([self._frames_of(take) for take in self.takes], dtype=float)
        self.chances /= self.chances.sum()

    def __len__(self) -> int:
        """Return more than any run asks for."""
        return 2**31

    def __getitem__(self, index: int) -> Example:
        rng = np.random.default_rng([self.seed, index])
        info = self.takes[rng.choice(len(self.takes), p=self.chances)]
        start = int(rng.integers(self.margin, self._frames_of(info) - SEGMENT_FRAMES - self.margin))
        hop = self.config.hop_length
        take = read_take(self.folder, info, (start - self.margin) * hop, (self.n_frames - 1) * hop)
        may_be_plucked = info.guitar not in self.follow_only and not info.rings
        plucked = rng.random() < self.augmentation.plucked and may_be_plucked
        articulation = "plucked" if plucked else "follow"
        unknown = info.guitar not in self.config.guitars or rng.random() < self.augmentation.unknown_guitar
        frames = slice(start, start + SEGMENT_FRAMES)
        sounded = take.heard if articulation == "follow" else take.notes
        notes = notes_within(sounded, start * self.config.frame_s, SEGMENT_FRAMES * self.config.frame_s)
        curves = (take.f0_hz[frames], take.energy_db[frames], take.onset_strength[frames])
        arguments = (*curves, notes, articulation, self.config)
        if rng.random() < self.augmentation.hum_like:
            controls = hum_like_controls(*arguments, self.augmentation, rng)
        else:
            controls = build_controls(*arguments)
        return {
            "waveform": torch.from_numpy(take.waveform),
            "controls": torch.from_numpy(
                np.stack([controls.f0_hz, controls.level_db, controls.onset, controls.age_s]).astype(np.float32)
            ),
            "condition": torch.from_numpy(build_condition(None if unknown else info.guitar, articulation, self.config)),
        }

    def _frames_of(self, take: TakeInfo) -> int:
        return self.config.n_frames(round(take.seconds * self.config.sample_rate))

    def draw(self, batch: Example) -> tuple[torch.Tensor, torch.Tensor]:
        """Turn a batch on its device into the label (B, C, M, N) and the target mel (B, 1, M, N) in [-1, 1]."""
        label = harmonics.draw_label(Controls(*batch["controls"].unbind(dim=1)), self.config)
        power = mel.power_spectrogram(batch["waveform"], self.config)
        target = mel.normalise(mel.power_to_mel_db(power, self.config), self.config)
        return label, target[:, None, :, self.margin : self.margin + SEGMENT_FRAMES]


def notes_within(notes: list[Note], start_s: float, seconds: float) -> list[Note]:
    """Return the notes that sound in a stretch of a take, timed from its start.

    A note that began before it has a negative onset.
    """
    return [
        replace(note, onset_s=note.onset_s - start_s, offset_s=note.offset_s - start_s)
        for note in notes
        if note.offset_s > start_s and note.onset_s < start_s + seconds
    ]
