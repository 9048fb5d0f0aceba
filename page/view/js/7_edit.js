// The editor: notes over F0 as objects. What was heard stays visible beneath. All notes are as hummed, in order, and one
// ends before the next begins. Notes are never changed: each edit makes new ones, so undo is a list of lists.
const MIN_S = 0.05; // of a note
const NEW_S = 0.4; // of one that is added
const SEND_MS = 600; // after the last edit
const edit = { on: false, notes: [], heard: [], axis: [], chosen: new Set(), past: [], next: [], stale: false, at: 0, drag: null, down: {}, played: [] };

const notesOf = (panel) => (panel.editable ? edit.notes : panel.notes || []);
// the axis stays during a drag
const onAxis = (panel) => (panel.editable ? edit.axis : panel.notes || []);
const millis = (s) => Math.round(1000 * s) / 1000;
const same = (one, two) => JSON.stringify(one) === JSON.stringify(two);
const editable = () => panels.find(({ spec }) => spec.editable);
const chosenNotes = () => edit.notes.filter((note) => edit.chosen.has(note));
const someNotes = () => (edit.chosen.size || say(texts.choose_first), chosenNotes());

// Take the notes that the server sends: those of another take, and later only whether it has played the ones here.
function takeNotes(another) {
  const spec = (value.panels || []).find((panel) => panel.editable);
  find('.editor').hidden = !spec;
  if (!spec) return setEditing(false);
  const played = (edit.played = spec.edited || spec.notes);
  if (another) Object.assign(edit, { chosen: new Set(), past: [], next: [], at: 0, wanted: null });
  if (another) clearTimeout(edit.timer);
  if (another || same(edit.notes, edit.heard)) edit.notes = same(edit.notes, played) ? edit.notes : played;
  edit.heard = spec.notes;
  if (!edit.drag) edit.axis = [...edit.heard, ...edit.notes];
  return setStale(!same(played, edit.notes));
}

function setStale(stale) {
  edit.stale = stale;
  find('.view').classList.toggle('stale', stale);
  if (!stale && edit.wanted) order(edit.wanted);
}

function setEditing(on) {
  if (edit.on === on) return;
  edit.on = on;
  edit.drag = null;
  edit.chosen.clear();
  if (on && transport.context) transport.decode();
  find('.view').classList.toggle('edits', on);
  say(on ? texts.edit_hint : '');
  showEditor();
  if (!on) find('.edit').focus();
}

const say = (text) => (find('.said').textContent = text);
const sayNote = (note) => say(fill(texts.note_is, noteWords(note)));

function noteWords(note) {
  const cents = Math.round(100 * (note.midi - Math.round(note.midi)));
  const begins = note.plucked ? texts.plucked : texts.slid;
  return { name: noteName(note.midi), cents: signed(cents), from: note.onset_s.toFixed(2), to: note.offset_s.toFixed(2), loud: Math.round(100 * note.velocity), begins };
}

// One edit, which can be undone.
function commit(notes, chosen, text) {
  if (same(notes, edit.notes)) return;
  edit.past.push([edit.notes, chosenNotes()]);
  edit.next = [];
  place(notes, chosen);
  if (text) say(text);
  else if (chosen.length) sayNote(chosen[0]);
}

function place(notes, chosen) {
  edit.notes = notes;
  edit.chosen = new Set(chosen);
  edit.axis = [...edit.heard, ...notes];
  if (chosen.length) edit.at = notes.indexOf(chosen[0]);
  edit.at = clamp(edit.at, 0, notes.length - 1);
  setStale(!same(notes, edit.played));
  clearTimeout(edit.timer);
  edit.timer = setTimeout(send, SEND_MS);
  showEditor();
}

function send() {
  const heard = same(edit.notes, edit.heard);
  trigger('edit', { take: value.take, notes: heard ? null : edit.notes });
}

function undo(from, to, text) {
  if (!from.length) return;
  to.push([edit.notes, chosenNotes()]);
  place(...from.pop());
  say(text);
}

// Change the chosen notes; the others stay.
function change(call) {
  const chosen = someNotes();
  if (!chosen.length) return;
  const made = new Map(chosen.map((note) => [note, call(note)]));
  commit(edit.notes.map((note) => made.get(note) || note), [...made.values()]);
}

const raised = (by) => (note) => ({ ...note, midi: clamp(Math.round(100 * (note.midi + by)) / 100, 0, 127) });
const louder = (by) => (note) => ({ ...note, velocity: clamp(Math.round(100 * (note.velocity + by)) / 100, 0, 1) });

