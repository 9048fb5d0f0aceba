// Panels: one canvas each, all on the time axis of `shown`. A panel is drawn into a box { left, top, width, height }.
const CURVES = ['f0', 'second', 'third']; // colours of the theme, in the order of the curves
const shown = { from: 0, to: 1, band: 'low' }; // s, s, which frequencies
const LOW_HZ = 5000;
const HZ_TICKS = [50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1250, 1500, 2000, 3000, 4000];

const xOf = (s, box) => box.left + ((s - shown.from) / (shown.to - shown.from)) * box.width;
const sOf = (x, box) => shown.from + ((x - box.left) / box.width) * (shown.to - shown.from);
const topBin = (axis) => Math.min(axis.n_mels - 0.5, shown.band === 'low' ? hzToBin(LOW_HZ, axis) : axis.n_mels);

// The pitches that the F0 axis shows: those of the notes, so that a stray frame does not squash the melody.
function pitchRange(panel) {
  let pitches = onAxis(panel).map((note) => note.midi);
  if (!pitches.length) {
    pitches = panel.curves.flatMap((curve) => curve.hz).filter(Boolean).map(toMidi).sort((a, b) => a - b);
    const cut = Math.floor(pitches.length / 20);
    pitches = pitches.slice(cut, pitches.length - cut);
  }
  if (!pitches.length) return [48, 72];
  const middle = (Math.min(...pitches) + Math.max(...pitches)) / 2;
  const half = Math.max(5, (Math.max(...pitches) - Math.min(...pitches)) / 2);
  return [middle - 1.5 - 1.25 * half, middle + half + 2];
}

// The ends of a cents axis: nearly all values, so that a jump of octaves does not squash the rest.
function centsLimit(panel) {
  const sizes = panel.curves.flatMap((curve) => curve.hz).filter((cents) => cents !== null).map(Math.abs).sort((a, b) => a - b);
  return clamp(1.2 * (sizes[Math.floor(0.95 * sizes.length)] || 0), 60, 2400);
}

// What a height in a panel means: Hz (or cents) and mel bin at a share of the height from the bottom, and back.
function vertical(panel) {
  if (panel.kind === 'cents') {
    const limit = centsLimit(panel);
    return { hzAt: (share) => (2 * share - 1) * limit, shareOf: (cents) => (cents / limit + 1) / 2 };
  }
  if (panel.kind === 'f0') {
    const [low, high] = pitchRange(panel);
    return { hzAt: (share) => toHz(low + share * (high - low)), shareOf: (hz) => (toMidi(hz) - low) / (high - low) };
  }
  const axis = panel.axis;
  const span = topBin(axis) + 0.5;
  return {
    binAt: (share) => share * span - 0.5,
    hzAt: (share) => binToHz(share * span - 0.5, axis),
    shareOf: (hz) => (hzToBin(hz, axis) + 0.5) / span,
  };
}

function drawPanel(context, panel, box) {
  if (panel.kind === 'tab') return drawTab(context, panel, box);
  context.fillStyle = ink.picture;
  context.fillRect(box.left, box.top, box.width, box.height);
  drawGrid(context, panel, box);
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.width, box.height);
  context.clip();
  if (panel.curves) drawF0(context, panel, box);
  else drawMel(context, panel, box);
  context.restore();
}

