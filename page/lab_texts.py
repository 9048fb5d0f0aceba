"""Every text of the lab, in English. ``lab_korean`` has the same texts in Korean, ``language`` chooses."""

from __future__ import annotations

from dataclasses import dataclass

HUM_TAB, LAB_TAB = "Hum", "Lab"
INTRODUCTION = """
# The lab
How near does a resynthesis come to a real guitar, and what is lost on the way? Compare sounds on one time axis: listen,
look, and read the figures.
"""


@dataclass(frozen=True)
class Experiment:
    """The texts of one experiment: its name, what it asks and how its result is read, and its examples by file."""

    name: str
    about: str
    examples: dict[tuple[str, ...], str]  # files in assets/ → title


Examples = dict[tuple[str, ...], str]
EXCERPT: Examples = {("guitarset-rock-solo.flac",): "Rock solo, from GuitarSet"}
HUMS: Examples = {
    ("ode-to-joy-low-voice.flac",): "Ode to Joy, low voice",
    ("frere-jacques-whistled.flac",): "Frère Jacques, whistled",
}
EXPERIMENTS = {  # name of the comparison → its texts
    "guitar": Experiment(
        "Guitar to guitar",
        """
**Does a guitar come back as itself?** The recording is reduced to its pitch, its dynamics and its plucks. From these
semantic harmonics the network plays it again, at the same pitch. Play both and switch with 1 and 2. The lowest picture
is the guitar less the recording: blue is missing, orange was added.
""",
        EXCERPT,
    ),
    "inversions": Experiment(
        "Where does the timbre go?",
        """
**Is the timbre lost in the network, or on the way from mel to sound?** Here no network plays: the recording's own mel
spectrogram goes through each inversion. The upper picture follows the sound that plays. Each picture below is one
inversion less the recording: where it is blue something was lost, and where it has no colour nothing was.
""",
        EXCERPT,
    ),
    "trackers": Experiment(
        "Trackers",
        """
**Do two pitch trackers hear the same melody?** Everything that the guitar plays follows from F0. Both curves are drawn
over each other; below them are the cents from the first to the second. The shaded stretches are where they disagree:
they are more than 50 cents apart, or only one of them hears a pitch.
""",
        HUMS | EXCERPT,
    ),
    "sounds": Experiment(
        "Two files",
        """
**How far apart are any two sounds?** A hum and its guitar, two takes, two versions of this program. The second is moved
in time to where it fits the first, and both are made equally loud. The lowest picture is the second less the first.
""",
        {("ode-to-joy-low-voice.flac", "ode-to-joy-guitar.mp3"): "Ode to Joy: a hum, and its guitar"},
    ),
}
EXPERIMENT = "Experiment"
RECORDING = "Recording, up to 2 minutes"
SECOND = "Second recording"
EXAMPLES = "Or try one of these"
LICENCE = (
    "The rock solo is an excerpt of `05_Rock1-130-A_solo` from [GuitarSet](https://zenodo.org/records/3371780) by Xi, "
    "Bittner, Pauwels, Ye and Bello, under [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/), cut and faded. "
    "The hums are computed."
)
FIRST_TRACKER, SECOND_TRACKER = "First pitch tracker", "Second pitch tracker"
COMPARE = "Compare"
CANCELLED = "Cancelled. Nothing was compared."
COMPARED = "{experiment} ({seconds} s)"
NO_SECOND = "there is only one recording; record or upload the second one too"

# The view
LABELS = {  # sounds and curves that the page does not name elsewhere
    "recording": "Recording",
    "guitar": "Guitar again",
    "first": "First file",
    "second": "Second file",
    "cents": "Second tracker less the first",
}
MEL = "{sound}: mel spectrogram"
FOLLOWS = "The sound that plays: mel spectrogram"
DIFFERENCE = {  # experiment → title
    "guitar": "Guitar less recording: difference of the mels",
    "inversions": "{sound} less recording: difference of the mels",
    "sounds": "Second file less first file: difference of the mels",
}
CURVES = {"f0": "F0 by both trackers; they disagree where it is shaded", "cents": "Cents from the first to the second"}

# The table
NUMBERS = "The figures"
MEASURE, VALUE = "Measure", "Value"


@dataclass(frozen=True)
class Measure:
    """One figure: its name, its unit, what it means in one sentence, and how many decimals are shown."""

    name: str
    unit: str
    meaning: str
    decimals: int


MEASURES = {  # key in the numbers of a result → how it is shown, in this order
    "mel_l1_db": Measure(
        "Distance of the mels (mel_l1)", "dB", "The mean difference of the mels; 0 is the same, lower is nearer.", 1
    ),
    "log_spectral_distance_db": Measure(
        "Log-spectral distance", "dB", "The same for the fine spectrum, with every harmonic; lower is nearer.", 1
    ),
    "delta_mel_correlation": Measure(
        "Delta-mel correlation",
        "",
        "Whether the sound changes when the other one does; 1 is in step, 0 has nothing to do with it.",
        2,
    ),
    "delta_mel_ratio": Measure(
        "Delta-mel ratio",
        "",
        "How much the sound changes from frame to frame; below 1 is blurred, above 1 is livelier.",
        2,
    ),
    "disagree_share": Measure("Disagreement", "%", "The share of the voiced time in which the trackers disagree.", 1),
    "one_unvoiced_share": Measure("Heard by one only", "%", "The share in which only one tracker hears a pitch.", 1),
    "octave_share": Measure("Octave errors", "%", "The share in which they are one or more octaves apart.", 1),
    "median_cents": Measure(
        "Median distance", "cents", "The typical distance where both hear a pitch; 100 cents are a semitone.", 1
    ),
    "offset_s": Measure(
        "Offset", "s", "How much later the same moment comes in the second file; it is made up for.", 3
    ),
    "correlation": Measure(
        "Likeness", "", "The correlation of both pictures in time; from 0.35 on, the files can be aligned.", 2
    ),
    "seconds": Measure("Computing time", "s", "How long this server took for it.", 2),
}
TREBLE = Measure(
    "Treble, {band}",
    "dB",
    "10, 40 and 100 ms after a pluck, against the note's body. Near the recording it sounds plucked, far below soft.",
    0,
)
DISAGREEMENTS = "They disagree at {spans} s."
DISAGREEMENTS_MORE = "They disagree at {spans} s, and {count} more times."