// Move an end of a note; a neighbour that is in the way becomes shorter.
function withEnd(notes, note, end, by) {
  const later = end === 'offset_s';
  const near = notes[notes.indexOf(note) + (later ? 1 : -1)];
  const low = later ? note.onset_s + MIN_S : near ? Math.min(near.onset_s + MIN_S, note.onset_s) : 0;
  const high = later ? (near ? Math.max(near.offset_s - MIN_S, note.offset_s) : duration()) : note.offset_s - MIN_S;
  const s = low < high ? clamp(millis(note[end] + by), low, high) : note[end];
  const moved = { ...note, [end]: s };
  const pushed = near && (later ? near.onset_s < s : near.offset_s > s) ? { ...near, [later ? 'onset_s' : 'offset_s']: s } : near;
  return [notes.map((each) => (each === note ? moved : each === near ? pushed : each)), moved];
}

function moveEnd(end, by) {
  const [note] = someNotes();
  if (!note) return;
  const [notes, moved] = withEnd(edit.notes, note, end, by);
  commit(notes, [moved]);
}

// A new note takes the place of what sounds there.
function addNote(at, midi) {
  const s = millis(at);
  const under = edit.notes.find((note) => note.onset_s < s && note.offset_s > s);
  const after = edit.notes.find((note) => note.onset_s >= s);
  const stop = Math.min(Math.max(s + NEW_S, under ? under.offset_s : 0), after ? after.onset_s : duration());
  if (stop - s < MIN_S) return say(texts.no_room);
  const near = under || edit.notes.filter((note) => note.onset_s < s).pop() || edit.notes[0];
  const made = { onset_s: s, offset_s: stop, midi: midi === undefined ? Math.round(near.midi) : midi, velocity: near.velocity, plucked: true };
  const before = under && s - under.onset_s >= MIN_S ? [{ ...under, offset_s: s }] : [];
  const notes = [...edit.notes.filter((note) => note !== under), ...before, made].sort((a, b) => a.onset_s - b.onset_s);
  commit(notes, [made], fill(texts.added, noteWords(made)));
}

function splitNote() {
  const s = millis(position());
  const note = edit.notes.find((each) => each.onset_s + MIN_S <= s && s <= each.offset_s - MIN_S);
  if (!note) return say(texts.no_split);
  const parts = [{ ...note, offset_s: s }, { ...note, onset_s: s, plucked: true }];
  commit(edit.notes.flatMap((each) => (each === note ? parts : [each])), [parts[1]], texts.splitted);
}

// From the first chosen note to the last, or to the next one; it has the pitch of the longest.
function joinNotes() {
  const chosen = someNotes();
  if (!chosen.length) return;
  const from = edit.notes.indexOf(chosen[0]);
  const to = chosen.length > 1 ? edit.notes.indexOf(chosen[chosen.length - 1]) : from + 1;
  const parts = edit.notes.slice(from, to + 1);
  if (parts.length < 2) return say(texts.no_join);
  const longest = parts.reduce((a, b) => (b.offset_s - b.onset_s > a.offset_s - a.onset_s ? b : a));
  const joined = { ...longest, onset_s: parts[0].onset_s, offset_s: parts[parts.length - 1].offset_s, plucked: parts[0].plucked };
  commit(edit.notes.flatMap((note) => (note === parts[0] ? [joined] : parts.includes(note) ? [] : [note])), [joined]);
}

function deleteNotes() {
  const chosen = someNotes();
  if (!chosen.length) return;
  if (chosen.length === edit.notes.length) return say(texts.keep_one);
  commit(edit.notes.filter((note) => !edit.chosen.has(note)), [], fill(texts.deleted, { count: chosen.length }));
}

function pluckOrSlide() {
  const plucked = !chosenNotes().some((note) => note.plucked);
  change((note) => ({ ...note, plucked }));
}

// The sound that is chosen, for as long as the note lasts.
async function playNote(note) {
  transport.pause();
  await transport.decode();
  await transport.context.resume();
  const sound = transport.sounds[transport.chosen];
  if (!sound || !sound.buffer) return;
  const source = new AudioBufferSourceNode(transport.context, { buffer: sound.buffer });
  source.connect(new GainNode(transport.context, { gain: sound.gain })).connect(transport.master);
  source.start(0, note.onset_s, note.offset_s - note.onset_s);
}

function chooseNote(i, more) {
  edit.at = clamp(i, 0, edit.notes.length - 1);
  const note = edit.notes[edit.at];
  if (!more) edit.chosen.clear();
  edit.chosen.add(note);
  if (note.onset_s < shown.from || note.offset_s > shown.to) reveal(note.onset_s);
  showEditor();
  option(edit.at).focus({ preventScroll: true });
  sayNote(note);
  drawSoon();
}

