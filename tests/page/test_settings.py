from __future__ import annotations

from typing import Any

import pytest
from browsing import NEEDS_CHROMIUM, visitor
from gradio.components import Component

from page import texts
from page.settings import restored

KEPT = {"guitar": "steel", "capo": 3, "tune": "key", "body": 0.4}


def test_what_the_browser_kept_is_set_again(widgets: dict[str, Component]) -> None:
    updates = dict(zip(widgets, restored(widgets, KEPT), strict=True))
    assert {name: updates[name]["value"] for name in KEPT} == KEPT
    assert all("value" not in updates[name] for name in widgets if name not in KEPT)


@pytest.mark.parametrize(
    "kept",
    [None, [], "text", {"guitar": "sold"}, {"capo": 99}, {"body": "much"}, {"tune": ["key"]}, {"seed": None}],
)
def test_what_is_no_longer_possible_is_forgotten(widgets: dict[str, Component], kept: Any) -> None:
    assert all("value" not in update for update in restored(widgets, kept))


@NEEDS_CHROMIUM
def test_a_reload_keeps_the_settings(address: str) -> None:
    with visitor(address) as page:

        def choose() -> Any:
            return page.get_by_label(texts.CHOICES["tune"].options["key"], exact=True)

        choose().check(timeout=15_000)
        page.wait_for_timeout(500)
        page.reload()
        page.locator("#take [data-state=stale]").wait_for(timeout=60_000)  # the example was made with the defaults
        page.wait_for_timeout(1500)
        assert choose().is_checked()


@NEEDS_CHROMIUM
def test_a_reload_keeps_a_tempo_that_was_set_above_the_tablature(address: str) -> None:
    with visitor(address) as page:
        page.locator("#take [data-state=arrival]").wait_for(timeout=60_000)
        page.locator("#view figure.tab input").fill("96")
        page.keyboard.press("Enter")
        page.locator("#take [data-state=current]").wait_for(timeout=60_000)
        page.reload()
        page.locator("#take [data-state=stale]").wait_for(timeout=60_000)
        page.wait_for_timeout(1500)
        page.get_by_text(texts.CHOICES_HEADING, exact=True).click()
        tempo = page.get_by_label(texts.CHOICES["bpm"].label, exact=True)
        assert tempo.and_(page.locator("input:not(#view *)")).input_value() == "96"