// Hz on the left, note names on the right.
function drawGrid(context, panel, box) {
  const { shareOf } = vertical(panel);
  const yOf = (hz) => box.top + (1 - shareOf(hz)) * box.height;
  context.font = theme.font(11);
  context.textBaseline = 'middle';
  const label = (ticks, text, x, align, lines, unit) => {
    context.textAlign = align;
    context.fillStyle = ink.quiet;
    if (unit) context.fillText(unit, x, box.top + 6);
    let last = Infinity;
    for (const hz of ticks) {
      const y = yOf(hz);
      if (y < box.top + (unit ? 19 : 5) || y > box.top + box.height - 4 || last - y < 13) continue;
      last = y;
      context.fillStyle = ink.quiet;
      context.fillText(text(hz), x, y);
      if (lines) {
        context.fillStyle = ink.grid;
        context.fillRect(box.left, Math.round(y), box.width, 1);
      }
    }
  };
  if (panel.kind === 'cents') {
    const step = [25, 50, 100, 200, 600, 1200].find((each) => 3 * each >= centsLimit(panel)) || 1200;
    label([-2, -1, 0, 1, 2].map((i) => i * step), (cents) => minus(cents) + ' ¢', box.left - 6, 'right', true);
    return;
  }
  if (panel.kind === 'f0') {
    const [low, high] = pitchRange(panel);
    const classes = high - low < 20 ? [0, 2, 4, 5, 7, 9, 11] : high - low < 36 ? [0, 4, 9] : [0];
    const pitches = [];
    for (let midi = Math.ceil(low); midi <= high; midi++) if (classes.includes(midi % 12)) pitches.push(toHz(midi));
    label(HZ_TICKS, String, box.left - 6, 'right', false, 'Hz');
    label(pitches, (hz) => noteName(toMidi(hz)), box.left + box.width + 6, 'left', true);
    return;
  }
  const kilo = (hz) => (hz >= 1000 ? hz / 1000 + 'k' : String(hz));
  const ticks = shown.band === 'low' ? [0, 500, 1000, 2000, 3000, 4000] : [0, 1000, 2000, 4000, 8000, 16000];
  label(ticks.map((hz) => hz || 1), (hz) => kilo(hz === 1 ? 0 : hz), box.left - 6, 'right', false, 'Hz');
  label([33, 45, 57, 69, 81, 93, 105].map(toHz), (hz) => noteName(toMidi(hz)), box.left + box.width + 6, 'left', false);
}

function drawF0(context, panel, box) {
  const { shareOf } = vertical(panel);
  const yOf = (hz) => box.top + (1 - shareOf(hz)) * box.height;
  context.fillStyle = ink.span;
  for (const [from, to] of panel.spans || []) context.fillRect(xOf(from, box), box.top, xOf(to, box) - xOf(from, box), box.height);
  drawNotes(context, notesOf(panel), yOf, box);
  if (panel.editable) drawHeard(context, yOf, box);
  panel.curves.forEach((curve, i) => {
    if (i === 0 && curve.confidence) drawConfidence(context, curve, box);
    drawCurve(context, curve, ink[CURVES[i % 3]], yOf, box, 2);
  });
}

function drawNotes(context, notes, yOf, box) {
  context.font = theme.font(12, 600);
  context.textAlign = 'center';
  context.textBaseline = 'bottom';
  let free = -Infinity; // x where the next name may begin
  for (const note of notes) {
    const [x, end] = [xOf(note.onset_s, box), xOf(note.offset_s, box)];
    if (end < box.left || x > box.left + box.width) continue;
    const [top, bottom] = [yOf(toHz(note.midi + 0.5)), yOf(toHz(note.midi - 0.5))];
    context.fillStyle = ink.note;
    context.beginPath();
    context.roundRect(x, top, Math.max(2, end - x - 1), bottom - top, Math.min(4, (bottom - top) / 2));
    context.fill();
    if (edit.on && note.plucked) context.fillRect(x, top, 4, bottom - top);
    if (edit.on) context.fillRect(x, bottom - 3, (end - x - 1) * note.velocity, 3);
    const name = noteName(note.midi);
    const half = context.measureText(name).width / 2;
    if (end - x < half || (x + end) / 2 - half < free) continue;
    free = (x + end) / 2 + half + 3;
    context.fillStyle = ink.noteName;
    context.fillText(name, (x + end) / 2, top - 2);
  }
}

function drawConfidence(context, curve, box) {
  const height = 0.13 * box.height;
  const bottom = box.top + box.height;
  context.fillStyle = ink.confidence;
  context.beginPath();
  context.moveTo(xOf(0, box), bottom);
  forFrames(curve, box, (i, x) => context.lineTo(x, bottom - (height * curve.confidence[i]) / 100));
  context.lineTo(Math.min(box.left + box.width, xOf(curve.hz.length * curve.frame_s, box)), bottom);
  context.fill();
}

