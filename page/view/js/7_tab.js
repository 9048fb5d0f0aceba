// The tablature, on the time axis of the pictures, and as a text.
function drawTab(context, panel, box) {
  context.fillStyle = ink.picture;
  context.fillRect(box.left, box.top, box.width, box.height);
  const gap = (box.height - 34) / (panel.strings.length - 1);
  const yOf = (string) => box.top + 24 + (string - 1) * gap;
  context.textBaseline = 'middle';
  context.font = theme.font(11);
  panel.strings.forEach((name, i) => {
    context.fillStyle = ink.quiet;
    context.textAlign = 'right';
    context.fillText(name, box.left - 6, yOf(i + 1));
    context.fillStyle = ink.line;
    context.fillRect(box.left, Math.round(yOf(i + 1)), box.width, 1);
  });
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.width, box.height);
  context.clip();
  drawBeats(context, panel, box, [yOf(1), yOf(panel.strings.length)]);
  context.textAlign = 'left';
  let free = -Infinity; // x where the next name may begin
  for (const note of panel.marks) {
    const x = xOf(note.onset_s, box);
    if (x > box.left + box.width || xOf(note.offset_s, box) < box.left) continue;
    context.font = theme.font(11);
    context.fillStyle = ink.noteName;
    if (x >= free) {
      context.fillText(note.name, x, box.top + 9);
      free = x + context.measureText(note.name).width + 4;
    }
    if (!note.string) continue;
    context.font = theme.font(13, 600);
    const { width } = context.measureText(note.mark);
    context.fillStyle = ink.picture;
    context.fillRect(x - 1, yOf(note.string) - 7, width + 3, 14);
    context.fillStyle = ink.text;
    context.fillText(note.mark, x, yOf(note.string) + 1);
  }
  context.restore();
}

// Thin lines at beats, stronger ones at bars of four.
function drawBeats(context, panel, box, [top, bottom]) {
  const beat = 60 / panel.bpm;
  if ((beat / (shown.to - shown.from)) * box.width < 6) return;
  context.fillStyle = ink.line;
  for (let i = Math.ceil((shown.from - panel.first_beat_s) / beat); panel.first_beat_s + i * beat <= shown.to; i++) {
    const bar = i % 4 === 0;
    context.globalAlpha = bar ? 1 : 0.5;
    context.fillRect(Math.round(xOf(panel.first_beat_s + i * beat, box)) - 4, top, bar ? 2 : 1, bottom - top);
  }
  context.globalAlpha = 1;
}

// The tempo, and whether notes are moved to the beat: settings of the page.
function beatChoices(spec) {
  if (spec.kind !== 'tab' || !props.files) return [];
  const ask = (wanted) => trigger('beat', wanted);
  const button = make('button', { type: 'button', textContent: texts.to_beat, ariaPressed: spec.moved });
  button.onclick = () => ask({ quantise: spec.moved ? 0 : 1 });
  const bpm = make('input', { type: 'number', min: 50, max: 180, value: Math.round(spec.bpm), ariaLabel: texts.bpm });
  bpm.oninput = () => (bpm.typing = true);
  bpm.onblur = () => (bpm.typing = false);
  bpm.onchange = () => {
    bpm.typing = false;
    ask({ bpm: Number(bpm.value) });
  };
  const all = make('span', { className: 'choices' }, button, make('label', {}, '♩ = ', bpm));
  all.onpointerdown = (event) => event.stopPropagation(); // it does not seek
  return [all];
}

function showTab() {
  const { tab } = value;
  find('.tab-text').hidden = !tab;
  if (tab) find('.tab-text pre').textContent = tab.text;
}

async function copyTab() {
  await navigator.clipboard.writeText(value.tab.text);
  find('.copied').textContent = texts.copied;
}

// Files: each is made by the server when it is asked for.
let orders = 0;

function showFiles() {
  const sounds = (value.sounds || []).filter((sound) => sound.file && sound.download);
  const rows = props.files ? menuRows(sounds) : sounds.map(soundLink);
  find('.menu').replaceChildren(...rows, find('.save'));
}

function soundLink(sound) {
  return make('a', { href: sound.file.url, download: sound.file.orig_name, textContent: sound.label });
}

function menuRows(sounds) {
  const of = (names, sound) => names.map((id) => {
    const button = make('button', { type: 'button', textContent: translated(props.files[id]) });
    if (sound) button.ariaLabel = sound.label + ', ' + button.textContent;
    button.onclick = () => order({ id, sound: sound ? sound.id : 'guitar' });
    return button;
  });
  if (!sounds.length) return [];
  const audible = ['wav', 'flac', 'mp3'];
  const row = (title, buttons) => make('div', {}, make('span', { textContent: title }), ...buttons);
  const others = Object.keys(props.files).filter((id) => !audible.includes(id));
  return [...sounds.map((sound) => row(sound.label, of(audible, sound))), ...of(others)];
}

// What is asked for while notes wait to be played comes after them.
function order(wanted) {
  edit.wanted = edit.stale ? wanted : null;
  sayFile(texts.making);
  if (!edit.stale) trigger('export', { ...wanted, number: ++orders });
}

// Notes that were waited for are not played, and the page says why.
function forgetOrder() {
  if (edit.wanted) sayFile('');
  edit.wanted = null;
}

const sayFile = (text) => (find('.made').textContent = text);

function takeFile() {
  const { made } = props;
  if (!made || made.number !== orders) return;
  sayFile(made.said || '');
  if (!made.file) return;
  make('a', { href: made.file.url, download: made.file.orig_name }).click();
  sayFile(fill(texts.saved, { file: made.file.orig_name }));
}
