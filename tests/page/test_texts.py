from __future__ import annotations

from hum2guitar.choices import options_of
from hum2guitar.stages import DONE_BEFORE
from hum2guitar.synthesis.inversion import INVERSIONS
from page import texts


def test_every_stage_of_a_conversion_has_a_text() -> None:
    assert set(DONE_BEFORE) <= set(texts.STAGES)


def test_every_name_that_can_be_chosen_has_a_text() -> None:
    for choice in ("tracker", "tune", "articulation"):
        assert set(options_of(choice)) == set(texts.CHOICES[choice].options)
    assert set(texts.OTHER) == set(INVERSIONS) - {"griffin-lim"}


def test_an_option_without_a_text_is_shown_by_its_name() -> None:
    assert texts.CHOICES["tracker"].shown("new-tracker") == "new-tracker"
