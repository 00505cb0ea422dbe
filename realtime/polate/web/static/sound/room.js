/** A small hall, made and not recorded: noise that fades, darker as it fades, different left and right. */

const SECONDS = 1.9, BEFORE = 0.012; // before the first reflection

/** @param {BaseAudioContext} context @returns {AudioBuffer} */
export function roomImpulse(context) {
  const rate = context.sampleRate, length = Math.round(rate * SECONDS), start = Math.round(rate * BEFORE);
  const buffer = new AudioBuffer({ numberOfChannels: 2, length, sampleRate: rate });
  for (let channel = 0; channel < 2; channel++) {
    const data = buffer.getChannelData(channel), chance = seeded(channel + 7);
    let low = 0, power = 0;
    for (let at = start; at < length; at++) {
      const t = (at - start) / rate;
      const dark = 0.25 + 0.6 * Math.min(1, t / 0.9); // a one-pole low-pass that closes
      low += (1 - dark) * (chance() - low);
      data[at] = low * Math.exp(-6.9 * t / 1.7) * Math.min(1, t / 0.02);
      power += data[at] ** 2;
    }
    const scale = 1 / Math.sqrt(power); // the same loudness at every rate
    for (let at = start; at < length; at++) data[at] *= scale;
  }
  return buffer;
}

/** Noise -1..1, the same each time: mulberry32. */
export function seeded(seed) {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2147483648 - 1;
  };
}
