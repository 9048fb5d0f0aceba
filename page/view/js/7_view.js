// The view: what Gradio sends becomes sounds and panels; what the visitor does becomes a new drawing.
const find = (selector) => element.querySelector(selector);
const all = (selector) => element.querySelectorAll(selector);
let texts = {};
let value = {};
let panels = []; // { spec, canvas, caption, figure, choice }
let lastSound = null; // id of the last sound that the pictures followed
let theme = {};
let ink = {}; // colours of the style sheet, by name
const position = () => transport.position();
const region = { on: false, from: 0, to: 0 }; // the loop, kept while it is off

const duration = () => value.duration_s || transport.duration;
const firstCurve = () => {
  const f0 = (value.panels || []).find((panel) => panel.kind === 'f0');
  return f0 && f0.curves[0];
};

// The image that a panel shows: the chosen one, or that of the sound that plays.
function imageShown(panel) {
  const choice = panels.find((each) => each.spec === panel).choice;
  const fixed = panel.images.filter((image) => !image.sound);
  if (choice !== 'follows' && fixed.length) return fixed[choice] || fixed[0];
  const sounding = (id) => panel.images.find((image) => image.sound === id);
  const now = transport.sounds[transport.chosen];
  if (now && sounding(now.id)) lastSound = now.id;
  return sounding(lastSound) || panel.images.find((image) => image.sound) || fixed[0];
}

// In the language of the visitor, if a script of the page translates; the English text is the key.
function translated(part) {
  const told = (window.hum2guitar || {}).told || ((text) => text);
  if (typeof part === 'string') return told(part);
  if (!part || typeof part !== 'object' || typeof part[0] === 'number') return part;
  if (Array.isArray(part)) return part.map(translated);
  return Object.fromEntries(Object.entries(part).map(([key, each]) => [key, FIXED.includes(key) ? each : translated(each)]));
}
const FIXED = ['file', 'id', 'take', 'kind', 'sound', 'starts_with', 'hz', 'confidence'];

function update() {
  const given = props.value && typeof props.value === 'object' ? props.value : {};
  const another = !given.take || given.take !== value.take;
  value = translated(given);
  texts = translated({ ...props.texts, ...given.texts });
  if (another) {
    transport.pause();
    Object.assign(transport, { parked: 0, loop: null, touched: false });
    Object.assign(region, { on: false, from: 0, to: 0 });
  }
  keepImages(value);
  transport.load(value.sounds || []);
  // the sound that the value begins with, until the visitor chooses
  const wanted = transport.sounds.findIndex((sound) => sound.id === value.starts_with && sound.url);
  if (!transport.touched && !transport.playing) transport.chosen = Math.max(0, wanted);
  showTexts();
  takeNotes(another);
  showPanels(another);
  showEditor();
  showSounds();
  showNotes();
  showTab();
  showFiles();
  if (another || shown.to > duration()) show(0, duration());
  if (transport.playing && !another) transport.decode();
  find('.view').hidden = !panels.length && !transport.sounds.length;
  changed();
}

function showTexts() {
  for (const each of all('[data-text]')) each.textContent = texts[each.dataset.text];
  for (const each of all('[data-label]')) each.ariaLabel = texts[each.dataset.label];
  const tops = (value.panels || []).filter((panel) => panel.axis).map((panel) => panel.axis.fmax_hz);
  find('[data-band=full]').textContent = fill(texts.full, { khz: Math.floor(Math.max(0, ...tops) / 1000) });
  find('.bands').hidden = !tops.some((hz) => hz > LOW_HZ);
  find('.ruler').title = texts.loop_hint;
  const keys = { Space: 'space', '1 2 3': 'sounds', '← →': 'arrows', '↑ ↓': 'updown', 'Home End': 'ends', '[ ]': 'brackets', L: 'loop', '+ − 0': 'zoom' };
  const editing = { '← →': 'choose', '↑ ↓': 'pitch', ', .': 'end', '< >': 'begin', 'Page ↑ ↓': 'loudness', 'S N J P Del': 'letters', Enter: 'hear', 'Ctrl Z Y': 'undo', Esc: 'leave' };
  const rows = (all) => Object.entries(all).flatMap(([key, name]) => [make('dt', {}, make('kbd', { textContent: key })), make('dd', { textContent: texts['key_' + name] })]);
  const more = (value.panels || []).some((panel) => panel.editable) ? [make('dt', { className: 'more', textContent: texts.edit_keys }), ...rows(editing)] : [];
  find('.keys dl').replaceChildren(...rows(keys), ...more);
}

