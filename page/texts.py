"""Every text that a visitor sees, in English. ``korean`` has the same texts in Korean, ``language`` chooses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hum2guitar.synthesis.guitars import ANY, kinds

TITLE = "Hum2Guitar"
INTRODUCTION = """
# Hum2Guitar
Hum, sing or whistle a melody. It comes back played on an acoustic guitar, at your pitch and in your time.
"""
RECORDING = "Your hum"
UPLOAD = "Upload"
SOUND = "Sound"
SOUNDS = {"guitar": "Natural", "other": "Classic (Griffin-Lim)", "both": "Both, to compare"}
TAKE = "Take {number}"
TAKES = "Takes of this visit"
CONVERT = "Convert"
STOP = "Cancel"
EXAMPLES_HEADING = "No microphone? Try one of these"
EXAMPLES = {  # file in assets/ → title
    "ode-to-joy-low-voice.flac": "Ode to Joy, low voice",
    "greensleeves-high-voice.flac": "Greensleeves, high voice",
    "frere-jacques-whistled.flac": "Frère Jacques, whistled",
}
PRIVACY = """
Your recording is used for your own conversion only. It and the results are temporary files; the server deletes them
within two hours. Nothing is sent to any other server.
"""

GUITAR = "The guitar"
CLASSIC = "classic"  # in the name of a file
OTHER = "Classic (Griffin-Lim)"  # the second sound
HEARD = "**Heard:** {summary} ({seconds:.1f} s)."
HEARD_BEFORE = "**Heard:** {summary}."
STATES = {  # state of the result → its heading, where it is more than the name of the take
    "arrival": "An example: {name}",
    "stale": "{name}: before your latest change",
    "previous": "Previous take: {name}",
    "unfinished": "{name}: not finished",
}
NEW_ANALYSIS = "With this setting the recording has to be analysed again: press Convert."
CANCELLED = {  # state of the result, for what was cancelled → what became of it
    "stale": "Cancelled. The guitar is the one from before the change; press Convert to use the new settings.",
    "previous": "Cancelled. This take was not converted; the take before it is still there.",
    "unfinished": "Cancelled. What was ready is shown, but there is no guitar; press Convert to begin again.",
    "current": "Cancelled. The first of the two sounds is ready, the second was not made.",
}
WARNING = "⚠️ {warning}"
PICTURE = (
    "Four pictures on one time axis: F0 with its confidence and notes; the mel spectrogram of what was hummed; the "
    "semantic harmonics with their onsets; the mel spectrogram of the guitar"
)
DETAILS_HEADING = "Notes and timings"
CHOICES_HEADING = "More settings"

NO_RECORDING = (
    "there is no recording yet; record a hum, upload a file or pick an example "
    "(a new recording takes a moment to arrive)"
)
TOO_MANY = "too many conversions wait already; try again in a minute"
GONE = "the server no longer has the recording that is shown; record or upload it again, or pick an example"
NO_GUITAR = "there is no guitar of this take yet; press Convert"
TOO_MANY_NOTES = "there are more than {count} notes; delete some"
TOO_LONG = (
    "this recording took longer than {minutes} minutes; record a shorter one, or choose the pitch tracker SwiftF0 and "
    "fewer iterations"
)
FAILED = "Something went wrong on the server; try again, or try another recording."

WAITING = "Waiting: {before} before you"
NEXT = "Waiting: you are next"
WARMING_UP = "The server has just started and is warming up; your turn comes in a moment"
STAGES = {  # stage of a conversion → what the page says meanwhile
    "reading": "Reading the recording",
    "f0": "Listening for the pitch",
    "arrange": "Choosing the octave",
    "label": "Drawing the harmonics",
    "generator": "Playing the guitar",
    "inversion": "Turning the picture into sound",
    "other": "Turning it into sound another way",
    "done": "Drawing the picture",
}

WRONG_KIND = "the parameter {parameter} is {value}; give {wanted}, or leave it out"
NO_FILE = "the recording {value} is not a file; upload it first, as gradio_client.handle_file does"
UNUSABLE = "One of the values cannot be used; the API page says what each parameter may be."
WRONG_NAMES = "{reason}; the API page names the parameters."

# For programs: the API page and gradio_client. The names of the parameters and outputs are not translated.
API = (
    "Turn a hum into an acoustic guitar. All parameters but the recording may be left out. The notes are as played; "
    "hummed has them as hummed, which may be corrected and given back; transposition_semitones includes the capo."
)
PARAMETERS = {  # parameter → one sentence; a new one has the help of its field of Choices
    "recording": "The audio file to convert: wav, flac, ogg, mp3, m4a, webm or mp4, from 0.5 s to 10 minutes long.",
    "guitar": "The guitar that plays: any, a kind such as steel, or one of the checkpoint's guitars.",
    "articulation": "How it plays: plucked lets every note ring like a string, follow keeps the dynamics of the hum.",
    "tracker": "The method that finds the pitch; swift is fast and reliable.",
    "transposition": "How far the melody is moved: -36 to 36 semitones, or auto for the octave that fits a guitar.",
    "iterations": "How many iterations of Griffin-Lim make the sound, from 0 to 200.",
    "seed": "The seed of all random numbers, 0 or more; the same seed gives the same sound.",
    "second_guitar": "A guitar that is mixed with the first, or none.",
    "second_share": "How much of the second guitar is in the mix, from 0 to 1.",
    "capo": "The fret of a capo, from 0 (none) to 11; it raises every note by as many semitones.",
    "tuning": "Where notes are moved: off leaves them, nearest moves them to semitones, key to notes of the key.",
    "tuning_strength": "How far each note is moved by the tuning, from 0 to 1.",
    "body": "How much of another guitar's body and of a room is added, from 0 to 1.",
    "notes": "A list of notes to play in place of those that are heard, of the form that details has as hummed.",
}
OUTPUTS = {
    "guitar": "The guitar, a wav file.",
    "picture": "The steps from hum to guitar, a png file.",
    "details": "A summary, warnings, transposition_semitones, capo, tuning, guitar, sample_rate, seconds, bpm, notes "
    "and hummed.",
    "other": "The guitar once more by another inversion, a wav file.",
}
RECORDER = {  # what page/recorder/recorder.js says under the recorder → its text
    "quiet": "Too quiet: hum louder, or closer to the microphone",
    "good": "Good level",
    "loud": "Too loud: hum more softly, or farther from the microphone",
    "unprocessed": "The browser records your hum as it is",
    "echoCancellation": "The browser cancels echoes although it was asked not to: long notes may fade",
    "noiseSuppression": "The browser suppresses noise although it was asked not to: parts of a hum may be missing",
    "autoGainControl": "The browser sets the volume although it was asked not to: soft and loud may sound alike",
    "NotAllowedError": "The browser does not let this page use the microphone. Allow it there, then reload the page.",
    "NotFoundError": "The browser finds no microphone. Plug one in, or choose one in the settings of the system.",
    "NotReadableError": "Another program uses the microphone. Close that program, then press Record again.",
    "insecure": "Browsers offer the microphone only on https pages and on localhost. Open this page by https.",
    "other": "The browser does not offer a microphone.",
    "instead": "You can always upload a file.",
}


def waiting(before: int, warm: bool = True) -> str:
    """What the page says to a visitor who waits, with the number of conversions that come before."""
    if not warm:
        return WARMING_UP
    return WAITING.format(before=before) if before else NEXT


@dataclass(frozen=True)
class Choice:
    """The texts of one choice: its label, a hint below the label, and what is shown for each of its values."""

    label: str
    hint: str | None = None
    options: dict[Any, str] = field(default_factory=dict)

    def shown(self, value: Any) -> str:
        """What is shown for a value; the value itself where there is no text."""
        return self.options.get(value, str(value))


CHOICES = {  # field of Choices, or part of one (second_guitar, second_share) → its texts
    "guitar": Choice("Guitar", options={"any": "Recommended guitar"}),
    "second_guitar": Choice("Mixed with", options={"none": "Nothing"}),
    "second_share": Choice("How much of the second"),
    "articulation": Choice(
        "Articulation",
        options={"plucked": "Plucked: every note rings like a string", "follow": "Follow: swells as the hum does"},
    ),
    "transpose": Choice(
        "Transposition",
        "Choose, or type a number of semitones",
        {
            "auto": "Automatic: a guitar's octave",
            -24: "Two octaves down",
            -12: "One octave down",
            0: "As hummed",
            12: "One octave up",
            24: "Two octaves up",
        },
    ),
    "capo": Choice("Capo at fret", "Raises every note by that many semitones"),
    "strings": Choice(
        "Strings",
        "For the tablature: how the open strings are tuned",
        {
            "standard": "Standard (E A D G B E)",
            "drop-d": "Drop D (D A D G B E)",
            "dadgad": "DADGAD",
            "open-g": "Open G (D G D G B D)",
        },
    ),
    "tune": Choice(
        "Tuning",
        "Vibrato and slides stay",
        {"off": "As hummed", "nearest": "To semitones", "key": "To the key that is heard"},
    ),
    "tune_strength": Choice("How far to tune"),
    "quantise": Choice("Move to the beat", "0: notes stay where they were hummed; swing stays"),
    "bpm": Choice("Beats a minute", "0: the tempo that fits the notes"),
    "body": Choice("Body and room", "Adds the body of another guitar and a room; 0: none"),
    "tracker": Choice(
        "Pitch tracker",
        options={
            "swift": "SwiftF0 (fast and reliable)",
            "crepe": "CREPE tiny",
            "crepe-full": "CREPE full (slow: several times the length of the recording)",
            "pyin": "pYIN",
            "cepstrum": "Cepstrum (the original method)",
        },
    ),
    "inversion": Choice(
        "Sound",
        options={"pghi": "Natural", "griffin-lim": "Classic (Griffin-Lim)", "vocoder": "Vocoder (a small network)"},
    ),
    "iterations": Choice("Griffin-Lim iterations"),
    "seed": Choice("Seed"),
}
KINDS = {"nylon": "Classical guitar", "steel": "Steel-string guitar"}  # kind of the checkpoint's guitars → its name
NUMBERED = "{kind} {number}"
MIXED = "{kind}, all of them mixed"


def guitars(names: tuple[str, ...]) -> dict[str, str]:
    """What is shown for the guitars of a checkpoint: for any, for each kind with several guitars, and for each one."""
    of = {kind: KINDS.get(kind, kind.capitalize()) for kind in kinds(names)}
    shown = {ANY: CHOICES["guitar"].options[ANY]}
    shown |= {kind: MIXED.format(kind=of[kind]) for kind, members in kinds(names).items() if members != (kind,)}
    for kind, members in kinds(names).items():
        shown |= {name: NUMBERED.format(kind=of[kind], number=i) for i, name in enumerate(members, start=1)}
    return shown
