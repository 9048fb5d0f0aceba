"""Who hears what: each named instrument serves the generator, the judge, or the test, and no two of them.

The judge is to say of the generator's output whether it is a guitar; a judge that had heard the generator's own guitars
would know them by heart. The test holds what neither has heard. ``origin`` tells whose recordings they are: fonts copy
from one another (MuseScore General's guitars are FluidR3's, sf_GMbank's are TimGM6mb's), and a copy is no new guitar.
"""

from __future__ import annotations

from dataclasses import dataclass

from hum2guitar.errors import CorpusError

ROLES = ("generator", "judge", "test")


@dataclass(frozen=True)
class Instrument:
    """One instrument: ``program`` and ``bank`` where it is in a SoundFont, whose file's stem is ``origin``."""

    name: str
    role: str
    origin: str
    licence: str
    guitar: bool = True
    program: int | None = None
    bank: int = 0


FLUID, TIM = "FluidR3_GM", "TimGM6mb"
LICENCES = {FLUID: "MIT", TIM: "GPL-2.0"}
GUITARS = (
    Instrument("nylon_freepats", "generator", "FreePats Spanish classical guitar", "CC0 1.0"),
    Instrument("nylon_tonejs", "generator", "tonejs-instruments guitar-nylon", "CC BY 3.0"),
    Instrument("steel_allan", "generator", "Freesound pack by allan764", "CC BY 3.0"),
    Instrument("steel_tonejs", "generator", "tonejs-instruments guitar-acoustic", "CC BY 3.0"),
    Instrument("steel_fluid", "generator", FLUID, LICENCES[FLUID], program=25),
    Instrument("nylon_fluid", "judge", FLUID, LICENCES[FLUID], program=24),
    Instrument("ukulele_fluid", "judge", FLUID, LICENCES[FLUID], program=24, bank=8),
    Instrument("nylon_tim", "judge", TIM, LICENCES[TIM], program=24),
    Instrument("steel_tim", "judge", TIM, LICENCES[TIM], program=25),
    Instrument("guitarset", "test", "GuitarSet", "CC BY 4.0"),
    Instrument("dkenta", "test", "DKeNTA/poor-tone-detection-in-classical-guitar-playing", "none stated"),
)


def in_soundfont(origin: str, program: int, bank: int = 0) -> Instrument | None:
    """The instrument that the table names for a SoundFont's file stem, program and bank."""
    found = (i for i in GUITARS if (i.origin, i.program, i.bank) == (origin, program, bank))
    return next(found, None)


def check_for_generator(names: list[str]) -> None:
    """Raises CorpusError when one of the guitars is kept from the generator; a guitar not in the table is welcome."""
    kept = {instrument.name: instrument.role for instrument in GUITARS if instrument.role != "generator"}
    for name in names:
        if name in kept:
            raise CorpusError(
                f"the guitar {name} is kept for the {kept[name]} (train/instruments.py); no generator may learn from it"
            )