function showSounds() {
  const buttons = transport.sounds.map((sound, i) => {
    const label = sound.failed ? fill(texts.no_sound, { sound: sound.label }) : sound.label;
    const button = make('button', { type: 'button', onclick: () => choose(i), disabled: !sound.url });
    button.append(make('kbd', { textContent: i + 1 }), make('span', { textContent: label }));
    button.style.setProperty('--mine', 'var(--sound-' + (i % 3) + ')');
    button.classList.toggle('pending', !sound.url);
    return button;
  });
  const before = [...find('.sounds').children];
  const at = before.indexOf(document.activeElement);
  find('.sounds').replaceChildren(...buttons);
  if (at >= 0 && buttons[at]) buttons[at].focus();
  changed();
}

// A panel keeps its canvas and its choice as long as the kinds of the panels stay.
function showPanels(another) {
  const specs = [...(value.panels || []), ...(value.tab ? [value.tab] : [])];
  if (!same(specs.map((spec) => spec.kind), panels.map((panel) => panel.spec.kind))) {
    panels = specs.map((spec, i) => (panels[i] && panels[i].spec.kind === spec.kind ? panels[i] : newPanel(spec)));
    find('.plots').replaceChildren(...panels.map((panel) => panel.figure));
  }
  panels.forEach((panel, i) => {
    panel.spec = specs[i];
    if (another) panel.choice = 0;
    showCaption(panel);
  });
}

function newPanel(spec) {
  const panel = { spec, canvas: make('canvas', {}), caption: make('figcaption', {}), choice: 0 };
  panel.canvas.role = 'img';
  panel.figure = make('figure', { className: spec.kind }, panel.caption, panel.canvas);
  new ResizeObserver(drawSoon).observe(panel.canvas);
  return panel;
}

function showCaption(panel) {
  if (panel.caption.querySelector('input')?.typing) return; // what is typed would be lost
  const { spec } = panel;
  const legend = spec.curves ? spec.curves.map((curve, i) => [CURVES[i % 3], curve.label]) : [];
  if (legend.length && (spec.notes || []).length) legend.push(['note', texts.note]);
  if (legend.length && spec.curves[0].confidence) legend.push(['confidence', texts.confidence]);
  const keys = legend.map(([name, label]) => make('span', { className: 'key ' + name, textContent: label }));
  panel.caption.replaceChildren(make('strong', { textContent: spec.title }), ...keys, ...imageChoices(panel), ...beatChoices(spec));
  panel.canvas.ariaLabel = described(spec);
}

function described(spec) {
  if (spec.kind === 'cents' || spec.kind === 'tab') return spec.title;
  if (spec.kind !== 'f0') return fill(texts.mel_shown, { title: spec.title, khz: shown.band === 'low' ? 5 : Math.floor(spec.axis.fmax_hz / 1000) });
  const [low, high] = pitchRange(spec).map(noteName);
  return fill(texts.f0_shown, { title: spec.title, low, high });
}

function imageChoices(panel) {
  const images = panel.spec.images || [];
  const fixed = images.filter((image) => !image.sound);
  const choices = fixed.map((image, i) => [i, image.label]);
  if (images.some((image) => image.sound)) choices.push(['follows', texts.follows]);
  if (choices.length < 2) return [];
  const buttons = choices.map(([choice, label]) => {
    const button = make('button', { type: 'button', textContent: label });
    button.ariaPressed = panel.choice === choice;
    button.onclick = () => {
      panel.choice = choice;
      for (const each of buttons) each.ariaPressed = each === button;
      drawSoon();
    };
    button.onpointerdown = (event) => event.stopPropagation(); // it does not seek
    return button;
  });
  const group = make('span', { className: 'choices', role: 'group' }, ...buttons);
  group.ariaLabel = texts.image;
  return [group];
}

// What happens when the visitor acts.
const toggle = () => (transport.playing || transport.starting ? transport.pause() : transport.play());

