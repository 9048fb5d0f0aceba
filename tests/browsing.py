"""Chromium for the tests that look at the page as a visitor does."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NEEDS_CHROMIUM = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (apt-get install chromium)")
FLAGS = ["--headless=new", "--no-sandbox", "--disable-background-networking"]
LISTENING = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
DEAF = ["--deny-permission-prompts"]
SHOTS = Path(__file__).parent / "page" / "screenshots"  # git ignores it


@contextmanager
def chromium(flags: Iterable[str] = ()) -> Iterator[Any]:
    """Start Chromium with flags beside those of every test; it ends with the context."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


def hearing(microphone: Path) -> list[str]:
    """The flags of a browser whose microphone hears a 16-bit wav at 48 kHz over and over."""
    return [*LISTENING, f"--use-file-for-fake-audio-capture={microphone}"]


@contextmanager
def visitor(address: str, flags: list[str] = DEAF, microphone: Path | None = None, **context: Any) -> Iterator[Any]:
    """Open the page in a browser of its own; gives the page once it is drawn.

    Parameters
    ----------
    address : of the server
    flags : of Chromium, beside those of every test
    microphone : what the microphone hears, as in ``hearing``; a visitor without one has no permission
    **context : of ``Browser.new_context``, such as ``locale`` and ``viewport``
    """
    if microphone is not None:
        flags, context["permissions"] = hearing(microphone), ["microphone"]
    with chromium(flags) as browser:
        page = browser.new_context(**context).new_page()
        page.goto(address)
        page.locator("#hum").wait_for(timeout=60_000)
        yield page


def upload_file(page: Any, recording: Path) -> None:
    """Choose a file with the button Upload of the first tab."""
    page.locator("#upload").locator("xpath=..").locator("input[type=file]").set_input_files(recording)


def fingers(page: Any) -> Callable[..., None]:
    """Touch the screen: touch("touchMove", (x, y), …) with a place for each finger, from the one with number first.

    More of what it is given goes to the browser, such as the ``timestamp`` of the touch.
    """
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float], first: int = 0, **more: float) -> None:
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places, start=first)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points, **more})
        page.wait_for_timeout(50)

    return touch


def keep(page: Any, name: str, **options: Any) -> None:
    """Keep a screenshot for whoever wants to look."""
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", **options)


def serious(visitor: Any) -> list[str]:
    """The serious and the critical findings of axe-core, once the colours rest."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    visitor.wait_for_timeout(500)
    found = axe.Axe().run(visitor).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
