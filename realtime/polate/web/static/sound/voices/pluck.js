/**
 * Plucked string: K. Karplus and A. Strong, *Digital Synthesis of Plucked-String and Drum Timbres* (1983), with the fine
 * tuning of D. Jaffe and J. Smith (1983): an all-pass takes what is left of a sample. Each note is computed once.
 */

import { seeded } from '../room.js';
import { Sound, hertz } from './sound.js';

const SECONDS = 3.2;
const strings = new WeakMap(); // context -> note -> buffer

export function play(note) {
  const { context, velocity } = note;
  const sound = new Sound(note, { level: 0.95 * (0.25 + 0.75 * velocity ** 1.3), attack: 0.001, decay: 0, release: 0.14 });
  const soft = new BiquadFilterNode(context, {
    type: 'lowpass', frequency: Math.min(context.sampleRate * 0.45, hertz(note.note) * (2.5 + 14 * velocity ** 1.5)), Q: 0.3,
  });
  soft.connect(sound.amp);
  sound.add(new AudioBufferSourceNode(context, { buffer: string(context, note.note) }), soft);
  sound.bound(SECONDS);
  return sound;
}

function string(context, note) {
  if (!strings.has(context)) strings.set(context, new Map());
  const made = strings.get(context);
  if (!made.has(note)) made.set(note, render(context.sampleRate, note));
  return made.get(note);
}

/** @returns {AudioBuffer} */
function render(rate, note) {
  const f = hertz(note), period = rate / f;
  const bright = Math.min(0.9, 0.52 + Math.max(0, note - 52) / 90); // weight of the newer of the two samples that are averaged
  const loop = period - (1 - bright); // the average delays too: by the weight of the older sample
  const size = Math.max(2, Math.floor(loop - 0.3)), fraction = loop - size;
  const allpass = (1 - fraction) / (1 + fraction);
  const length = Math.round(rate * SECONDS);
  const buffer = new AudioBuffer({ length, sampleRate: rate }), data = buffer.getChannelData(0);
  const line = pluckShape(size, note);
  const ring = 0.7 + 2.6 * 2 ** ((48 - note) / 20); // seconds to 0.1 %
  const loss = Math.min(0.9995, 10 ** (-3 / (f * ring)));
  let at = 0, before = 0, passedIn = 0, passedOut = 0, peak = 0;
  for (let i = 0; i < length; i++) {
    const out = line[at];
    const mean = loss * (bright * out + (1 - bright) * before);
    before = out;
    passedOut = allpass * (mean - passedOut) + passedIn;
    passedIn = mean;
    line[at] = passedOut;
    at = at + 1 === size ? 0 : at + 1;
    data[i] = out;
    peak = Math.max(peak, Math.abs(out));
  }
  const fade = Math.round(rate * 0.05);
  for (let i = 0; i < length; i++) data[i] *= (1 / peak) * Math.min(1, (length - i) / fade);
  return buffer;
}

/** Noise, rounded off, plucked at a fifth of the string: what has a node there is missing. */
function pluckShape(size, note) {
  const chance = seeded(note + 11), noise = Float64Array.from({ length: size }, chance);
  for (let round = 0; round < 2 + size / 90; round++) { // a deep string is struck as softly as a high one, for its length
    for (let at = 1; at < size; at++) noise[at] = 0.55 * noise[at] + 0.45 * noise[at - 1];
  }
  const shift = Math.max(1, Math.round(size / 5));
  const line = noise.map((value, at) => value - 0.9 * noise[(at + size - shift) % size]);
  const mean = line.reduce((sum, value) => sum + value, 0) / size; // no standing offset in the loop
  return line.map((value) => value - mean);
}
