// Pointer, wheel and keyboard.
const MIN_SPAN_S = 0.25;
const cursor = { on: false, s: 0, panel: 0, share: 0.5 }; // where hover or the arrow keys read

function show(from, to) {
  const whole = duration();
  const span = clamp(to - from, Math.min(MIN_SPAN_S, whole), whole);
  shown.from = clamp(from, 0, whole - span);
  shown.to = shown.from + span;
  drawSoon();
}

function zoom(factor, s) {
  if (!factor) return show(0, duration());
  const share = (s - shown.from) / (shown.to - shown.from);
  const span = clamp((shown.to - shown.from) / factor, MIN_SPAN_S, duration());
  return show(s - share * span, s - share * span + span);
}

// Where zooming by a button or a key is centred: the position if it is in view, else the middle.
function focus() {
  const s = position();
  return s >= shown.from && s <= shown.to ? s : (shown.from + shown.to) / 2;
}

function seek(s) {
  const to = clamp(s, 0, duration());
  if (region.on && (to < region.from || to > region.to)) region.on = false;
  transport.loop = region.on ? [region.from, region.to] : null;
  transport.seek(to);
  reveal(to);
}

// Turn the page where a position is out of view.
function reveal(s) {
  const span = shown.to - shown.from;
  if (s < shown.from || s > shown.to) show(s - 0.05 * span, s + 0.95 * span);
}

function setRegion(from, to) {
  const [start, end] = [Math.min(from, to), Math.max(from, to)];
  const on = end - start >= 0.03;
  Object.assign(region, on ? { on, from: clamp(start, 0, duration()), to: clamp(end, 0, duration()) } : { on, from: 0, to: 0 });
  transport.setLoop(on ? [region.from, region.to] : null);
}

function toggleLoop() {
  if (region.to <= region.from) setRegion(shown.from, shown.to);
  else {
    region.on = !region.on;
    transport.setLoop(region.on ? [region.from, region.to] : null);
  }
}

const local = (event) => {
  const bounds = find('.pictures').getBoundingClientRect();
  return [event.clientX - bounds.left, event.clientY];
};
const timeAt = (event) => clamp(sOf(local(event)[0], plotBox()), 0, duration());

const TAP_PX = 8; // a finger that moves less has tapped

// A mouse seeks where it is pressed and dragged. A finger seeks by a tap or a drag along time: across, it scrolls the
// page, and the browser says so by pointercancel.
function listenToPointers() {
  const down = new Map(); // pointers on the pictures: id → x
  let pinch = null;
  let drag = null; // of the one pointer that is down
  const plots = find('.plots');
  const seekTo = (event, now) => {
    const s = timeAt(event);
    if (s !== now.s) seek(s);
    now.s = s;
  };
  plots.addEventListener('pointerdown', (event) => {
    if (event.button || !duration()) return;
    find('.playhead').focus({ preventScroll: true, focusVisible: false });
    plots.setPointerCapture(event.pointerId);
    down.set(event.pointerId, local(event)[0]);
    pinch = pinched(down);
    drag = down.size === 1 ? { x: event.clientX, y: event.clientY, before: { s: position(), region: { ...region } } } : null;
    if (drag && event.pointerType !== 'touch') seekTo(event, drag);
    event.preventDefault();
  });
  plots.addEventListener('pointermove', (event) => {
    hover(event);
    if (!down.has(event.pointerId)) return;
    down.set(event.pointerId, local(event)[0]);
    if (pinch) zoomTo(pinch, [...down.values()]);
    const now = drag;
    if (!now) return;
    const [dx, dy] = [Math.abs(event.clientX - now.x), Math.abs(event.clientY - now.y)];
    now.along = now.along || event.pointerType !== 'touch' || (dx > TAP_PX && dx > dy);
    now.moved = now.moved || Math.max(dx, dy) > TAP_PX;
    if (now.along) soon('seek', () => drag === now && seekTo(event, now));
  });
  for (const name of ['pointerup', 'pointercancel']) {
    plots.addEventListener(name, (event) => {
      down.delete(event.pointerId);
      pinch = pinched(down);
      if (drag && name === 'pointerup' && (drag.along || !drag.moved)) seekTo(event, drag);
      if (drag && name === 'pointercancel' && drag.s !== undefined) restore(drag.before);
      drag = null;
      if (event.pointerType !== 'mouse') unhover();
    });
  }
  plots.addEventListener('pointerleave', unhover);
  find('.pictures').addEventListener('wheel', wheel, { passive: false });
  listenToRuler();
}

function restore(before) {
  Object.assign(region, before.region);
  seek(before.s);
}

// The times under two fingers stay under them.
const pinched = (down) => (down.size === 2 ? [...down.values()].map((x) => sOf(x, plotBox())) : null);
function zoomTo(times, xs) {
  const box = plotBox();
  const span = ((times[1] - times[0]) / (xs[1] - xs[0] || 1)) * box.width;
  if (!(span > 0)) return;
  const from = times[0] - ((xs[0] - box.left) / box.width) * clamp(span, MIN_SPAN_S, duration());
  show(from, from + span);
}

function wheel(event) {
  const sideways = event.shiftKey && !event.deltaX ? event.deltaY : event.deltaX;
  if (event.ctrlKey || event.metaKey) zoom(Math.exp(-clamp(event.deltaY, -60, 60) / 100), timeAt(event));
  else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
    const by = (sideways / plotBox().width) * (shown.to - shown.from);
    show(shown.from + by, shown.to + by);
  } else return;
  event.preventDefault();
}

