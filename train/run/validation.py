"""How well the averaged weights generate held-out takes, in the mel domain: cheap, and the same for every run."""

from __future__ import annotations

from typing import cast

import torch
from torch.nn import functional as F

from hum2guitar import mel
from hum2guitar.config import Config
from hum2guitar.synthesis import samplers
from hum2guitar.synthesis.generator import Generator
from train.data.dataset import Segments
from train.objective.stages import stage_at
from train.run.log import Log
from train.run.trainer import Trainer

N_VALIDATION = 16
FLOOR_DB = 50.0  # as in hum2guitar/metrics/likeness.py: most cells lie deeper and would measure the noise floor
DELTA_MEL_DB = 5.0  # what a concordance of 0 costs: a tenth of concordance is worth half a dB


@torch.no_grad()
def validate(trainer: Trainer, segments: Segments, log: Log | None = None) -> dict[str, float]:
    """Return the ``figures`` of the same few validation segments each time; their pictures go to the log."""
    examples = [segments[i] for i in range(N_VALIDATION)]
    batch = {name: torch.stack([e[name] for e in examples]).to(trainer.processes.device) for name in examples[0]}
    label, target = segments.draw(batch)
    coarse = stage_at(trainer.stages, max(0, trainer.step - 1)).coarse
    generated = generate(trainer, label, batch["condition"], coarse=coarse)
    if coarse:
        label, target = (trainer.generator.halve_frequency(image) for image in (label, target))
    if log is not None:
        pictures = torch.stack([label[:4, 0], generated[:4, 0], target[:4, 0]], dim=1).flatten(0, 1)
        log.pictures(f"validation/{trainer.config.label_channels[0]}, generated, target", pictures, trainer.step)
    return figures(generated, target, trainer.config)


def generate(trainer: Trainer, label: torch.Tensor, condition: torch.Tensor, *, coarse: bool) -> torch.Tensor:
    """Generate mels as inference does, with the averaged weights and the Config's sampler.

    label (B, C, M, N), condition (B, G + 2) → (B, 1, M, N) in [-1, 1], of M / 2 rows if ``coarse``.
    """
    network = cast(Generator, trainer.average.module)

    def forward(one: torch.Tensor, extra: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        return (network.coarse if coarse else network)(torch.cat([one, extra])[None], condition[None])[0, 0]

    sampler = samplers.of(trainer.config)
    return torch.stack(
        [sampler.sample(forward, one, condition[i], i, trainer.config.noise_scale) for i, one in enumerate(label)],
    )[:, None]


def figures(generated: torch.Tensor, target: torch.Tensor, config: Config) -> dict[str, float]:
    """Compare generated and true mels (B, 1, M, N) in [-1, 1].

    ``l1_db``: mean |dB| over every cell. ``mel_l1_db``: over the cells in which either is less than ``FLOOR_DB``
    under its segment's maximum, both clipped there. ``delta_mel_concordance``: of the frame-to-frame changes of those
    cells, Lin's coefficient (Biometrics 45, 1989), 2 cov(a, b) / (var a + var b + (mean a - mean b)²): a correlation
    that is lowered by a blur (too little change) as by noise painted on (too much). ``score_db``, lower is better,
    is what the search minimises: ``mel_l1_db + DELTA_MEL_DB · (1 - delta_mel_concordance)``.
    """
    generated_db, target_db = mel.denormalise(generated.float(), config), mel.denormalise(target.float(), config)
    floor_db = target_db.amax(dim=(1, 2, 3), keepdim=True) - FLOOR_DB
    a, b = target_db.maximum(floor_db), generated_db.maximum(floor_db)
    on = (a > floor_db) | (b > floor_db)
    mel_l1_db = (a - b).abs()[on].mean().item()
    delta_mel = concordance(a.diff(dim=-1)[on[..., 1:]], b.diff(dim=-1)[on[..., 1:]])
    return {
        "l1_db": F.l1_loss(generated_db, target_db).item(),
        "mel_l1_db": mel_l1_db,
        "delta_mel_concordance": delta_mel,
        "score_db": mel_l1_db + DELTA_MEL_DB * (1 - delta_mel),
    }


def concordance(a: torch.Tensor, b: torch.Tensor) -> float:
    """Return Lin's concordance correlation coefficient of two vectors: 1 where they are equal, 0 where unrelated."""
    covariance = ((a - a.mean()) * (b - b.mean())).mean()
    spread = a.var(correction=0) + b.var(correction=0) + (a.mean() - b.mean()) ** 2
    return (2 * covariance / spread.clamp(min=1e-12)).item()
