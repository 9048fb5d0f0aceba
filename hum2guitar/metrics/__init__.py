"""Measures of a sound: how far it is from a recording of the same performance, and how its plucks sound.

likeness : the distances to a recording. treble : what tells a pluck from a soft bow. tracking : the pitch and the
onsets that the measures hear. measured : a figure that can be computed from any choice of a recording's segments.
"""

SAMPLE_RATE = 22050  # Hz, at which every measure is defined but those of ``treble`` that say otherwise
