"""The page as a visitor from Korea sees it."""

from __future__ import annotations

from browsing import NEEDS_CHROMIUM, visitor

from page import texts
from page.language import told

pytestmark = NEEDS_CHROMIUM


def korean(text: str) -> str:
    return told(text, "ko")


def test_a_browser_that_prefers_korean_shows_texts_options_examples_and_errors_in_korean(address: str) -> None:
    with visitor(address, locale="ko-KR") as page:
        page.get_by_role("button", name=korean(texts.CONVERT), exact=True).click(timeout=15_000)
        page.locator("#said [role=alert]", has_text="아직 녹음이 없어요").wait_for(timeout=60_000)
        page.get_by_text(korean(next(iter(texts.EXAMPLES.values()))), exact=True).wait_for(timeout=15_000)
        page.get_by_text(korean(texts.CHOICES_HEADING), exact=True).click()
        page.get_by_text(korean(texts.CHOICES["tune"].options["key"]), exact=True).wait_for(timeout=15_000)
        page.get_by_label(korean("Guitar"), exact=True).click()
        page.get_by_role("option", name="통기타 1", exact=True).wait_for(timeout=15_000)
        shown = page.locator("body").inner_text()
        assert page.evaluate("document.documentElement.lang") == "ko"
    assert "__i18n__" not in shown
    assert [text for text in (texts.CONVERT, texts.STOP, texts.RECORDING, "Steel-string") if text in shown] == []
