/** Electric piano: two FM pairs, a body at 1:1 and a tine at 1:14 (J. Chowning, 1973; the pairs are those of tine pianos). */

import { Sound, audible, glide, hertz } from './sound.js';

export function play(note) {
  const { context, velocity } = note, f = hertz(note.note);
  const low = Math.min(1, Math.max(0, (96 - note.note) / 60)); // deep notes ring longer and richer
  const sound = new Sound(note, {
    level: 0.34 * (0.25 + 0.75 * velocity ** 1.4), attack: 0.002, decay: 1.2 + 3.4 * low, release: 0.16,
  });
  const body = pair(sound, f, f, (0.35 + 1.5 * velocity ** 2) * (0.35 + 0.65 * low), 0.12, 1.1);
  const tine = f * 14;
  if (audible(context, tine)) {
    const level = new GainNode(context, { gain: 0.32 * velocity * low });
    level.connect(sound.amp);
    glide(level.gain, sound.when, 0.34 * velocity * (0.3 + 0.7 * low), 0, 0.5);
    pair(sound, f, tine, 0.9 * velocity, 0, 0.25, level);
  }
  sound.bound(6);
  body.detune.value = 0;
  return sound;
}

/** A carrier whose phase a modulator bends; the index falls from `index` to `rest` of it. */
function pair(sound, carrier, modulator, index, rest, seconds, into = sound.amp) {
  const { context } = sound;
  const depth = new GainNode(context, { gain: 0 });
  glide(depth.gain, sound.when, index * modulator, index * rest * modulator, seconds);
  const tone = sound.oscillator({ frequency: carrier }, into);
  sound.oscillator({ frequency: modulator }, depth);
  depth.connect(tone.frequency);
  return tone;
}
