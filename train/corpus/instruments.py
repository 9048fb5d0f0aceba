"""The table of instruments: each serves the generator, the judge or the test, and no two of them.

The judge says of the generator's output whether it is a guitar, so it must not be trained on the guitars that the
generator learns from. The test holds instruments that neither of them learns from. ``origin`` says whose recordings an
instrument has, because SoundFonts copy from one another: the guitars of MuseScore General are those of FluidR3, and
those of sf_GMbank are those of TimGM6mb. Such a copy would be no other guitar.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hum2guitar.errors import CorpusError

ROLES = ("generator", "judge", "test")


@dataclass(frozen=True)
class Instrument:
    """One instrument; one of a SoundFont has ``program`` and ``bank``, and ``origin`` is the stem of the file.

    ``fault`` is why nobody should hear the guitar played: ``fit --follow-only`` lets ``follow`` alone learn from it.
    """

    name: str
    role: str
    origin: str
    licence: str
    guitar: bool = True
    fault: str = ""
    program: int | None = None
    bank: int = 0


FLUID, TIM, COMPUTED = "FluidR3_GM", "TimGM6mb", "computed"
LICENCES = {FLUID: "MIT", TIM: "GPL-2.0"}
PACKAGES = {FLUID: "fluid-soundfont-gm", TIM: "timgm6mb-soundfont"}  # of Debian
# 10 to 18 kHz, 40 ms after a pluck: -64 and -69 dB against the body; real guitars and the other packs have -41 to -57
DENOISED = "somebody denoised it, and its plucks lost their treble"
HISS = "it hisses 42 dB under its notes, where the others do so 71 to 85 dB under them, and ends at 17 kHz"
GUITARS = (
    Instrument("nylon_freepats", "generator", "FreePats Spanish classical guitar", "CC0 1.0"),
    Instrument("nylon_tonejs", "generator", "tonejs-instruments guitar-nylon", "CC BY 3.0", fault=DENOISED),
    Instrument("steel_allan", "generator", "Freesound pack by allan764", "CC BY 3.0", fault=HISS),
    Instrument("steel_archtop", "generator", "karoryfer.shinyguitar, microphone", "CC0 1.0"),
    Instrument("steel_martin", "generator", "Discord-SFZ-GM-Bank, Martin HD28", "CC0 1.0"),
    Instrument("steel_tonejs", "generator", "tonejs-instruments guitar-acoustic", "CC BY 3.0", fault=DENOISED),
    Instrument("steel_fluid", "generator", FLUID, LICENCES[FLUID], program=25),
    Instrument("nylon_fluid", "judge", FLUID, LICENCES[FLUID], program=24),
    Instrument("ukulele_fluid", "judge", FLUID, LICENCES[FLUID], program=24, bank=8),
    Instrument("jazz_fluid", "judge", FLUID, LICENCES[FLUID], program=26),
    Instrument("clean_fluid", "judge", FLUID, LICENCES[FLUID], program=27),
    Instrument("steel_tim", "judge", TIM, LICENCES[TIM], program=25),
    Instrument("jazz_tim", "judge", TIM, LICENCES[TIM], program=26),
    Instrument("computed_strings", "judge", COMPUTED, "MIT"),
    Instrument("nylon_tim", "test", TIM, LICENCES[TIM], program=24),
    Instrument("clean_tim", "test", TIM, LICENCES[TIM], program=27),
    Instrument("guitarset", "test", "GuitarSet", "CC BY 4.0"),
    Instrument("dkenta", "test", "DKeNTA/poor-tone-detection-in-classical-guitar-playing", "none stated"),
)

# The instruments that are no guitars, by their programs in General MIDI, which are the same in both SoundFonts. A kind
# of instrument is wholly the judge's or wholly the test's, for the recorder of one font is much like that of another.
BOWED_BLOWN_SUNG = {
    "judge": {
        "violin": 40, "viola": 41, "contrabass": 43, "strings": 48, "slow_strings": 49, "choir": 52, "oohs": 53,
        "trumpet": 56, "tuba": 58, "muted_trumpet": 59, "horn": 60, "brass": 61, "alto_sax": 65, "tenor_sax": 66,
        "baritone_sax": 67, "oboe": 68, "english_horn": 69, "bassoon": 70, "piccolo": 72, "flute": 73, "pan_flute": 75,
        "bottle": 76, "shakuhachi": 77, "whistle": 78, "square": 80, "saw": 81, "space_voice": 91,
        "reed_organ": 20, "harmonica": 22,
    },
    "test": {
        "cello": 42, "synth_voice": 54, "trombone": 57, "soprano_sax": 64, "clarinet": 71, "recorder": 74,
        "ocarina": 79, "solo_vox": 85, "accordion": 21,
    },
}  # fmt: skip
OTHERS = (
    *(
        Instrument(f"{name}_{suffix}", role, origin, LICENCES[origin], guitar=False, program=program)
        for role, programs in BOWED_BLOWN_SUNG.items()
        for name, program in programs.items()
        for origin, suffix in ((FLUID, "fluid"), (TIM, "tim"))
    ),
    Instrument("computed_voice", "judge", COMPUTED, "MIT", guitar=False),
    # recordings of singing, humming and whistling: the judge learns from those whose licence allows it
    Instrument("hum2sol_48k_stereo", "judge", "Iamexe999/Hum2Sol", "MIT", guitar=False),
    Instrument("vocadito_10", "judge", "spotify/basic-pitch (vocadito)", "CC BY 4.0", guitar=False),
    Instrument("sms_singing_female", "judge", "MTG/sms-tools", "CC BY 4.0", guitar=False),
    Instrument("da_80bpm", "judge", "spotify/basic-pitch-ts", "Apache-2.0", guitar=False),
    Instrument("ssvd", "test", "xk-wang/SSVD-v2.0", "none stated", guitar=False),
    Instrument("mabdh", "test", "mabdh/query-by-humming", "none stated", guitar=False),
    Instrument("whistle_44k", "test", "AsgerWenneb/DSP_assignment1", "none stated", guitar=False),
)
INSTRUMENTS = GUITARS + OTHERS


def of_role(role: str) -> list[Instrument]:
    """Return the instruments that serve the generator, the judge or the test."""
    return [instrument for instrument in INSTRUMENTS if instrument.role == role]


def in_soundfont(origin: str, program: int, bank: int = 0) -> Instrument | None:
    """Return the instrument of a SoundFont (the stem of its file), program and bank; None where it is not listed."""
    found = (i for i in INSTRUMENTS if (i.origin, i.program, i.bank) == (origin, program, bank))
    return next(found, None)


def faulty(names: Iterable[str]) -> dict[str, str]:
    """Return those of the guitars that have a fault, each with what it is."""
    faults = {instrument.name: instrument.fault for instrument in INSTRUMENTS}
    return {name: faults[name] for name in dict.fromkeys(names) if faults.get(name)}


def check_for_generator(names: list[str]) -> None:
    """Raise CorpusError where a guitar is kept for the judge or the test; guitars not in the table are allowed."""
    kept = {instrument.name: instrument.role for instrument in INSTRUMENTS if instrument.role != "generator"}
    for name in names:
        if name in kept:
            raise CorpusError(
                f"the guitar {name} is kept for the {kept[name]} (train/corpus/instruments.py); "
                "no generator may learn from it"
            )