const EDITS = {
  add: () => addNote(position()),
  split: splitNote,
  join: joinNotes,
  delete: deleteNotes,
  pluck: pluckOrSlide,
  higher: () => change(raised(edit.cents ? 0.1 : 1)),
  lower: () => change(raised(edit.cents ? -0.1 : -1)),
  louder: () => change(louder(0.1)),
  softer: () => change(louder(-0.1)),
  undo: () => undo(edit.past, edit.next, texts.undone),
  redo: () => undo(edit.next, edit.past, texts.redone),
  heard: () => commit(edit.heard, [], texts.as_heard),
};
// on a note
const NOTE_KEYS = {
  ArrowLeft: (event) => chooseNote(edit.at - 1, event.shiftKey),
  ArrowRight: (event) => chooseNote(edit.at + 1, event.shiftKey),
  Home: () => chooseNote(0),
  End: () => chooseNote(edit.notes.length - 1),
  ArrowUp: (event) => change(raised(event.altKey ? 0.1 : event.shiftKey ? 12 : 1)),
  ArrowDown: (event) => change(raised(event.altKey ? -0.1 : event.shiftKey ? -12 : -1)),
  PageUp: EDITS.louder,
  PageDown: EDITS.softer,
  ',': () => moveEnd('offset_s', -0.02),
  '.': () => moveEnd('offset_s', 0.02),
  '<': () => moveEnd('onset_s', -0.02),
  '>': () => moveEnd('onset_s', 0.02),
  Enter: () => playNote(edit.notes[edit.at]),
  Delete: EDITS.delete,
  Backspace: EDITS.delete,
  s: EDITS.split,
  j: EDITS.join,
  n: EDITS.add,
  p: EDITS.pluck,
};

