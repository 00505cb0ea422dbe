/** Marimba: a bar's modes, tuned 1 : 4 : 10 as its makers do, and the knock of the mallet. */

import { seeded } from '../room.js';
import { Sound, audible, hertz } from './sound.js';

const MODES = [[1, 1, 1], [4, 0.28, 0.32], [10.1, 0.12, 0.14]]; // ratio, level, part of the decay

const knocks = new WeakMap(); // a burst of noise for each context

export function play(note) {
  const { context, velocity } = note, f = hertz(note.note);
  const ring = 2.4 * 2 ** ((60 - note.note) / 22); // seconds to 1 %
  const sound = new Sound(note, { level: 0.5 * (0.2 + 0.8 * velocity ** 1.3), attack: 0.0015, decay: ring, release: 0.35 });
  for (const [ratio, level, part] of MODES) {
    if (!audible(context, f * ratio)) continue;
    const strength = ratio === 1 ? level : level * (0.3 + 1.1 * velocity);
    const mode = new GainNode(context, { gain: strength });
    if (ratio !== 1) mode.gain.setTargetAtTime(0, sound.when, (ring * part) / 4.6);
    mode.connect(sound.amp);
    sound.oscillator({ frequency: f * ratio }, mode);
  }
  const filter = new BiquadFilterNode(context, { type: 'bandpass', frequency: Math.min(4200, f * 5), Q: 0.7 });
  const level = new GainNode(context, { gain: 0.5 * velocity });
  filter.connect(level).connect(sound.amp);
  const knock = new AudioBufferSourceNode(context, { buffer: burst(context) });
  sound.add(knock, filter);
  sound.bound(ring * 1.2);
  return sound;
}

function burst(context) {
  if (!knocks.has(context)) {
    const buffer = new AudioBuffer({ length: Math.round(context.sampleRate * 0.025), sampleRate: context.sampleRate });
    const data = buffer.getChannelData(0), chance = seeded(3);
    for (let at = 0; at < data.length; at++) data[at] = chance() * Math.exp((-6 * at) / data.length);
    knocks.set(context, buffer);
  }
  return knocks.get(context);
}
