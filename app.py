"""Load the page and launch it. A Hugging Face Space runs this file.

    python app.py            http://127.0.0.1:7860, or the port in PORT

HUM2GUITAR_CHECKPOINT names another checkpoint: a file or a Hub id. The page itself is in ``page/``; an installed
package starts it by the script hum2guitar-page.
"""

from __future__ import annotations

import ctypes
import math
import sys
from typing import Any

try:  # this comes first: on ZeroGPU it prepares torch; elsewhere it does nothing or is not installed
    import spaces
except ImportError:
    spaces = None

from page.__main__ import main as serve

GPU_START_S = 5  # for a GPU to receive the network
GPU_FRAMES_PER_S = 2000  # that one core of a CPU generates too; a GPU is faster


M_ARENA_MAX = -8  # of glibc's malloc.h


def share_heap() -> bool:
    """Let all threads share one heap, on Linux: glibc gives each its own, and no other can use what was freed there."""
    allocator = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    return allocator is not None and allocator(M_ARENA_MAX, 1) == 1


def gpu_s(label: Any, *_: Any, **__: Any) -> int:
    """Return the seconds of a GPU to ask for. ZeroGPU compares them with what the visitor has left for the day.

    label : (C, M, N) — what is generated from
    """
    return GPU_START_S + math.ceil(label.shape[-1] / GPU_FRAMES_PER_S)


def main() -> int:
    """Serve until interrupted, and return the exit code.

    On ZeroGPU a GPU is lent for each call of the generator, the only part that needs it.
    """
    share_heap()
    return serve(lend_gpu=None if spaces is None else spaces.GPU(duration=gpu_s))


if __name__ == "__main__":
    sys.exit(main())
