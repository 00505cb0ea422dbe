/** Bass: a saw through a filter that closes, and a sine that carries the ground. */

import { Sound, hertz } from './sound.js';

export function play(note) {
  const { context, velocity } = note, f = hertz(note.note);
  const sound = new Sound(note, { level: 0.42 * (0.3 + 0.7 * velocity), attack: 0.004, decay: 1.6, sustain: 0.55, release: 0.09 });
  const open = Math.min(context.sampleRate * 0.4, f * (5 + 12 * velocity)), shut = Math.min(open, f * 2.2 + 60);
  const filters = [0.6, 1.4].map((Q) => new BiquadFilterNode(context, { type: 'lowpass', Q }));
  for (const { frequency } of filters) {
    frequency.setValueAtTime(open, sound.when);
    frequency.setTargetAtTime(shut, sound.when, 0.11);
  }
  const level = new GainNode(context, { gain: 0.55 });
  filters[0].connect(filters[1]).connect(level).connect(sound.amp);
  sound.oscillator({ type: 'sine', frequency: f });
  sound.oscillator({ type: 'sawtooth', frequency: f, detune: 3 }, filters[0]);
  return sound;
}
