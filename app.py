"""Load the page and launch it. A Hugging Face Space runs this file.

    python app.py            http://127.0.0.1:7860, or the port in PORT

HUM2GUITAR_CHECKPOINT names another checkpoint: a file or a Hub id. The page itself is in ``page/``; an installed
package starts it by the script hum2guitar-page.
"""

from __future__ import annotations

try:  # this comes first: on ZeroGPU it prepares torch; elsewhere it does nothing or is not installed
    import spaces
except ImportError:
    spaces = None

from page import serve

GPU_S = 15  # of a GPU for one call; ZeroGPU checks the visitor's quota against it


def main() -> None:
    """Serve until interrupted. On ZeroGPU a GPU is lent for each call of the generator, the only part that needs it."""
    serve.main(lend_gpu=None if spaces is None else spaces.GPU(duration=GPU_S))


if __name__ == "__main__":
    main()
