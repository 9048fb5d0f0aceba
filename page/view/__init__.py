"""The view: one component for sounds and pictures. ``draw`` gives a ``gr.HTML`` whose value is ``kept`` of a dict.

The value
---------
Every key may be missing, and every ``file`` may be None. A later value that has more completes an earlier one, so a
generator can yield F0 first, then the harmonics, then the mel, then the sound.

``take`` : str — names what is shown. While it stays the same, the view keeps its position, loop, zoom and choices.
``duration_s`` : float — the length of the time axis; nothing can be drawn before it is there.
``sounds`` : list of ``value.sound``: ``{id, label, file, download}``, up to three. Keys 1, 2, 3 switch between them.
``starts_with`` : the id of the sound that is chosen until the visitor chooses.
``panels`` : list of pictures from top to bottom, each of one kind:

- ``{kind: "f0", title, curves, notes, spans}``. A curve is ``{label, frame_s, hz, confidence}``: Hz or None for each
  frame, and the confidence in % (or None for none). Several curves get a legend. Notes are as in ``notes`` below; they
  scale the axis. ``spans`` is a list of ``[from_s, to_s]`` to shade, such as where two trackers disagree.
- ``{kind: "cents", title, curves, spans}``: the same in cents, on a linear axis.
- ``{kind: "mel", title, axis, images, overlay, plucks}``. ``axis`` is ``{n_mels, fmin_hz, fmax_hz}``; ``overlay`` draws
  the first F0 curve over the picture; ``plucks`` is a list of times in s. All mels share one fixed scale of colours.
- ``{kind: "difference", title, axis, images}``: the same, in dB on a diverging scale: blue where the first is quieter,
  orange where it is louder.

An image is ``{label, file, low_db, high_db, start_s, column_s, sound}``: a greyscale PNG with one pixel for each cell,
whose lowest row is the lowest mel bin. 0 is ``low_db`` and 255 is ``high_db``. Column j begins at ``start_s + j *
column_s``. Where images of a panel name a ``sound``, the panel shows that of the sound that plays; where others do not,
the visitor can choose.

A panel of F0 may be ``editable``: its notes, which are as hummed, can then be edited. ``edited`` are those that were
played.

``tab`` : the tablature, drawn under the panels: ``{kind: "tab", title, strings, bpm, first_beat_s, moved, marks,
text}``. A mark is ``{onset_s, offset_s, name, string, mark}``, and ``moved`` says whether notes were moved to the beat.
``notes`` : list of ``{onset_s, offset_s, midi, velocity, plucked}`` for the note table.
``texts`` : dict that replaces some of ``texts.VIEW``, such as a translation.

Options of ``draw``: ``files`` is a dict of the files that can be asked for, id → name in the menu. A view that has it
triggers three events. ``edit`` has ``{take, notes}``, with None for the notes that were heard. ``beat`` has
``{quantise}`` or ``{bpm}``. ``export`` has ``{id, sound, number}``, and is answered by the property ``made``, which is
``{number, file}`` or ``{number, said}``. A file that is asked for after an edit waits until the notes are played; a new
value of the property ``unplayed`` says that they will not be.

In the browser
--------------
``js/`` are the parts of one script, in the order of their numbers. It needs no library. A script of the page silences
every view by ``document.dispatchEvent(new CustomEvent('view:pause'))``, as a recorder should when it starts. The names
of the templates' classes are private.

value : functions that build the parts of a value. take : the value of one take, part by part. compared : the value of a
comparison. texts : what is read. korean : the same in Korean.
"""

from .component import draw, kept, with_files

__all__ = ["draw", "kept", "with_files"]