// A drag along the time axis chooses the loop; one that begins at its edge moves the edge.
function listenToRuler() {
  const ruler = find('.ruler');
  let anchor = null;
  let before = null; // the region
  ruler.addEventListener('pointerdown', (event) => {
    if (event.button || !duration()) return;
    ruler.setPointerCapture(event.pointerId);
    before = { ...region };
    const x = local(event)[0];
    const near = (s) => region.to > region.from && Math.abs(xOf(s, plotBox()) - x) < 10;
    anchor = near(region.from) ? region.to : near(region.to) ? region.from : timeAt(event);
    event.preventDefault();
  });
  ruler.addEventListener('pointermove', (event) => {
    if (anchor === null) return;
    Object.assign(region, { on: true, from: Math.min(anchor, timeAt(event)), to: Math.max(anchor, timeAt(event)) });
    drawSoon();
  });
  for (const name of ['pointerup', 'pointercancel']) {
    ruler.addEventListener(name, (event) => {
      if (anchor !== null && name === 'pointerup') setRegion(anchor, timeAt(event));
      else if (anchor !== null) Object.assign(region, before);
      anchor = null;
      drawSoon();
    });
  }
}

function hover(event) {
  const at = panels.findIndex(({ canvas }) => {
    const bounds = canvas.getBoundingClientRect();
    return event.clientY >= bounds.top && event.clientY <= bounds.bottom;
  });
  const x = local(event)[0];
  const box = plotBox();
  if (at < 0 || x < box.left || x > box.left + box.width) return unhover();
  const bounds = panels[at].canvas.getBoundingClientRect();
  Object.assign(cursor, { on: true, s: sOf(x, box), panel: at, share: 1 - (event.clientY - bounds.top) / bounds.height });
  return showCursor();
}

function unhover() {
  cursor.on = false;
  showCursor();
}

// What the pictures say at the cursor: time, Hz, note, and dB or confidence.
function reading() {
  const panel = panels[cursor.panel] && panels[cursor.panel].spec;
  if (!panel) return '';
  if (panel.kind === 'tab') return cursor.s.toFixed(2) + ' s';
  const { hzAt, binAt } = vertical(panel);
  const curve = panel.curves && panel.curves[0];
  const frame = curve ? Math.round(cursor.s / curve.frame_s) : 0;
  const hz = curve && curve.hz[frame] !== null ? curve.hz[frame] : hzAt(cursor.share);
  if (panel.kind === 'cents') return cursor.s.toFixed(2) + ' s · ' + signed(hz.toFixed(0)) + ' ¢';
  const parts = [cursor.s.toFixed(2) + ' s', hz.toFixed(hz < 1000 ? 1 : 0) + ' Hz'];
  if (hz > 20) parts.push(noteName(toMidi(hz)) + ' ' + signed(Math.round(100 * (toMidi(hz) - Math.round(toMidi(hz))))) + ' ¢');
  if (curve && curve.confidence) parts.push(texts.confidence + ' ' + (curve.confidence[frame] || 0) + ' %');
  const db = binAt ? levelAt(imageShown(panel), cursor.s, binAt(cursor.share)) : null;
  if (db !== null) parts.push(minus(db.toFixed(0)) + ' dB');
  return parts.join(' · ');
}

function moveCursor(step) {
  if (!cursor.on) Object.assign(cursor, { panel: 0, share: 0.5 });
  cursor.share += step;
  if (cursor.share > 1 && cursor.panel > 0) Object.assign(cursor, { panel: cursor.panel - 1, share: 0.02 });
  if (cursor.share < 0 && cursor.panel < panels.length - 1) Object.assign(cursor, { panel: cursor.panel + 1, share: 0.98 });
  Object.assign(cursor, { on: true, s: position(), share: clamp(cursor.share, 0, 1) });
  showCursor();
}

// Keys of the pictures, and keys of the whole view.
const move = (s) => {
  cursor.on = false;
  seek(position() + s);
  showCursor();
};
const PICTURE_KEYS = {
  ArrowLeft: (event) => move(event.shiftKey ? -1 : -0.1),
  ArrowRight: (event) => move(event.shiftKey ? 1 : 0.1),
  ArrowUp: () => moveCursor(0.04),
  ArrowDown: () => moveCursor(-0.04),
  PageUp: () => move(-(shown.to - shown.from) / 4),
  PageDown: () => move((shown.to - shown.from) / 4),
  Home: () => seek(0),
  End: () => seek(duration()),
};
const VIEW_KEYS = {
  ' ': () => toggle(),
  '[': () => setRegion(position(), region.to > position() ? region.to : duration()),
  ']': () => setRegion(Math.min(region.from, position()), position()),
  l: () => toggleLoop(),
  Escape: () => setRegion(0, 0),
  '+': () => zoom(2, focus()),
  '=': () => zoom(2, focus()),
  '-': () => zoom(0.5, focus()),
  0: () => zoom(0),
};

// No key that a visitor types is one of the view.
const typesInto = (on) => on.matches('input:not([type=range])');

function listenToKeys() {
  element.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const on = event.target;
    if (typesInto(on) || (on.closest('button, summary, a') && event.key === ' ')) return;
    const key = (on === find('.playhead') && PICTURE_KEYS[event.key]) || VIEW_KEYS[event.key];
    const sound = transport.sounds[Number(event.key) - 1];
    if (key && duration()) key(event);
    else if (sound && sound.url) choose(Number(event.key) - 1);
    else return;
    event.preventDefault();
  });
}
