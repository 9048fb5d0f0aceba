"""What stands in the head of the page: our scripts and the texts that they say."""

from __future__ import annotations

import json
from pathlib import Path

from . import texts

HERE = Path(__file__).parent
SCRIPTS = ("untranslated.js", "recorder/recorder.js", "recorder/dropped.js")


def read_scripts() -> list[str]:
    """Read our scripts."""
    return [(HERE / name).read_text(encoding="utf-8") for name in SCRIPTS]


def head() -> str:
    """Make the HTML for ``launch(head=…)``."""
    said = f"window.hum2guitar = {json.dumps({'recorder': texts.RECORDER})};"
    return "\n".join(f"<script>\n{script}\n</script>" for script in (said, *read_scripts()))
