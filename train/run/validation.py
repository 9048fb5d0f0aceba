"""How well the averaged weights draw held-out takes, in the mel domain: cheap, and the same for every run."""

from __future__ import annotations

import torch
from torch.nn import functional as F
from torch.utils.tensorboard import SummaryWriter

from hum2guitar import mel
from hum2guitar.config import Config
from hum2guitar.synthesis import harmonics
from train.data.dataset import Segments
from train.run.stages import stage_at
from train.run.trainer import Trainer

N_VALIDATION = 16
FLOOR_DB = 50.0  # as in metrics.py: most cells lie deeper and would measure the noise floor
MOTION_DB = 5.0  # what a motion of no likeness at all costs: a tenth of concordance is worth half a dB


@torch.no_grad()
def validate(trainer: Trainer, segments: Segments, board: SummaryWriter) -> dict[str, float]:
    """``figures`` of the same few validation segments each time, and their pictures on the board."""
    examples = [segments[i] for i in range(N_VALIDATION)]
    batch = {name: torch.stack([e[name] for e in examples]).to(trainer.device) for name in examples[0]}
    label, target = segments.draw(batch)
    if stage_at(trainer.stages, max(0, trainer.step - 1)).coarse:
        drawn, target = trainer.average.coarse(label, batch["condition"]), trainer.average.halve_frequency(target)
        label = trainer.average.halve_frequency(label)
    else:
        drawn = trainer.average(label, batch["condition"])
    drawn = drawn.clamp(-1, 1)
    result = figures(drawn, target, trainer.config)
    for name, value in result.items():
        board.add_scalar(f"validation/{name}", value, trainer.step)
    images = torch.stack([label[:4, 0], drawn[:4, 0], target[:4, 0]], dim=1).flatten(0, 1)
    board.add_images(
        f"validation/{harmonics.CHANNELS[0]}, drawn, target",
        ((images + 1) / 2).flip(-2)[:, None].cpu(),
        trainer.step,
    )
    return result


def figures(drawn: torch.Tensor, target: torch.Tensor, config: Config) -> dict[str, float]:
    """Mels (B, 1, M, N) in [-1, 1], drawn and true → what they are judged by.

    ``l1_db``: mean |dB| over every cell. ``mel_l1_db``: over the cells in which either is less than ``FLOOR_DB``
    under its segment's maximum, both clipped there. ``motion_concordance``: of the frame-to-frame changes of those
    cells, Lin's coefficient (Biometrics 45, 1989), 2 cov(a, b) / (var a + var b + (mean a - mean b)²): a correlation
    that is lowered by a blur (too little change) as by noise painted on (too much). ``score_db``, lower is better,
    is what the search minimises: ``mel_l1_db + MOTION_DB · (1 - motion_concordance)``.
    """
    drawn_db, target_db = mel.denormalise(drawn.float(), config), mel.denormalise(target.float(), config)
    floor_db = target_db.amax(dim=(1, 2, 3), keepdim=True) - FLOOR_DB
    a, b = target_db.maximum(floor_db), drawn_db.maximum(floor_db)
    on = (a > floor_db) | (b > floor_db)
    mel_l1_db = (a - b).abs()[on].mean().item()
    motion = concordance(a.diff(dim=-1)[on[..., 1:]], b.diff(dim=-1)[on[..., 1:]])
    return {
        "l1_db": F.l1_loss(drawn_db, target_db).item(),
        "mel_l1_db": mel_l1_db,
        "motion_concordance": motion,
        "score_db": mel_l1_db + MOTION_DB * (1 - motion),
    }


def concordance(a: torch.Tensor, b: torch.Tensor) -> float:
    """Lin's concordance correlation coefficient of two vectors: 1 where they are equal, 0 where unrelated."""
    covariance = ((a - a.mean()) * (b - b.mean())).mean()
    spread = a.var(correction=0) + b.var(correction=0) + (a.mean() - b.mean()) ** 2
    return (2 * covariance / spread.clamp(min=1e-12)).item()