// Call for the frames in view, and no more of them than two for each pixel.
function forFrames(curve, box, call) {
  const first = Math.max(0, Math.floor(shown.from / curve.frame_s) - 1);
  const last = Math.min(curve.hz.length - 1, Math.ceil(shown.to / curve.frame_s) + 1);
  const step = Math.max(1, Math.floor((last - first) / (2 * box.width)));
  for (let i = first; i <= last; i += step) call(i, xOf(i * curve.frame_s, box));
}

// F0 as a line that fades with its confidence and breaks where nothing is voiced.
function drawCurve(context, curve, colour, yOf, box, width) {
  let before = null;
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = width;
  context.lineCap = 'round';
  forFrames(curve, box, (i, x) => {
    const hz = curve.hz[i];
    if (hz === null) {
      before = null;
      return;
    }
    const y = yOf(hz);
    context.globalAlpha = curve.confidence ? clamp(curve.confidence[i] / 100, 0.15, 1) : 1;
    context.beginPath();
    if (before) {
      context.moveTo(...before);
      context.lineTo(x, y);
      context.stroke();
    } else {
      context.arc(x, y, width / 2, 0, 7);
      context.fill();
    }
    before = [x, y];
  });
  context.globalAlpha = 1;
}

function drawMel(context, panel, box) {
  const image = imageShown(panel);
  const read = imageOf(image);
  if (!read || read.failed) {
    context.fillStyle = ink.quiet;
    context.font = theme.font(13);
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(read ? texts.no_picture : texts.pending, box.left + box.width / 2, box.top + box.height / 2);
    return;
  }
  const columns = (s) => (s - image.start_s) / image.column_s;
  const rows = topBin(panel.axis) + 0.5;
  const from = Math.max(0, columns(shown.from));
  const to = Math.min(read.width, columns(shown.to));
  const [x, end] = [from, to].map((column) => xOf(image.start_s + column * image.column_s, box));
  context.imageSmoothingQuality = 'high';
  context.drawImage(coloured(read, image, panel.kind), from, read.height - rows, to - from, rows, x, box.top, end - x, box.height);
  const { shareOf } = vertical(panel);
  const yOf = (hz) => box.top + (1 - shareOf(hz)) * box.height;
  if (panel.overlay && firstCurve()) {
    drawCurve(context, { ...firstCurve(), confidence: null }, ink.halo, yOf, box, 4);
    drawCurve(context, { ...firstCurve(), confidence: null }, ink.f0, yOf, box, 1.5);
  }
  drawPlucks(context, panel.plucks || [], box);
}

function drawPlucks(context, plucks, box) {
  const visible = plucks.filter((s) => s >= shown.from && s <= shown.to);
  const dense = visible.length > box.width / 10; // then only short marks
  context.fillStyle = ink.pluck;
  for (const s of visible) {
    const x = xOf(s, box);
    context.globalAlpha = 0.35;
    context.fillRect(x - 0.5, box.top, 1, dense ? 8 : box.height);
    context.globalAlpha = 1;
    if (dense) continue;
    context.beginPath();
    context.moveTo(x - 4.5, box.top + 3);
    context.lineTo(x + 4.5, box.top + 3);
    context.lineTo(x, box.top + 11);
    context.fill();
  }
}

// Ticks at an edge of the box: labels above them, or below.
function drawRuler(context, box, below) {
  const step = timeStep(shown.to - shown.from, box.width);
  context.font = theme.font(11);
  context.textAlign = 'center';
  context.textBaseline = below ? 'top' : 'alphabetic';
  context.fillStyle = ink.quiet;
  const [tick, label] = below ? [box.top, box.top + 9] : [box.top + box.height - 6, box.top + box.height - 11];
  for (let i = Math.ceil(shown.from / step - 1e-6); i * step <= shown.to + 1e-6; i++) {
    const x = xOf(i * step, box);
    context.fillRect(Math.round(x), tick, 1, 6);
    const last = i * step + step > shown.to;
    const text = step >= 5 && shown.to > 90 ? clock(i * step).slice(0, -2) : Number((i * step).toFixed(2)) + (last ? ' s' : '');
    context.fillText(text, clamp(x, box.left + 8, box.left + box.width - 10), label);
  }
}
