"""What the server keeps of the takes of its visitors: the analysis of a recording, and what each visit converted.

All of it is bounded. What is no longer kept is made again from the recording.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from hum2guitar import Heard, Note, UserError
from hum2guitar.export.notes import from_json

from . import texts
from .visits import Staged

MAX_BYTES = 256 * 2**20  # of analyses: about 250 of a minute
MAX_VISITS = 1000
MAX_TAKES = 6  # of one visit that can be gone back to
MAX_NOTES = 10_000  # that a visitor can send: more than 16 in each second of the longest recording


@dataclass(frozen=True)
class Analysed:
    """The analysis of a recording.

    Attributes
    ----------
    heard : the analysis
    hum : the recording as a file that every browser can play, as Gradio serves it
    take : the name of the recording in the view, from ``take_of``
    """

    heard: Heard
    hum: Mapping[str, Any]
    take: str

    @property
    def n_bytes(self) -> int:
        """How much memory its arrays take."""
        heard = self.heard
        arrays = (heard.f0_hz, heard.confidence, heard.energy_db, heard.onset_strength, heard.mel_db)
        return sum(array.nbytes for array in arrays)


class Analyses:
    """The latest analyses, by the path of the recording and the name of the tracker. Threads may share it.

    A path contains a hash of the file, so an analysis belongs to the sound, whoever recorded it.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[tuple[str, str], Analysed] = OrderedDict()
        self._lock = Lock()

    def get(self, recording: str, tracker: str) -> Analysed | None:
        """Return an analysis; None where none is kept, or where the files of the recording were deleted."""
        with self._lock:
            found = self._kept.pop((recording, tracker), None)
            if found is None or not Path(found.hum["path"]).is_file():
                return None
            self._kept[recording, tracker] = found  # the latest stand last
            return found

    def keep(self, recording: str, tracker: str, analysed: Analysed) -> None:
        """Keep an analysis; the oldest ones go where there is no room."""
        with self._lock:
            self._kept[recording, tracker] = analysed
            total = sum(each.n_bytes for each in self._kept.values())
            while total > self._max_bytes:
                total -= self._kept.popitem(last=False)[1].n_bytes


@dataclass(frozen=True)
class Taken:
    """One take of a visit: the path of its recording, and the settings that it was converted with last.

    ``notes`` are those that the visitor corrected; None for those that were heard.
    """

    recording: str
    settings: Mapping[str, Any]
    notes: tuple[Note, ...] | None = None


@dataclass
class Visit:
    """What one visitor has converted, and what is converted for him now: one take at a time, the newest.

    Attributes
    ----------
    recording : path of what is shown
    name : of what is shown; "" on arrival
    shown : what is shown once it is complete, None while it is not
    converted : path of what is converted now, or was last
    takes : those that can be gone back to, by name
    corrected : the notes that the visitor corrected, by the path of the recording
    work : the newest conversion
    """

    recording: str
    name: str = ""
    shown: Taken | None = None
    converted: str = ""
    takes: dict[str, Taken] = field(default_factory=dict)
    corrected: dict[str, tuple[Note, ...]] = field(default_factory=dict)
    work: Staged[Any] | None = None
    _turn: int = 0
    _own: int = 0

    @property
    def converts(self) -> bool:
        """Whether something is converted now."""
        return self.work is not None and self.work.is_running

    @property
    def current(self) -> str:
        """Path of what is converted now, else of what is shown."""
        return self.converted if self.converts else self.recording

    def begin(self) -> int:
        """Cancel what is converted now, and give a number to what comes next."""
        self.cancel()
        self._turn += 1
        return self._turn

    def is_newest(self, turn: int) -> bool:
        """Whether nothing was begun after that number was given."""
        return self._turn == turn

    def cancel(self) -> None:
        """Cancel what is converted now, if anything is."""
        if self.work is not None:
            self.work.cancel()

    def name_of(self, recording: str) -> str:
        """Name a take: as before, else by the file of an example, else by the next number."""
        before = next((name for name, taken in self.takes.items() if taken.recording == recording), None)
        return before or texts.EXAMPLES.get(Path(recording).name) or texts.TAKE.format(number=self._own + 1)

    def state_for(self, recording: str) -> str:
        """The state of what is shown while a recording is converted: stale, unfinished, or the previous take."""
        if recording != self.recording:
            return "previous"
        return "stale" if self.shown or not self.name else "unfinished"

    def show(self, recording: str, name: str) -> None:
        """Note that a first part of a take is shown."""
        self.recording, self.name, self.shown = recording, name, None

    def correct(self, recording: str, notes: tuple[Note, ...] | None) -> None:
        """Play a visitor's notes in place of those that are heard in a recording; None goes back to what is heard."""
        self.corrected.pop(recording, None)
        if notes is not None:
            self.corrected[recording] = notes
        while len(self.corrected) > MAX_TAKES:
            del self.corrected[next(iter(self.corrected))]

    def taken(self, recording: str, settings: Mapping[str, Any]) -> Taken:
        """A recording with settings, and with the notes that the visitor corrected."""
        return Taken(recording, settings, self.corrected.get(recording))

    def keep(self, name: str, taken: Taken) -> None:
        """Keep a take that was converted; the oldest goes where there are too many."""
        self._own += name == texts.TAKE.format(number=self._own + 1)
        self.takes[name] = self.shown = taken
        while len(self.takes) > MAX_TAKES:
            del self.takes[next(iter(self.takes))]


def take_of(recording: str) -> str:
    """Name what the view shows of a recording; the path itself is nobody's business."""
    return hashlib.sha256(recording.encode()).hexdigest()[:32]


def read_notes(given: Any) -> tuple[Note, ...] | None:
    """Read the notes that a view or a program sent: the list of a file of notes, or None.

    Raises UserError for anything else.
    """
    if given is None:
        return None
    if isinstance(given, list) and len(given) > MAX_NOTES:
        raise UserError(texts.TOO_MANY_NOTES.format(count=MAX_NOTES))
    return from_json(json.dumps({"notes": given}))


class Visits:
    """The latest visits, by the session of the browser. The example of ``arrival`` (path) is what a new one shows.

    A visit begins when the page is opened, so a page whose visit is not kept may show anything.
    """

    def __init__(self, arrival: str, max_visits: int = MAX_VISITS) -> None:
        self._arrival, self._max_visits = arrival, max_visits
        self._visits: OrderedDict[str, Visit] = OrderedDict()

    def get(self, session: str | None) -> Visit | None:
        """Return the visit of a session; None where none is kept, as after a restart. As ``of``, for the event loop."""
        return self.of(session) if (session or "") in self._visits else None

    def of(self, session: str | None) -> Visit:
        """Return the visit of a session, a new one where there is none. The event loop alone calls this."""
        visit = self._visits.pop(session or "", None) or Visit(self._arrival)
        self._visits[session or ""] = visit
        while len(self._visits) > self._max_visits:
            self._visits.popitem(last=False)
        return visit
