/** Reed: the odd partials of a closed pipe, breath at the start, a late vibrato. */

import { Sound, hertz } from './sound.js';

const PARTIALS = [1, 0.06, 0.55, 0.05, 0.3, 0.06, 0.17, 0.04, 0.1, 0.03, 0.05];
const waves = new WeakMap();

export function play(note) {
  const { context, velocity } = note, f = hertz(note.note);
  const sound = new Sound(note, { level: 0.36 * (0.35 + 0.65 * velocity), attack: 0.035, decay: 0, release: 0.1 });
  const filter = new BiquadFilterNode(context, { type: 'lowpass', Q: 0.5, frequency: Math.min(12000, f * (2.5 + 5 * velocity) + 400) });
  filter.connect(sound.amp);
  const tone = sound.oscillator({ type: 'custom', periodicWave: wave(context), frequency: f }, filter);
  const vibrato = new GainNode(context, { gain: 0 });
  vibrato.gain.setTargetAtTime(7, sound.when + 0.35, 0.3); // cents
  sound.oscillator({ frequency: 5 }, vibrato);
  vibrato.connect(tone.detune);
  return sound;
}

function wave(context) {
  if (!waves.has(context)) {
    const imag = Float32Array.from([0, ...PARTIALS]);
    waves.set(context, new PeriodicWave(context, { imag, real: new Float32Array(imag.length) }));
  }
  return waves.get(context);
}