function editorKey(event) {
  if (!edit.on || typesInto(event.target)) return;
  const command = event.ctrlKey || event.metaKey;
  const letter = event.key.toLowerCase();
  const onNote = event.target.closest('.notes-list');
  if (command && letter === 'z') EDITS[event.shiftKey ? 'redo' : 'undo']();
  else if (command && letter === 'y') EDITS.redo();
  else if (command && letter === 'a' && onNote) {
    edit.chosen = new Set(edit.notes);
    showEditor();
  } else if (!command && event.key === 'Escape') setEditing(false);
  else if (!command && onNote && NOTE_KEYS[event.key]) {
    if (!edit.chosen.size) edit.chosen.add(edit.notes[edit.at]);
    NOTE_KEYS[event.key](event);
    if (edit.on) option(edit.at).focus({ preventScroll: true });
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

// The notes as a list box over the picture, for the keyboard and for screen readers; the canvas draws them.
const list = make('div', { className: 'notes-list', role: 'listbox', ariaMultiSelectable: true });
const option = (i) => list.children[i];

function showEditor() {
  drawSoon();
  const panel = editable();
  find('.edit').ariaPressed = edit.on;
  find('.edit-tools').hidden = !edit.on;
  list.hidden = !edit.on || !panel;
  if (list.hidden) return;
  if (list.parentNode !== panel.figure) panel.figure.append(list);
  list.ariaLabel = texts.notes_list;
  while (list.children.length > edit.notes.length) list.lastChild.remove();
  edit.notes.forEach((note, i) => {
    if (!option(i)) list.append(make('div', { role: 'option' }));
    Object.assign(option(i), { tabIndex: i === edit.at ? 0 : -1, ariaSelected: edit.chosen.has(note), ariaLabel: fill(texts.note_is, noteWords(note)) });
  });
  // a button that were disabled would lose the focus
  const nothing = { undo: !edit.past.length, redo: !edit.next.length, heard: same(edit.notes, edit.heard) };
  for (const name in nothing) find('[data-edit=' + name + ']').ariaDisabled = nothing[name];
}

// Where notes lie in the list box, in pixels.
function geometry() {
  const { canvas, spec } = editable();
  const box = { left: 0, width: plotBox().width };
  const [low, high] = pitchRange(spec);
  const height = canvas.clientHeight;
  return {
    height,
    x: (s) => xOf(s, box),
    s: (x) => sOf(x, box),
    y: (midi) => (1 - (midi - low) / (high - low)) * height,
    midi: (y) => low + (1 - y / height) * (high - low),
  };
}

function placeEditor() {
  if (list.hidden || !editable()) return;
  const { x, y, height } = geometry();
  const { canvas } = editable();
  const box = plotBox();
  list.style.cssText = 'left:' + box.left + 'px;width:' + box.width + 'px;top:' + canvas.offsetTop + 'px;height:' + height + 'px';
  edit.notes.forEach((note, i) => {
    const [from, to, top, bottom] = [x(note.onset_s), x(note.offset_s), y(note.midi + 0.5), y(note.midi - 0.5)];
    option(i).style.cssText = 'left:' + from + 'px;width:' + Math.max(2, to - from - 1) + 'px;top:' + top + 'px;height:' + (bottom - top) + 'px';
  });
}

// What was heard, beneath what was made of it.
function drawHeard(context, yOf, box) {
  const kept = new Set(edit.notes.map((note) => JSON.stringify(note)));
  context.strokeStyle = ink.noteName;
  context.lineWidth = 1;
  context.setLineDash([4, 3]);
  for (const note of edit.heard.filter((each) => !kept.has(JSON.stringify(each)))) {
    const [x, top] = [xOf(note.onset_s, box), yOf(toHz(note.midi + 0.5))];
    context.strokeRect(x, top, Math.max(2, xOf(note.offset_s, box) - x - 1), yOf(toHz(note.midi - 0.5)) - top);
  }
  context.setLineDash([]);
}

// The note under a pointer, and which part of it: an end, or its body.
function hit(px, py, reach) {
  const { x, y } = geometry();
  let best = null;
  edit.notes.forEach((note, i) => {
    const [from, to] = [x(note.onset_s), x(note.offset_s)];
    const away = Math.abs(py - y(note.midi));
    const height = Math.max(reach, (y(note.midi - 0.5) - y(note.midi + 0.5)) / 2 + 2);
    const aside = Math.max(from - px, px - to, 0);
    if (away > height || aside > reach / 2 || (best && best.away < away + aside)) return;
    const zone = Math.min(reach, (to - from) / 3);
    best = { i, away: away + aside, end: px < from + zone ? 'onset_s' : px > to - zone ? 'offset_s' : null };
  });
  return best;
}

function listenToNotes() {
  const place = (event) => {
    const bounds = list.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  };
  list.onpointerdown = (event) => {
    if (event.button) return;
    const [x, y] = place(event);
    const found = hit(x, y, event.pointerType === 'mouse' ? 8 : 22);
    const before = edit.down;
    edit.down = { at: event.timeStamp, x, y };
    const twice = event.timeStamp - before.at < 400 && Math.hypot(x - before.x, y - before.y) < 16;
    if (twice) edit.down = {};
    const { midi, s } = geometry();
    if (!found && !twice) {
      edit.chosen.clear();
      showEditor();
      return; // the pictures seek
    }
    event.preventDefault();
    event.stopPropagation();
    if (!found) {
      addNote(s(x), event.altKey || edit.cents ? Math.round(100 * midi(y)) / 100 : Math.round(midi(y)));
      return;
    }
    const note = edit.notes[found.i];
    if (twice) playNote(note);
    const more = event.shiftKey || event.ctrlKey || event.metaKey || edit.several;
    if (more && edit.chosen.has(note) && !twice) {
      edit.chosen.delete(note);
      showEditor();
      return;
    }
    chooseNote(found.i, more || edit.chosen.has(note));
    list.setPointerCapture(event.pointerId);
    edit.drag = { x, y, end: found.end, note, notes: edit.notes, chosen: chosenNotes(), s: s(x), midi: midi(y), moved: false };
  };
  list.onpointermove = (event) => {
    const { drag } = edit;
    if (!drag) return;
    const [x, y] = place(event);
    drag.moved = drag.moved || Math.hypot(x - drag.x, y - drag.y) > 4;
    if (drag.moved) soon('drag', () => edit.drag === drag && dragTo(drag, x, y, event.altKey || edit.cents));
  };
  list.onpointerup = list.onpointercancel = (event) => {
    const { drag } = edit;
    edit.drag = null;
    if (!drag || !drag.moved) return;
    const done = event.type === 'pointerup';
    if (done) dragTo(drag, ...place(event), event.altKey || edit.cents);
    const [notes, chosen] = [edit.notes, chosenNotes()];
    Object.assign(edit, { notes: drag.notes, chosen: new Set(drag.chosen) });
    if (done) commit(notes, chosen);
    showEditor();
  };
  find('.view').onkeydown = editorKey;
  find('.edit').onclick = () => setEditing(!edit.on);
  for (const button of all('[data-edit]')) button.onclick = EDITS[button.dataset.edit];
  for (const button of all('[data-mode]')) {
    button.onclick = () => {
      edit[button.dataset.mode] = !edit[button.dataset.mode];
      button.ariaPressed = edit[button.dataset.mode];
    };
  }
}

// What a drag makes of the notes, before it ends.
function dragTo(drag, x, y, cents) {
  const { midi, s } = geometry();
  if (drag.end) {
    const [notes, moved] = withEnd(drag.notes, drag.note, drag.end, s(x) - drag.s);
    Object.assign(edit, { notes, chosen: new Set([moved]) });
  } else {
    const by = midi(y) - drag.midi;
    const made = new Map(drag.chosen.map((note) => [note, raised(cents ? by : Math.round(by))(note)]));
    Object.assign(edit, { notes: drag.notes.map((note) => made.get(note) || note), chosen: new Set(made.values()) });
  }
  sayNote(edit.notes[drag.notes.indexOf(drag.note)]);
  showEditor();
}
