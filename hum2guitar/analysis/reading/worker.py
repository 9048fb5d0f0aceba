"""A child process that decodes recordings, as its parent sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from hum2guitar.analysis.reading import child
from hum2guitar.errors import AudioError

START_S = 60.0  # the time limit for starting: a tenth of a second where the disk is fast and the processor free
DECODING_S = 8.0  # the time limit for a small file, and for what stands between two blocks: a hang costs so much
SAMPLES_PER_S = 5e5  # so many decoded samples of mono add a second; a good file has ten times as many in a second
SAMPLE_BYTES = 4
MAX_FILES = 200  # a child is replaced after so many files, so that a decoder's leaks do not add up
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "MALLOC_ARENA_MAX"), "1")


class DiedError(Exception):
    """The child process ended in the middle of an answer."""


class Worker:
    """One child process. One thread at a time may use it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, child.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=1 << 20,  # bytes; Linux alone heeds it: a few seconds of sound at a time
            env=os.environ | ONE_THREAD,
        )
        self._requests = cast(BinaryIO, self._process.stdin)
        self._answers = cast(BinaryIO, self._process.stdout)
        self._ready = False
        self._n_files = 0
        self._between_files = True
        self._expired = False
        self._deadline = 0.0

    @property
    def usable(self) -> bool:
        """Whether the process lives, and can take another file."""
        return self._between_files and self._n_files < MAX_FILES and self._process.poll() is None

    def read(self, path: Path, max_seconds: float | None) -> tuple[np.ndarray, int]:
        """Decode a file.

        Parameters
        ----------
        path : a file that exists
        max_seconds : the maximum duration in s, None for no maximum

        Returns
        -------
        waveform : (T,) float32 — full scale 1
        sample_rate : int — Hz

        Raises
        ------
        AudioError
            If the file cannot be decoded, if that needs too much time or memory, or if the decoder crashes.
        RuntimeError
            If the child process does not start.
        """
        self._between_files = False
        self._await_start()
        request = {"path": os.path.abspath(path), "max_seconds": max_seconds}
        start = time.monotonic()
        try:
            with self._killed_after(DECODING_S):
                self._send(json.dumps(request).encode() + b"\n")
                kind, waveform, outcome = self._receive(start)
        except DiedError as error:
            raise AudioError(self._cause_of_death(path.name, time.monotonic() - start)) from error
        self._n_files += 1
        self._between_files = not self._expired
        if kind == child.ERROR:
            raise AudioError(outcome)
        return waveform, outcome

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._close_pipes()

    def _close_pipes(self) -> None:
        for pipe in (self._requests, self._answers):
            with suppress(BrokenPipeError):  # a request that it never read
                pipe.close()

    def forget(self) -> None:
        """Leave the child to the process that this one was forked from."""
        self._process.returncode = 0  # nobody here waits for it
        self._close_pipes()

    def _await_start(self) -> None:
        if self._ready:
            return
        try:
            with self._killed_after(START_S):
                self._message()
        except DiedError as error:
            raise RuntimeError("the process that decodes recordings did not start; its message stands above") from error
        self._ready = True

    def _send(self, request: bytes) -> None:
        try:
            self._requests.write(request)
            self._requests.flush()
        except BrokenPipeError as error:
            raise DiedError from error

    def _receive(self, start: float) -> tuple[bytes, np.ndarray, Any]:
        samples = bytearray()  # it grows where it is, so a long recording is not twice in memory
        n_bytes = 0
        while True:
            try:
                kind, content = self._message()
            except DiedError:
                samples.clear()  # the traceback keeps this frame, for as long as somebody keeps the error
                raise
            if kind == child.BLOCK:
                samples += content
                n_bytes += len(content)
                self._deadline = DECODING_S + min(time.monotonic(), start + n_bytes / SAMPLE_BYTES / SAMPLES_PER_S)
            elif kind == child.RESTART:
                samples = bytearray()
            else:
                if kind == child.ERROR:
                    samples = bytearray()
                return kind, np.frombuffer(samples, np.float32), json.loads(content)

    def _message(self) -> tuple[bytes, bytes]:
        header = self._answers.read(child.HEADER.size)
        if len(header) < child.HEADER.size:
            raise DiedError
        kind, n_bytes = child.HEADER.unpack(header)
        content = self._answers.read(n_bytes)
        if len(content) < n_bytes:
            raise DiedError
        return kind, content

    @contextmanager
    def _killed_after(self, seconds: float) -> Iterator[None]:
        """Kill the process at the deadline, which ends the body: it reads what the process writes.

        The body may move the deadline.
        """
        self._deadline = time.monotonic() + seconds
        done = threading.Event()
        watch = threading.Thread(target=self._watch, args=[done], daemon=True)
        watch.start()
        try:
            yield
        finally:
            done.set()
            watch.join()

    def _watch(self, done: threading.Event) -> None:
        while (left := self._deadline - time.monotonic()) > 0:
            if done.wait(left):
                return
        self._expired = True
        self._process.kill()

    def _cause_of_death(self, name: str, seconds: float) -> str:
        code = self._process.wait()
        if self._expired:
            return f"the file {name} could not be decoded in {seconds:.0f} seconds; export it again as wav or flac"
        if code == child.OUT_OF_MEMORY:
            return f"the file {name} needs too much memory to be decoded; export it again as wav or flac"
        return f"the file {name} stopped its decoder; export it again as wav or flac"
