'use strict';
// Scales: frequency, pitch, time and colour.
const NAMES = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B'];
const clamp = (x, low, high) => Math.min(Math.max(x, low), high);
const toMidi = (hz) => 69 + 12 * Math.log2(hz / 440);
const toHz = (midi) => 440 * 2 ** ((midi - 69) / 12);
const noteName = (midi) => NAMES[((Math.round(midi) % 12) + 12) % 12] + (Math.floor(Math.round(midi) / 12) - 1);
const signed = (x) => (x < 0 ? '−' : '+') + Math.abs(x);
const minus = (x) => String(x).replace('-', '−');

// Slaney's mel scale: linear to 1 kHz, logarithmic above (hum2guitar/mel_scale.py).
const LOG_STEP = Math.log(6.4) / 27;
const hzToMel = (hz) => (hz < 1000 ? (hz * 3) / 200 : 15 + Math.log(hz / 1000) / LOG_STEP);
const melToHz = (mel) => (mel < 15 ? (mel * 200) / 3 : 1000 * Math.exp(LOG_STEP * (mel - 15)));
// The centre of mel bin b lies b + 1 steps above fmin, of n_mels + 1 steps in all.
const melStep = (axis) => (hzToMel(axis.fmax_hz) - hzToMel(axis.fmin_hz)) / (axis.n_mels + 1);
const hzToBin = (hz, axis) => (hzToMel(hz) - hzToMel(axis.fmin_hz)) / melStep(axis) - 1;
const binToHz = (bin, axis) => Math.max(0, melToHz(hzToMel(axis.fmin_hz) + (bin + 1) * melStep(axis)));

function clock(s) {
  const tenths = Math.floor(s * 10 + 1e-6);
  return Math.floor(tenths / 600) + ':' + String(Math.floor((tenths % 600) / 10)).padStart(2, '0') + '.' + (tenths % 10);
}

function timeStep(span, pixels) {
  const wanted = (span * 50) / pixels;
  return [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120].find((step) => step >= wanted) || 300;
}

// Colours are mixed in OKLab (B. Ottosson, 2020), where equal steps look equal. Lightness is linear in the level, so
// that the pictures can be read in grey and by every kind of colour vision.
const linear = (x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
const gamma = (x) => (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055);

function toLab([red, green, blue]) {
  const [r, g, b] = [red, green, blue].map((x) => linear(x / 255));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function toRgb([light, a, b]) {
  const l = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (light - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((x) => Math.round(255 * gamma(clamp(x, 0, 1))));
}

const lch = (light, chroma, hue) => [light, chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)];

function mix(anchors, share) {
  let next = 1;
  while (next < anchors.length - 1 && anchors[next][0] < share) next++;
  const [from, start] = anchors[next - 1];
  const [to, end] = anchors[next];
  const part = clamp((share - from) / (to - from), 0, 1);
  return toRgb(start.map((x, i) => x + part * (end[i] - x)));
}

// 256 colours from the background of the theme (quiet) to its opposite (loud).
function levelColours(background, dark) {
  const start = toLab(background);
  const end = dark ? 0.97 : 0.2;
  const at = (share, chroma, hue) => [share, lch(start[0] + share * (end - start[0]), chroma, hue)];
  const anchors = dark
    ? [[0, start], at(0.22, 0.12, 285), at(0.46, 0.19, 345), at(0.72, 0.16, 45), at(1, 0.07, 100)]
    : [[0, start], at(0.2, 0.08, 80), at(0.45, 0.17, 42), at(0.72, 0.17, 350), at(1, 0.1, 285)];
  return Array.from({ length: 256 }, (_, i) => mix(anchors, i / 255));
}

// 256 colours from blue (the first is quieter) over the background (equal) to orange (the first is louder).
function differenceColours(background, dark) {
  const [blue, orange] = dark ? [lch(0.75, 0.14, 245), lch(0.78, 0.16, 60)] : [lch(0.42, 0.15, 255), lch(0.5, 0.15, 45)];
  const anchors = [[0, blue], [0.5, toLab(background)], [1, orange]];
  return Array.from({ length: 256 }, (_, i) => mix(anchors, i / 255));
}
