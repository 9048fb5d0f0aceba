// The transport: all sounds of a take start together, and one of them is heard.
const FADE_S = 0.01;
const TARGET_DB = -18;

const transport = {
  context: null,
  master: null,
  volume: 0.64,
  sounds: [], // { label, url, bytes, buffer, loudness, peak, failed }
  chosen: 0,
  group: null, // what plays now
  parked: 0, // s, the position while nothing plays
  loop: null, // [s, s]

  // Keep what is loaded already, load what is new.
  load(sounds) {
    this.sounds = sounds.map((sound) => {
      const url = sound.file ? sound.file.url : null;
      const known = this.sounds.find((each) => each.url && each.url === url);
      const loaded = Object.assign(known || { buffer: null, gain: 1, failed: false }, { id: sound.id, label: sound.label, url });
      if (url && !known) (loaded.bytes = fetchBytes(url)).catch(() => (loaded.bytes = null));
      return loaded;
    });
    if (navigator.userActivation && navigator.userActivation.hasBeenActive) this.decode();
  },

  // A browser lets a page play only after the visitor did something; before that, nothing is decoded.
  async decode() {
    if (!this.context) {
      this.context = new AudioContext();
      this.master = new GainNode(this.context, { gain: this.volume });
      this.master.connect(this.context.destination);
    }
    await Promise.all(this.sounds.map((sound) => (sound.decoding = sound.decoding || (sound.url ? this.decodeOne(sound) : null))));
    this.match();
    // a sound that came while others play joins them, or takes the place of the one before
    const voices = this.group && this.group.voices;
    if (voices && this.sounds.some((sound, i) => sound.buffer && voices[i]?.source.buffer !== sound.buffer)) this.seek(this.position());
  },

  // A sound that fails is tried again when decoding is asked for again.
  async decodeOne(sound) {
    const before = sound.failed;
    try {
      const buffer = await this.context.decodeAudioData((await (sound.bytes || fetchBytes(sound.url))).slice(0));
      Object.assign(sound, { buffer, failed: false }, await measure(buffer));
    } catch (error) {
      Object.assign(sound, { decoding: null, failed: true });
    }
    sound.bytes = null;
    if (sound.failed !== before) showSounds();
  },

  // Give all sounds one loudness, the highest that no peak clips at.
  match() {
    const loaded = this.sounds.filter((sound) => sound.buffer);
    const target = Math.min(TARGET_DB, ...loaded.map((sound) => sound.loudness - sound.peak - 0.5));
    for (const sound of loaded) sound.gain = 10 ** ((target - sound.loudness) / 20);
  },

  get playing() {
    return Boolean(this.group);
  },

  get duration() {
    return Math.max(0, ...this.sounds.map((sound) => (sound.buffer ? sound.buffer.duration : 0)));
  },

  position() {
    const group = this.group;
    if (!group) return this.parked;
    const heard = Math.max(0, this.context.currentTime - group.at - (this.context.outputLatency || 0));
    let s = group.offset + heard;
    if (group.loop && s >= group.loop[1]) s = group.loop[0] + ((s - group.loop[0]) % (group.loop[1] - group.loop[0]));
    return Math.min(s, this.duration);
  },

  async play() {
    document.dispatchEvent(new CustomEvent('view:pause', { detail: this }));
    this.starting = true;
    await Promise.all([this.decode(), this.context.resume()]);
    const wanted = this.starting;
    this.starting = false;
    if (!wanted || this.group || !this.duration) return;
    if (navigator.audioSession) navigator.audioSession.type = 'playback'; // an iPhone's switch for silence
    this.start(this.parked >= this.duration - 0.02 ? 0 : this.parked);
    changed();
  },

  pause() {
    this.starting = false;
    if (!this.group) return;
    this.parked = this.position();
    this.stop();
    if (navigator.audioSession) navigator.audioSession.type = 'auto';
    changed();
  },

  start(s) {
    const { context } = this;
    const rate = context.sampleRate;
    const whole = (x) => Math.round(x * rate) / rate; // a loop begins and ends exactly at a sample
    const loop = this.loop && this.loop.map(whole);
    const offset = whole(loop && (s < loop[0] || s >= loop[1]) ? loop[0] : s);
    const at = context.currentTime + FADE_S;
    const fade = new GainNode(context, { gain: 0 });
    fade.gain.setValueAtTime(0, at);
    fade.gain.linearRampToValueAtTime(1, at + FADE_S);
    fade.connect(this.master);
    const length = Math.max(...this.sounds.map((sound) => (sound.buffer ? sound.buffer.length : 0)));
    const voices = this.sounds.map((sound, i) => {
      if (!sound.buffer) return null;
      sound.buffer = padded(context, sound.buffer, length);
      const source = new AudioBufferSourceNode(context, { buffer: sound.buffer, loop: Boolean(loop) });
      if (loop) [source.loopStart, source.loopEnd] = loop;
      const gain = new GainNode(context, { gain: i === this.chosen ? sound.gain : 0 });
      source.connect(gain).connect(fade);
      source.start(at, offset);
      return { source, gain };
    });
    const group = (this.group = { at, offset, loop, fade, voices });
    const first = voices.find(Boolean);
    if (first) first.source.onended = () => this.ended(group);
  },

  ended(group) {
    if (this.group !== group) return;
    this.group = null;
    this.parked = 0;
    changed();
  },

  stop() {
    const { fade, voices } = this.group;
    const now = this.context.currentTime;
    fade.gain.cancelScheduledValues(now);
    fade.gain.setValueAtTime(fade.gain.value, now);
    fade.gain.linearRampToValueAtTime(0, now + FADE_S);
    for (const voice of voices) if (voice) voice.source.stop(now + FADE_S);
    this.group = null;
  },

  seek(s) {
    this.parked = Math.max(0, s);
    if (this.group) {
      this.stop();
      this.start(this.parked);
    }
    changed();
  },

  // Switch the sound; the position stays.
  choose(i) {
    this.chosen = i;
    if (this.group) {
      const now = this.context.currentTime;
      this.group.voices.forEach((voice, k) => {
        if (!voice) return;
        voice.gain.gain.cancelScheduledValues(now);
        voice.gain.gain.setValueAtTime(voice.gain.gain.value, now);
        voice.gain.gain.linearRampToValueAtTime(k === i ? this.sounds[k].gain : 0, now + FADE_S);
      });
    }
    changed();
  },

  setLoop(loop) {
    this.loop = loop;
    if (this.group) this.seek(this.position());
    else if (loop && (this.parked < loop[0] || this.parked >= loop[1])) this.seek(loop[0]);
    else changed();
  },

  setVolume(share) {
    this.volume = share * share;
    if (this.master) this.master.gain.setTargetAtTime(this.volume, this.context.currentTime, FADE_S);
  },
};

