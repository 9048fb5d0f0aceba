from __future__ import annotations

import numpy as np

from hum2guitar.metrics.measured import in_segments


def test_rows_go_to_the_segment_that_they_lie_in_and_a_short_rest_to_the_last() -> None:
    segments = in_segments(np.arange(4), np.array([0.0, 4.9, 5.0, 11.9]), 12.0)
    assert [list(segment) for segment in segments] == [[0, 1], [2, 3]]
    assert len(in_segments(np.arange(1), np.zeros(1), 0.5)) == 1
