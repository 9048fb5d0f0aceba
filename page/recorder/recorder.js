// Asks the browser for a recording that nothing has processed, says what the browser granted, shows the level while
// recording, and explains why there is no microphone. Its texts are in page/texts.py, as window.hum2guitar.recorder.
(() => {
  const UNPROCESSED = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const EVERY_MS = 50;
  const REMEMBERED = 30; // levels, 1.5 s: the loudest of them is judged, so that a breath is not too quiet
  const QUIET_DB = -45; // RMS; a hum this soft is close to the noise of a room
  const LOUD_DB = -1; // peak; above it the recording clips
  const FLOOR_DB = -70; // the left end of the meter

  const devices = navigator.mediaDevices;
  const say = (key) => window.hum2guitar.told(window.hum2guitar.recorder[key]);

  // The lines under the recorder that was used last, which are read aloud as they change.
  const box = Object.assign(document.createElement("div"), { id: "recorder-box" });
  const meter = line("meter", "meter", "meter", { min: FLOOR_DB, max: 0, low: QUIET_DB, high: LOUD_DB, optimum: -20 });
  const level = line("level", "p", "status");
  const granted = line("granted", "p", "status");
  const help = line("help", "p", "alert");

  function line(name, tag, role, properties = {}) {
    const made = Object.assign(document.createElement(tag), { id: `recorder-${name}`, role, hidden: true, ...properties });
    box.append(made);
    return made;
  }

  document.addEventListener(
    "click",
    (event) => {
      const used = event.target.closest(".recorder");
      if (used && used.nextElementSibling !== box) used.after(box);
    },
    true,
  );

  function show(line, text) {
    line.hidden = !text;
    if (line.textContent !== text) line.textContent = text;
  }

  function explain(reason) {
    const known = window.isSecureContext ? reason : "insecure";
    const why = window.hum2guitar.recorder[known] ? known : "other";
    show(help, `${say(why)} ${say("instead")}`);
  }

  function grantedText(stream) {
    const settings = stream.getAudioTracks()[0].getSettings();
    window.hum2guitar.granted = settings;
    const on = Object.keys(UNPROCESSED).filter((name) => settings[name]);
    return on.length ? on.map(say).join(". ") : say("unprocessed");
  }

  function toDb(magnitude) {
    return 20 * Math.log10(Math.max(magnitude, 1e-6));
  }

  // Shows level and judgement until every track of the stream has ended.
  function meterOf(stream) {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    const samples = new Float32Array(analyser.fftSize);
    context.createMediaStreamSource(stream).connect(analyser);
    const recent = [];
    show(granted, grantedText(stream));
    const timer = setInterval(() => {
      if (stream.getTracks().every((track) => track.readyState === "ended")) {
        clearInterval(timer);
        context.close();
        for (const line of [meter, level, granted]) line.hidden = true;
        return;
      }
      analyser.getFloatTimeDomainData(samples);
      const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
      recent.push({ rms: toDb(rms), peak: toDb(Math.max(...samples.map(Math.abs))) });
      if (recent.length > REMEMBERED) recent.shift();
      meter.hidden = false;
      meter.value = recent[recent.length - 1].rms;
      const judged = judge(recent);
      if (judged) {
        show(level, say(judged));
        meter.setAttribute("aria-label", say(judged));
        level.dataset.level = judged;
      }
    }, EVERY_MS);
  }

  // "loud", "quiet" or "good"; nothing before enough was heard to call it quiet
  function judge(recent) {
    if (Math.max(...recent.map((heard) => heard.peak)) > LOUD_DB) return "loud";
    if (Math.max(...recent.map((heard) => heard.rms)) > QUIET_DB) return "good";
    return recent.length === REMEMBERED ? "quiet" : undefined;
  }

  function whenDrawn(then) {
    const first = document.querySelector(".recorder");
    if (!first) {
      setTimeout(() => whenDrawn(then), 200);
      return;
    }
    first.after(box);
    then();
  }

  if (!devices || !devices.getUserMedia) {
    whenDrawn(() => explain("other"));
    return;
  }

  const original = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints = {}) => {
    if (!constraints.audio) return original(constraints);
    const asked = constraints.audio === true ? {} : constraints.audio;
    try {
      const stream = await original({ ...constraints, audio: { ...asked, ...UNPROCESSED } });
      show(help, "");
      document.dispatchEvent(new CustomEvent("view:pause")); // it would be recorded
      meterOf(stream);
      return stream;
    } catch (error) {
      explain(error.name);
      throw error;
    }
  };

  whenDrawn(async () => {
    const found = await devices.enumerateDevices();
    if (!found.some((device) => device.kind === "audioinput")) explain("NotFoundError");
    const permission = await navigator.permissions.query({ name: "microphone" }).catch(() => undefined);
    if (permission && permission.state === "denied") explain("NotAllowedError");
  });
})();