function choose(i) {
  transport.touched = true;
  transport.choose(i);
  if (transport.sounds[i].failed) transport.decode();
  drawSoon(); // pictures follow the sound
}

function playFrom(s) {
  seek(s);
  if (!transport.playing) transport.play();
}

// The state of the transport as the page shows it.
function changed() {
  const ready = transport.sounds.some((sound) => sound.url);
  const play = find('.play');
  play.disabled = !ready;
  play.ariaPressed = transport.playing;
  play.ariaLabel = transport.playing ? texts.pause : texts.play;
  const loop = find('.loop');
  loop.disabled = !duration();
  loop.ariaPressed = region.on;
  find('.save').disabled = !panels.length;
  [...find('.sounds').children].forEach((button, i) => button.ariaPressed = i === transport.chosen);
  find('.view').style.setProperty('--now', 'var(--sound-' + (transport.chosen % 3) + ')');
  showPosition();
  drawSoon();
  if (transport.playing) soon('tick', tick);
}

function tick() {
  if (!transport.playing) return;
  const s = position();
  if (!region.on) reveal(s);
  showPosition();
  soon('tick', tick);
}

// Once before the next frame, however often it is asked for.
const waiting = new Map();
function soon(name, call) {
  if (!waiting.has(name)) {
    requestAnimationFrame(() => {
      const latest = waiting.get(name);
      waiting.delete(name);
      latest();
    });
  }
  waiting.set(name, call);
}
function drawSoon() {
  soon('draw', draw);
}

// Geometry: the plots have margins for their axes, wider where there is room.
function plotBox() {
  const width = find('.pictures').clientWidth;
  const [left, right] = width < 520 ? [34, 30] : [46, 42];
  return { left, top: 0, width: Math.max(1, width - left - right) };
}

function onCanvas(canvas, call) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  }
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  call(context, height);
}

function draw() {
  if (!element.isConnected || !find('.pictures').clientWidth) return;
  readTheme();
  const box = plotBox();
  onCanvas(find('.ruler canvas'), (context, height) => duration() && drawRuler(context, { ...box, height }));
  onCanvas(find('.axis'), (context) => duration() && drawRuler(context, box, true));
  for (const { canvas, spec } of panels) onCanvas(canvas, (context, height) => drawPanel(context, spec, { ...box, height }));
  placeEditor();
  drawBar();
  for (const layer of all('.layer')) layer.style.cssText = 'left:' + box.left + 'px;width:' + box.width + 'px';
  find('.hint').hidden = region.to > region.from;
  for (const marked of all('.region')) {
    marked.hidden = region.to <= region.from;
    marked.classList.toggle('off', !region.on);
    marked.style.left = xOf(region.from, { left: 0, width: box.width }) + 'px';
    marked.style.width = ((region.to - region.from) / (shown.to - shown.from)) * box.width + 'px';
  }
  const scroll = find('.scroll');
  const hiddenSpan = duration() - (shown.to - shown.from);
  scroll.hidden = hiddenSpan < 0.001;
  scroll.value = hiddenSpan ? (1000 * shown.from) / hiddenSpan : 0;
  showPosition();
  showCursor();
}

function showPosition() {
  const s = Math.min(position(), duration());
  const { width } = plotBox();
  const head = find('.playhead');
  for (const each of [head, find('.head')]) {
    each.style.transform = 'translateX(' + xOf(s, { left: 0, width }) + 'px)';
    each.classList.toggle('away', !duration() || s < shown.from || s > shown.to);
  }
  find('.clock').textContent = clock(s) + ' / ' + clock(duration());
  head.ariaValueMax = duration().toFixed(2);
  head.ariaValueNow = s.toFixed(2);
  const note = (value.notes || []).find((each) => each.onset_s <= s && s < each.offset_s);
  if (!cursor.on) head.ariaValueText = s.toFixed(1) + ' s' + (note ? ', ' + noteName(note.midi) : '');
}

