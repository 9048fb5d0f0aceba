"""``noise`` and ``note_noise``: the output of a network that reads noise beside the label is the mel.

They are for networks trained by ``relativistic`` and by ``energy``.

Where a sound is random, the noise gives the network something to make it of. Without it, the same label always gives
the same cell, and the best that a network can do is to blur.
"""

from __future__ import annotations

import torch
from torch.nn import functional as F

from hum2guitar.config import BASE_CHANNELS
from hum2guitar.synthesis.samplers.base import Forward

AGE = BASE_CHANNELS.index("age")  # of the label's channels, the one that falls to 0 at each pluck
BAND_ROWS = 33  # mel bins of a band that is louder or softer as a whole; odd


def network_input(label: torch.Tensor, noise: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
    """Append what the network reads beside the label.

    In ``follow`` it reads zeros, because what it generates is to resemble one recording.

    Parameters
    ----------
    label : (B, C, M, N)
    noise : (B, extra, M, N)
    condition : (B, K), its last column 1 for ``follow`` (``condition.build_condition``)

    Returns
    -------
    (B, C + extra, M, N)
    """
    return torch.cat([label, noise * (1 - condition[:, -1])[:, None, None, None]], dim=1)


class Noise:
    """One pass through the network, with a channel of normal noise.

    Less noise than in training gives a cleaner and duller sound, as in other generators that were trained to be random
    (the truncation of Brock et al., ICLR 2019). The noise of a whole label is made at once, so that a label that is
    generated in pieces gives the same mel.
    """

    extra_channels = 1
    passes = 1

    def draw(self, label: torch.Tensor, random: torch.Generator) -> torch.Tensor:
        """Draw the noise of standard deviation 1 for labels (B, C, M, N), on their device and that of ``random``.

        Returns (B, extra_channels, M, N).
        """
        return torch.randn(label[:, :1].shape, generator=random, device=label.device)

    def sample(
        self, forward: Forward, label: torch.Tensor, condition: torch.Tensor, seed: int, noise_scale: float
    ) -> torch.Tensor:
        """(C, M, N), (K,) → (M, N) in [-1, 1], from the noise of the seed; what overshoots is clipped."""
        noise = self.draw(label[None].cpu(), torch.Generator().manual_seed(seed))
        noise *= noise_scale * (1 - condition[-1].cpu())  # in place: of ten minutes, a copy would take 0.2 GB
        return forward(label, noise[0].to(label.device), condition).clip(-1, 1)


class NoteNoise(Noise):
    """The same with two more channels, which stay constant from one pluck to the next.

    No two plucks of a string are the same: each excites some partials more than the last one did, and it rings so until
    the next. Noise that changes from frame to frame cannot say that. So the second channel has a value for each note
    and mel bin, and the third one the same averaged over ``BAND_ROWS`` bins, for a pluck that is brighter or duller as
    a whole.
    """

    extra_channels = 3

    def draw(self, label: torch.Tensor, random: torch.Generator) -> torch.Tensor:
        """Draw white noise, noise by note and bin, and noise by note and band; each of standard deviation 1."""
        noise = label.new_empty((len(label), self.extra_channels, *label.shape[2:]))
        noise[:, :1] = super().draw(label, random)
        age = label[:, AGE, 0]  # (B, N)
        note = F.pad((age.diff(dim=-1) < 0).cumsum(-1), (1, 0))  # the number of plucks before each frame
        n_labels, n_rows, edge = len(label), label.shape[-2], BAND_ROWS // 2
        # to ask a GPU for the number of notes would be to wait for it, so there each frame may have a note of its own
        n_notes = int(note.max()) + 1 if note.device.type == "cpu" else note.shape[-1]
        shape = (n_labels, n_notes, n_rows + 2 * edge)
        by_note = torch.randn(shape, generator=random, device=label.device)
        by_band = F.avg_pool1d(by_note, BAND_ROWS, stride=1) * BAND_ROWS**0.5
        which = note[:, None].expand(-1, n_rows, -1)  # (B, M, N)
        for channel, values in enumerate((by_note[..., edge : edge + n_rows], by_band), start=1):
            noise[:, channel] = values.transpose(1, 2).gather(2, which)
        return noise
