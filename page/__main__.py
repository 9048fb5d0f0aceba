"""The program of the page: ``python -m page``, app.py, and the script hum2guitar-page of an installed package."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from hum2guitar.command_line import guarded

from .stubs import no_stubs


@guarded("hum2guitar")
def main(lend_gpu: Callable[[Callable[..., Any]], Callable[..., Any]] | None = None) -> int:
    """Serve until interrupted, and return 0.

    A port or a checkpoint that cannot be used is one sentence on stderr, and 2 is returned. Ctrl-C before the page is
    served ends the program without a word, and 130 is returned.

    Parameters
    ----------
    lend_gpu : as that of ``serve.serve``
    """
    with no_stubs():
        from .serve import serve  # here, because gradio and torch take seconds to import, in which Ctrl-C may come

    serve(lend_gpu)
    return 0


if __name__ == "__main__":
    sys.exit(main())
