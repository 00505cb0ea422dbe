/** What a text form says: `tritone 0 1 2`, `tritone symmetric 0 1 2`, `12 0 2 4 down 0 2 5`. As polate.theory.pattern. */

export const PROGRESSIONS = {
  tritone: 6, ditone: 4, sesquitone: 3, 'whole-tone': 2, semitone: 1, quadritone: 8,
  sesquiquadritone: 9, quinquetone: 10, diatessaron: 5, septitone: 14, diapente: 7, sesquiquinquetone: 11,
};

const gcd = (a, b) => (b ? gcd(b, a % b) : a);

/**
 * @typedef {Object} Pattern
 * @property {string} text
 * @property {string} name  the progression, or the interval where it has no name
 * @property {number} interval  semitones between principal tones
 * @property {number[]} cell
 * @property {boolean} symmetric
 * @property {number[]|null} down  the cell on the way down, where it is another
 * @property {number} parts  principal tones before a tonic comes again
 */

const cache = new Map();

/** Read a text form. @returns {Pattern} */
export function parse(text) {
  if (cache.has(text)) return cache.get(text);
  const words = text.split(' ');
  const interval = PROGRESSIONS[words[0]] ?? (Number(words[0]) || 12);
  const symmetric = words[1] === 'symmetric';
  const rest = words.slice(symmetric ? 2 : 1), at = rest.indexOf('down');
  const cell = (at < 0 ? rest : rest.slice(0, at)).map(Number);
  const pattern = {
    text, name: words[0], interval, cell, symmetric,
    down: at < 0 ? null : rest.slice(at + 1).map(Number),
    parts: 12 / gcd(12, interval),
  };
  if (cache.size > 4000) cache.clear();
  cache.set(text, pattern);
  return pattern;
}

/** The pitch classes of the principal tones, in the order in which they come. */
export function principals(pattern, tonic) {
  return Array.from({ length: pattern.parts }, (_, part) => (tonic + part * pattern.interval) % 12);
}

/** All pitch classes of a pattern, way down included. @returns {Set<number>} */
export function pitchClasses(pattern, tonic) {
  const found = new Set();
  for (let part = 0; part < pattern.parts; part++) {
    const principal = tonic + part * pattern.interval;
    const cell = pattern.symmetric && part % 2 ? mirror(pattern) : pattern.cell;
    for (const offset of [...cell, ...(pattern.down ?? [])]) found.add((((principal + offset) % 12) + 12) % 12);
  }
  return found;
}

/**
 * The way down where it is another: the notes from the top to the tonic.
 * @param {number[]} up  MIDI notes of the way up
 */
export function wayDown(pattern, up) {
  if (!pattern.down) return [];
  const size = cellSize(pattern), principals = up.filter((_, at) => at % size === 0).slice(0, -1);
  return principals.reverse().flatMap((principal) => pattern.down.map((offset) => principal + offset).reverse());
}

/** How many notes each cell of the way up has: the same for all, and 1 for the tonic at the top. */
export const cellSize = (pattern) => pattern.cell.length;

/** Semitones after which the pitch classes are the same again: 12 where only the octave does it. */
export function period(classes) {
  for (const step of [1, 2, 3, 4, 6]) {
    if ([...classes].every((pc) => classes.has((pc + step) % 12))) return step;
  }
  return 12;
}

function mirror(pattern) {
  return [0, ...pattern.cell.slice(1).map((offset) => pattern.interval - offset).sort((a, b) => a - b)];
}
