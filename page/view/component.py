"""The component: a constant template, and a script and a style sheet that are read from files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from .texts import VIEW

HERE = Path(__file__).parent


def read_script() -> str:
    """Read the script: the files of ``js/`` in the order of their names."""
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted((HERE / "js").glob("*.js")))


def read_style() -> str:
    """Read the style sheet."""
    return (HERE / "view.css").read_text(encoding="utf-8")


def draw(texts: Mapping[str, str] = VIEW, **options: Any) -> gr.HTML:
    """Draw an empty view, which takes no room, into the Blocks that are open.

    It is no subclass, because Gradio writes a stub file beside each module that has one.

    Parameters
    ----------
    texts : as ``texts.VIEW``, in the language of the page
    **options : as for ``gr.HTML``, such as ``elem_id``
    """
    return gr.HTML(
        html_template=(HERE / "view.html").read_text(encoding="utf-8"),
        css_template=read_style(),
        js_on_load=read_script(),
        apply_default_css=False,
        texts=dict(texts),
        **options,
    )


def kept(value: dict[str, Any]) -> dict[str, Any]:
    """Copy the files of a value to the folder that Gradio serves from; gives the value as Gradio sends it.

    It has to be called while the files are there. A file that was copied before is not copied again.
    """
    result: dict[str, Any] = with_files(value, _file)
    return result


def with_files(part: Any, change: Callable[[str | Path], Any]) -> Any:
    """Copy a value, or a part of one, in which each path under a key ``file`` is replaced by ``change`` of it."""
    if isinstance(part, Mapping):
        return {
            key: change(each) if key == "file" and isinstance(each, str | Path) else with_files(each, change)
            for key, each in part.items()
        }
    return [with_files(each, change) for each in part] if isinstance(part, list | tuple) else part


def _file(path: str | Path) -> dict[str, Any]:
    copy = save_file_to_cache(path, get_upload_folder())
    return FileData(path=copy, orig_name=Path(path).name).model_dump()