function showCursor() {
  const readout = find('.readout');
  const across = find('.across');
  readout.hidden = across.hidden = !cursor.on || !panels[cursor.panel];
  if (readout.hidden) return;
  readout.textContent = reading();
  find('.playhead').ariaValueText = readout.textContent;
  const pictures = find('.pictures').getBoundingClientRect();
  const bounds = panels[cursor.panel].canvas.getBoundingClientRect();
  const y = bounds.top - pictures.top + (1 - cursor.share) * bounds.height;
  const x = xOf(cursor.s, plotBox());
  across.style.cssText = 'left:' + (x - plotBox().left) + 'px;--y:' + y + 'px';
  const left = clamp(x + 14, 0, pictures.width - readout.offsetWidth);
  const under = x + 14 + readout.offsetWidth > pictures.width && x - 14 - readout.offsetWidth > 0;
  readout.style.transform = 'translate(' + (under ? x - 14 - readout.offsetWidth : left) + 'px,' + Math.max(0, y - 40) + 'px)';
}

function drawBar() {
  for (const kind of ['mel', 'difference']) {
    const bar = find('.bar.' + kind);
    const panel = panels.find(({ spec }) => spec.kind === kind && imageShown(spec));
    bar.hidden = !panel;
    if (!panel) continue;
    const [low, high] = scaleOf(imageShown(panel.spec), kind).map((db) => minus(db));
    const colours = kind === 'difference' ? theme.difference : theme.level;
    const canvas = bar.querySelector('canvas');
    onCanvas(canvas, (context, height) => {
      const width = canvas.clientWidth;
      for (let x = 0; x < width; x++) {
        context.fillStyle = 'rgb(' + colours[Math.round((255 * x) / (width - 1))].join() + ')';
        context.fillRect(x, 0, 1, height);
      }
    });
    canvas.ariaLabel = fill(texts.bar, { low, high });
    bar.querySelector('span').textContent = fill(kind === 'difference' ? texts.difference : texts.level, { low, high });
  }
}

// Colours come from the style sheet, so that a theme is one place.
function readTheme() {
  const dark = document.body.classList.contains('dark');
  const style = getComputedStyle(element);
  const names = { page: 'page', picture: 'picture', text: 'text', quiet: 'quiet', grid: 'grid', line: 'line', span: 'span', note: 'note', noteName: 'note-name', confidence: 'confidence', f0: 'f0', second: 'second', third: 'third', halo: 'halo', pluck: 'pluck' };
  const css = {};
  for (const [name, variable] of Object.entries(names)) css[name] = style.getPropertyValue('--' + variable).trim();
  if (theme.name === dark + css.picture) return;
  const background = css.picture.match(/[0-9a-f]{2}/gi).map((hex) => parseInt(hex, 16));
  const family = style.fontFamily;
  ink = css;
  theme = { name: dark + css.picture, level: levelColours(background, dark), difference: differenceColours(background, dark), font: (size, weight = 400) => weight + ' ' + size + 'px ' + family };
}

function listen() {
  find('.play').onclick = toggle;
  find('.loop').onclick = toggleLoop;
  find('.save').onclick = savePicture;
  find('.copy').onclick = copyTab;
  find('.volume input').oninput = (event) => transport.setVolume(event.target.value / 100);
  find('.scroll').oninput = (event) => {
    const span = shown.to - shown.from;
    const from = (event.target.value / 1000) * (duration() - span);
    show(from, from + span);
  };
  for (const button of all('[data-zoom]')) button.onclick = () => zoom(Number(button.dataset.zoom), focus());
  for (const button of all('[data-band]')) {
    button.onclick = () => {
      shown.band = button.dataset.band;
      for (const each of all('[data-band]')) each.ariaPressed = each === button;
      for (const panel of panels) panel.canvas.ariaLabel = described(panel.spec);
      drawSoon();
    };
  }
  listenToNotes();
  listenToPointers();
  listenToKeys();
  // one view plays at a time; anything on the page may ask for silence, a recorder for one
  document.addEventListener('view:pause', (event) => event.detail !== transport && transport.pause());
  new MutationObserver(drawSoon).observe(document.body, { attributes: true, attributeFilter: ['class'] });
  new MutationObserver(update).observe(document.documentElement, { attributes: true, attributeFilter: ['lang'] });
  new ResizeObserver(drawSoon).observe(find('.pictures'));
}

listen();
update();
watch('value', update);
watch('made', takeFile);
watch('unplayed', forgetOrder);
