from __future__ import annotations

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from corpora import TINY
from served import ROOT

from hum2guitar.errors import UserError
from train.data.dataset import Segments
from train.data.feed import Feed, Shares

LEFT_OVER = """
import sys
from pathlib import Path
sys.path.insert(0, "tests")
import torch
from corpora import TINY
from train.data import feed
from train.data.dataset import Segments

feed.GRACE_S = 1
segments = Segments(Path(sys.argv[1]), "train", TINY, seed=0)
batches = iter(feed.Feed(segments, feed.Shares(0, 9, 2), torch.device("cpu"), workers=1))
print(len(next(batches)))
"""


def test_resuming_asks_for_the_segments_that_were_next() -> None:
    assert [*Shares(0, 4, 2), *Shares(4, 8, 2)] == list(Shares(0, 8, 2))


@pytest.mark.parametrize("n_processes", [1, 2, 3, 6])
def test_a_step_takes_the_same_segments_however_many_processes_share_it(n_processes: int) -> None:
    by_process = [list(Shares(2, 5, 6, rank, n_processes)) for rank in range(n_processes)]
    joined = [[number for share in step for number in share] for step in zip(*by_process, strict=True)]
    assert joined == [list(range(6 * step, 6 * step + 6)) for step in (2, 3, 4)]


def test_a_batch_that_cannot_be_shared_equally_is_refused() -> None:
    with pytest.raises(UserError, match="a batch of 4 cannot be shared by 3 processes; choose a multiple of 3"):
        Shares(0, 8, 4, 0, 3)


def test_the_feed_gives_each_steps_segments_as_images(corpus: Path) -> None:
    segments = Segments(corpus, "train", TINY, seed=0)
    feed = Feed(segments, Shares(3, 5, 2), torch.device("cpu"))
    batches = list(feed)
    assert len(batches) == len(feed) == 2
    label, target, condition = batches[0]
    expected_label, expected_target = segments.draw({name: value[None] for name, value in segments[7].items()})
    torch.testing.assert_close(label[1:], expected_label)
    torch.testing.assert_close(target[1:], expected_target)
    assert torch.equal(condition[1], segments[7]["condition"])


def test_an_error_of_a_worker_leaves_none(corpus: Path, monkeypatch: pytest.MonkeyPatch, uncollected: None) -> None:
    def fail(segments: Segments, number: int) -> None:
        raise ZeroDivisionError(number)

    monkeypatch.setattr(Segments, "__getitem__", fail)
    segments = Segments(corpus, "train", TINY, seed=0)
    with pytest.raises(ZeroDivisionError):
        list(Feed(segments, Shares(0, 2, 2), torch.device("cpu"), workers=1))
    assert not multiprocessing.active_children()


def test_a_program_ends_though_a_worker_is_left_over(corpus: Path) -> None:
    """It sends the worker SIGTERM, and waits for it."""
    command = [sys.executable, "-c", LEFT_OVER, str(corpus)]
    assert subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60).stdout.strip() == b"3"
