"""The colours and fonts of the page: Gradio's, where their contrast is 4.5:1 or more (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import gradio as gr


def theme() -> gr.themes.Base:
    """Make the theme for ``launch``. Its fonts are those of the system, so nothing is fetched from other servers."""
    made = gr.themes.Default(primary_hue="teal", font=["system-ui", "sans-serif"], font_mono=["monospace"])
    return made.set(
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_800",
        button_primary_border_color="*primary_700",
        button_primary_border_color_dark="*primary_700",
        body_text_color_subdued="*neutral_500",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
    )
