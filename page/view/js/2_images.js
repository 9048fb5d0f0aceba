// Images: a mel spectrogram comes as a greyscale PNG, one pixel for each cell; 0 is low_db and 255 is high_db.
const images = new Map(); // url → { width, height, levels } or { failed: true }, null while it loads

function imageOf(image) {
  if (!image || !image.file) return null;
  const url = image.file.url;
  if (!images.has(url)) {
    images.set(url, null);
    readImage(url).catch(() => ({ failed: true })).then((read) => {
      if (images.has(url)) images.set(url, read);
      drawSoon();
    });
  }
  return images.get(url);
}

// Each image takes several bytes for each of its pixels, so only those that a value shows are kept.
function keepImages(given) {
  const urls = (given.panels || []).flatMap((panel) => panel.images || []).map((image) => image.file && image.file.url);
  for (const url of images.keys()) if (!urls.includes(url)) images.delete(url);
}

async function readImage(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(url);
  const bitmap = await createImageBitmap(await answer.blob(), { colorSpaceConversion: 'none' });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  const levels = new Uint8Array(canvas.width * canvas.height);
  for (let i = 0; i < levels.length; i++) levels[i] = pixels[4 * i];
  return { width: canvas.width, height: canvas.height, levels };
}

// The image in the colours of the theme, on a canvas of its own; made once for each theme.
function coloured(read, image, kind) {
  if (read.theme === theme.name) return read.canvas;
  const [low, high] = scaleOf(image, kind);
  const colours = kind === 'difference' ? theme.difference : theme.level;
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const db = image.low_db + (i / 255) * (image.high_db - image.low_db);
    const [r, g, b] = colours[Math.round(255 * clamp((db - low) / (high - low), 0, 1))];
    table[i] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  const canvas = new OffscreenCanvas(read.width, read.height);
  const context = canvas.getContext('2d');
  const data = context.createImageData(read.width, read.height);
  const words = new Uint32Array(data.data.buffer);
  for (let i = 0; i < words.length; i++) words[i] = table[read.levels[i]];
  context.putImageData(data, 0, 0);
  Object.assign(read, { theme: theme.name, canvas });
  return canvas;
}

// dB at the ends of the colours: one fixed scale for all mels, and that of its file for a difference.
const scaleOf = (image, kind) => (kind === 'difference' ? [image.low_db, image.high_db] : [-35, 35]);

// Level in dB of an image at a time in s and a mel bin; null outside of it.
function levelAt(image, s, bin) {
  const read = imageOf(image);
  if (!read || read.failed) return null;
  const column = Math.floor((s - image.start_s) / image.column_s);
  const row = read.height - 1 - Math.round(bin);
  if (column < 0 || column >= read.width || row < 0 || row >= read.height) return null;
  return image.low_db + (read.levels[row * read.width + column] / 255) * (image.high_db - image.low_db);
}
