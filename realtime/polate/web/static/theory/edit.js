/** Change the cell of a pattern by one note: the text form that results. The server says what is not legal. */

/**
 * Where a key is in the cell.
 * @param {import('./pattern.js').Pattern} pattern
 * @param {number} tonic @param {number} note  MIDI notes
 * @returns {{at: number, offset: number}} `at`: the place of the note in the cell, -1 where the cell does not have it;
 *   `offset`: semitones from its principal tone
 */
export function placeOf(pattern, tonic, note) {
  const { interval, parts, cell, symmetric } = pattern;
  for (const exact of [true, false]) { // a wide scale is folded by octaves
    for (let part = 0; part < parts; part++) {
      const above = note - tonic - part * interval, mirrored = symmetric && part % 2;
      const at = cell.findIndex((offset) => {
        const away = above - (mirrored && offset ? interval - offset : offset);
        return exact ? away === 0 : away % 12 === 0;
      });
      if (at >= 0) return { at, offset: cell[at] };
    }
  }
  const part = Math.min(parts - 1, Math.max(0, Math.floor((note - tonic) / interval))), above = note - tonic - part * interval;
  return { at: -1, offset: symmetric && part % 2 ? interval - above : above };
}

/** With a note more: in its place where the cell rises, else at the end. */
export const added = (pattern, offset) => text(pattern, inOrder(pattern.cell, [...pattern.cell, offset]));

/** With a note less. The principal tone, 0, stays. */
export const takenAway = (pattern, at) => text(pattern, pattern.cell.filter((_, place) => place !== at || at === 0));

/** With a note moved by semitones. The principal tone stays. */
export const moved = (pattern, at, by) => text(pattern, inOrder(pattern.cell, pattern.cell.map((offset, place) => (place === at && at > 0 ? offset + by : offset))));

const rises = (cell) => cell.every((offset, at) => at === 0 || offset > cell[at - 1]);
const inOrder = (before, cell) => (rises(before) && Math.min(...cell) === 0 ? [...cell].sort((a, b) => a - b) : cell);

function text({ name, interval, symmetric, down }, cell) {
  const mirrors = symmetric && rises(cell) && cell.length > 1 && cell.at(-1) < interval;
  const falls = down && down.join(' ') !== cell.join(' ');
  return [name, mirrors && 'symmetric', ...cell, falls && `down ${down.join(' ')}`].filter((word) => word !== false && word !== null && word !== undefined).join(' ');
}
