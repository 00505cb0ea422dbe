/** Organ: drawbars, with the click of the key and a slow turn of the loudspeaker. */

import { Sound, hertz } from './sound.js';

const DRAWBARS = [[0.5, 0.5], [1, 1], [2, 0.6], [3, 0.35], [4, 0.28], [6, 0.1], [8, 0.12]]; // of the fundamental
const waves = new WeakMap();

export function play(note) {
  const { context, velocity } = note, f = hertz(note.note);
  const sound = new Sound(note, { level: 0.34 * (0.55 + 0.45 * velocity), attack: 0.006, decay: 0, release: 0.05 });
  const tone = sound.oscillator({ type: 'custom', periodicWave: wave(context), frequency: f / 2 });
  const turn = new GainNode(context, { gain: 3 }); // cents
  sound.oscillator({ frequency: 5.6 }, turn);
  turn.connect(tone.detune);
  return sound;
}

/** The sixteen-foot stop is the ground of the wave, an octave below. */
function wave(context) {
  if (!waves.has(context)) {
    const imag = new Float32Array(18);
    for (const [ratio, level] of DRAWBARS) imag[ratio * 2] = level;
    waves.set(context, new PeriodicWave(context, { imag, real: new Float32Array(18), disableNormalization: false }));
  }
  return waves.get(context);
}
