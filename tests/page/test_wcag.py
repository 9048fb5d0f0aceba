"""What a page owes to everybody: contrast, and a width that stays. A real browser tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browsing import NEEDS_CHROMIUM, upload_file, visitor
from encoded import encode, hum

from page import texts

pytestmark = NEEDS_CHROMIUM
PHONE = {"width": 412, "height": 915}
LEAST = 4.5  # of text against what is behind it
CONTRASTS = """() => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parse = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].map((value) => value / 255);
  };
  const over = (front, back) => front.slice(0, 3).map((value, i) => value * front[3] + back[i] * (1 - front[3]));
  const behind = (element) => {
    if (!element) return [1, 1, 1];
    const color = parse(getComputedStyle(element).backgroundColor);
    return color[3] === 1 ? color.slice(0, 3) : over(color, behind(element.parentElement));
  };
  const luminance = (color) =>
    color
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
  const found = {};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (element.closest("footer, script, style, :disabled")) continue;
    const back = behind(element);
    let front = over(parse(getComputedStyle(element).color), back);
    for (let at = element; at; at = at.parentElement) {
      front = over([...front, Number(getComputedStyle(at).opacity)], back);
    }
    const [dark, light] = [luminance(front), luminance(back)].sort((a, b) => a - b);
    found[node.data.trim()] = (light + 0.05) / (dark + 0.05);
  }
  return found;
}"""
WIDTH = "() => document.documentElement.scrollWidth"


def upload(page: Any, recording: Path) -> None:
    upload_file(page, recording)
    page.locator("#hum [data-testid^=waveform]").wait_for(timeout=30_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(address: str, scheme: str, short_hum: Path) -> None:
    with visitor(f"{address}?__theme={scheme}", viewport={"width": 1280, "height": 900}) as page:
        upload(page, short_hum)
        page.get_by_text(texts.CHOICES_HEADING, exact=True).click()
        page.get_by_text(texts.CHOICES["capo"].hint or "", exact=True).wait_for(timeout=15_000)
        page.wait_for_timeout(500)  # colours change slowly
        contrasts: dict[str, Any] = page.evaluate(CONTRASTS)
    assert {"0:00", texts.CONVERT, texts.CHOICES["capo"].hint, texts.CHOICES["guitar"].label} <= set(contrasts)
    assert {text: round(ratio, 2) for text, ratio in contrasts.items() if ratio < LEAST} == {}


def test_an_upload_of_28_s_leaves_the_width_of_a_phone_as_it_is(address: str, tmp_path: Path) -> None:
    recording = encode(tmp_path / "hum.m4a", hum(44100, 28.0), 44100, "aac", container="mp4")
    with visitor(address, viewport=PHONE, is_mobile=True, has_touch=True) as page:
        page.evaluate(f"window.widths = []; setInterval(() => window.widths.push(({WIDTH})()), 50)")
        upload(page, recording)
        page.wait_for_timeout(10_000)
        widths = page.evaluate("window.widths")
    assert len(widths) > 50
    assert set(widths) == {PHONE["width"]}
