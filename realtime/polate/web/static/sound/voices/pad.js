/** Pad: three saws, a little out of tune, spread over the room, behind a filter that opens slowly. */

import { Sound, hertz } from './sound.js';

const SAWS = [[-8, -0.6], [0, 0], [7, 0.6]]; // cents, place

export function play(note) {
  const { context, velocity } = note, f = hertz(note.note);
  // Up to two fifths at once, so that fast notes are heard too, and the rest slowly.
  const sound = new Sound(note, { level: 0.08 * (0.4 + 0.6 * velocity), attack: 0.03, decay: 0.9, sustain: 2.5, release: 1.1 });
  const filter = new BiquadFilterNode(context, { type: 'lowpass', Q: 0.8 });
  const low = Math.min(4000, 260 + f * 1.2), high = Math.min(9000, 700 + f * (2 + 4 * velocity));
  filter.frequency.setValueAtTime(low, sound.when);
  filter.frequency.setTargetAtTime(high, sound.when, 0.7);
  filter.connect(sound.amp);
  for (const [detune, pan] of SAWS) {
    const place = new StereoPannerNode(context, { pan });
    place.connect(filter);
    sound.oscillator({ type: 'sawtooth', frequency: f, detune }, place);
  }
  return sound;
}
