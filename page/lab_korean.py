"""The texts of the lab in Korean: English text → Korean. Words in braces stay as they are."""

from __future__ import annotations

KOREAN: dict[str, str] = {}
SENTENCES: dict[str, str] = {}