const fetchBytes = (url) => fetch(url).then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(answer.status)));

function padded(context, buffer, length) {
  if (buffer.length >= length) return buffer;
  const longer = new AudioBuffer({ length, numberOfChannels: buffer.numberOfChannels, sampleRate: buffer.sampleRate });
  for (let i = 0; i < buffer.numberOfChannels; i++) longer.copyToChannel(buffer.getChannelData(i), i);
  return longer;
}

// Loudness as ITU-R BS.1770 measures it (K-weighting, then a gate on blocks of 400 ms), and the peak, both in dB.
async function measure(buffer) {
  const offline = new OfflineAudioContext(1, buffer.length, buffer.sampleRate);
  const source = new AudioBufferSourceNode(offline, { buffer });
  const shelf = new BiquadFilterNode(offline, { type: 'highshelf', frequency: 1500, gain: 4 });
  const highpass = new BiquadFilterNode(offline, { type: 'highpass', frequency: 38, Q: -6 });
  source.connect(shelf).connect(highpass).connect(offline.destination);
  source.start();
  const weighted = (await offline.startRendering()).getChannelData(0);
  const block = Math.round(0.4 * buffer.sampleRate);
  const powers = [];
  for (let start = 0; start < weighted.length; start += block / 4) {
    let sum = 0;
    const from = Math.floor(start);
    const to = Math.min(from + block, weighted.length);
    for (let i = from; i < to; i++) sum += weighted[i] * weighted[i];
    powers.push(sum / block + 1e-12);
  }
  const mean = (all) => all.reduce((sum, power) => sum + power, 0) / all.length;
  const gate = mean(powers) / 10;
  let peak = 1e-6;
  for (const x of buffer.getChannelData(0)) peak = Math.max(peak, Math.abs(x));
  return { loudness: 10 * Math.log10(mean(powers.filter((power) => power >= gate))), peak: 20 * Math.log10(peak) };
}
