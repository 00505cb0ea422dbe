/** Names of notes, as they are shown: with real sharps and flats. */

const SHARPS = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'];
const STEPS = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };

/** `Eb` as E♭. */
export const pretty = (name) => name.replace('##', '𝄪').replace('bb', '𝄫').replace('#', '♯').replace(/(?<=.)b/, '♭');

/** A MIDI note by its name with an octave: 60 is C4. */
export const noteName = (note) => `${pretty(SHARPS[note % 12])}${Math.floor(note / 12) - 1}`;

/** A pitch class by its spelled name, or with sharps. */
export const spelledName = (pc, spelled) => pretty(spelled?.[pc] ?? SHARPS[pc]);

/**
 * Where a note is written: letter, alteration, octave.
 * @param {number} note  MIDI note
 * @param {Object<string, string>} [spelled]  pitch class to name
 */
export function written(note, spelled) {
  const name = spelled?.[note % 12] ?? SHARPS[note % 12];
  const alter = { '': 0, '#': 1, b: -1, '##': 2, bb: -2 }[name.slice(1)] ?? 0;
  const octave = Math.floor((note - alter) / 12) - 1; // B sharp 3 is middle C
  return { letter: name[0], alter, octave, height: octave * 7 + 'CDEFGAB'.indexOf(name[0]) };
}

/** Read `C4`, `F#3`, `Bb` or a number; null for anything else. */
export function readNote(text) {
  const word = text.trim().replace('♯', '#').replace('♭', 'b');
  if (/^\d{1,3}$/.test(word)) return Number(word) <= 127 ? Number(word) : null;
  const match = /^([A-Ga-g])([#b]?)(-?\d)?$/.exec(word);
  if (!match) return null;
  const note = STEPS[match[1].toUpperCase()] + { '#': 1, b: -1, '': 0 }[match[2]] + 12 * (Number(match[3] ?? 4) + 1);
  return note >= 0 && note <= 127 ? note : null;
}
