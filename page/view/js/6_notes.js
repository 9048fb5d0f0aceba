// The note table and its file, and the picture as a file: what the pictures show, for ears, eyes and other programs.
const NOTE_COLUMNS = {
  time: (note) => note.onset_s.toFixed(2),
  name: (note) => noteName(note.midi),
  cents: (note) => signed(Math.round(100 * (note.midi - Math.round(note.midi)))),
  length: (note) => (note.offset_s - note.onset_s).toFixed(2),
  velocity: (note) => note.velocity.toFixed(2),
  begins: (note) => (note.plucked ? texts.plucked : texts.slid),
};

function make(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function fill(template, values) {
  return Object.entries(values).reduce((text, [name, value]) => text.replace('{' + name + '}', value), template);
}

function showNotes() {
  const notes = value.notes || [];
  find('.notes').hidden = !notes.length;
  find('.notes summary').textContent = fill(texts.notes, { count: notes.length });
  const heads = Object.keys(NOTE_COLUMNS).map((name) => make('th', { scope: 'col', textContent: texts[name] }));
  find('.notes thead').replaceChildren(make('tr', {}, ...heads));
  find('.notes tbody').replaceChildren(...notes.map(noteRow));
}

function noteRow(note) {
  const cells = Object.entries(NOTE_COLUMNS).map(([name, text]) => {
    if (name !== 'time') return make('td', { textContent: text(note) });
    const button = make('button', { type: 'button', textContent: text(note), onclick: () => playFrom(note.onset_s) });
    button.ariaLabel = fill(texts.go, { time: text(note) });
    return make('td', {}, button);
  });
  return make('tr', {}, ...cells);
}

function download(blob, name) {
  const url = URL.createObjectURL(blob);
  make('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

// The pictures as they are shown, with their titles, on one canvas of 1200 points by 2 pixels.
async function savePicture() {
  const [width, panel, title, edge] = [1200, 200, 30, 50];
  const height = panels.length * (panel + title) + 60;
  const canvas = new OffscreenCanvas(2 * width, 2 * height);
  const context = canvas.getContext('2d');
  context.scale(2, 2);
  context.fillStyle = ink.page;
  context.fillRect(0, 0, width, height);
  panels.forEach(({ spec }, i) => {
    const top = 12 + i * (panel + title);
    context.fillStyle = ink.text;
    context.font = theme.font(14, 600);
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillText(spec.title, edge, top + title / 2);
    drawPanel(context, spec, { left: edge, top: top + title, width: width - 2 * edge, height: panel });
  });
  drawRuler(context, { left: edge, top: height - 46, width: width - 2 * edge }, true);
  context.fillStyle = ink.quiet;
  context.textAlign = 'right';
  context.fillText('Hum2Guitar', width - edge, height - 14);
  download(await canvas.convertToBlob({ type: 'image/png' }), texts.picture_file);
}
