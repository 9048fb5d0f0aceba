"""Whether a hand can play the tablature: how far it moves along the neck, and in how little time."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hum2guitar.arrangement import expression
from hum2guitar.arrangement.fingering import hand_shifts
from hum2guitar.arrangement.played import Played

FAR_FRETS, SOON_S = 4, 0.15


def fingering(played: Iterable[Played]) -> dict[str, float]:
    """Count the shifts of the hand in several melodies.

    Returns
    -------
    counts : of notes, notes that the neck does not have, shifts, shifts of more than ``FAR_FRETS``, and those of them
        in less than ``SOON_S`` from onset to onset; empty without a melody
    """
    counts = np.zeros(5)
    for each in played:
        bent = expression.find_bends(each.notes, each.f0_hz, each.config.frame_s)
        seconds, frets = hand_shifts(each.notes, bent, each.neck).T
        far = frets > FAR_FRETS
        off_neck = sum(note.string is None for note in each.notes)
        counts += (len(each.notes), off_neck, (frets > 0).sum(), far.sum(), (far & (seconds < SOON_S)).sum())
    names = ("notes", "not on the neck", "shifts", f"over {FAR_FRETS} frets", f"of these in {1000 * SOON_S:.0f} ms")
    return dict(zip(names, counts.tolist(), strict=True)) if counts[0] else {}
