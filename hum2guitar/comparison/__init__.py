"""Comparisons of sounds, one module for each question. Each gives a frozen result with sounds, panels and numbers.

guitar_to_guitar : a guitar recording beside its resynthesis from semantic harmonics.
inversions : a recording's own mel through each inversion, so where the timbre goes.
trackers : the F0 of one recording by two trackers.
two_sounds : any two sounds, aligned in time and matched in level.

What they share: clip (a sound and its distance to another one), alignment, shown (what can be drawn and played).
"""

from hum2guitar.comparison.guitar_to_guitar import GuitarToGuitar, compare_guitar
from hum2guitar.comparison.inversions import Inversions, compare_inversions
from hum2guitar.comparison.trackers import Trackers, compare_trackers
from hum2guitar.comparison.two_sounds import TwoSounds, compare_sounds

__all__ = [
    "GuitarToGuitar",
    "Inversions",
    "Trackers",
    "TwoSounds",
    "compare_guitar",
    "compare_inversions",
    "compare_sounds",
    "compare_trackers",
]
