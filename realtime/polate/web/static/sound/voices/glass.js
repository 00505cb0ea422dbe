/** Glass: a pure tone, a second one a breath beside it, and high partials that fade first. */

import { Sound, audible, glide, hertz } from './sound.js';

const PARTIALS = [[2, 0.16, 1.4], [3.01, 0.1, 0.8], [5.43, 0.06, 0.35], [8.2, 0.03, 0.18]]; // ratio, level, seconds

export function play(note) {
  const { context, velocity } = note, f = hertz(note.note);
  const ring = 2.6 + 2 * Math.max(0, (72 - note.note) / 40);
  const sound = new Sound(note, { level: 0.3 * (0.25 + 0.75 * velocity ** 1.3), attack: 0.006, decay: ring, release: 0.7 });
  sound.oscillator({ frequency: f });
  const beside = new GainNode(context, { gain: 0.45 });
  beside.connect(sound.amp);
  sound.oscillator({ frequency: f, detune: 4 }, beside);
  for (const [ratio, level, seconds] of PARTIALS) {
    if (!audible(context, f * ratio)) continue;
    const gain = new GainNode(context, { gain: 0 });
    glide(gain.gain, sound.when, level * (0.35 + 1.2 * velocity), 0, seconds);
    gain.connect(sound.amp);
    sound.oscillator({ frequency: f * ratio }, gain);
  }
  sound.bound(ring * 1.3);
  return sound;
}
