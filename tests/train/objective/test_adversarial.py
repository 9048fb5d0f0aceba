from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from corpora import SETTINGS, TINY, one_batch

from train.objective.adversarial import AdversarialWeights
from train.run.trainer import Trainer


def test_the_gradient_penalty_acts_every_sixteenth_step(corpus: Path) -> None:
    batch = one_batch(corpus)
    plain, penalised = (
        Trainer(TINY, replace(SETTINGS, joint_only=True, weights=AdversarialWeights(r1=r1))) for r1 in (0.0, 100.0)
    )
    for step, acts in ((0, True), (1, False), (15, False), (16, True)):
        for trainer in (plain, penalised):
            trainer.step = step
        for name, learner in penalised.learners.items():
            learner.network.load_state_dict(plain.learners[name].network.state_dict())
        a, b = plain.train_step(batch), penalised.train_step(batch)
        assert (b["discriminator"] > a["discriminator"] * 1.0001) == acts
