/**
 * Where the notes of a scale stand on a staff. Units are the space between two lines; y goes down, 0 is the top line.
 *
 *   notes --cells--> staves (clef, octave line) --> systems --> heads, stems, beams, accidentals, ledger lines
 */

import { GLYPHS } from '../vendor/glyphs.js';
import { written } from './names.js';

const STAVES = [['treble', 0], ['bass', 0], ['treble', 1], ['treble', 2], ['bass', -1]]; // clef, octaves it sounds higher
const MIDDLE = { treble: 34, bass: 22 }; // B4 and D3, in white keys above C0
const CHANGE = 20; // what another clef costs, in ledger lines squared
const SIGNS = { 1: 'sharp', '-1': 'flat', 2: 'doubleSharp', '-2': 'doubleFlat', 0: 'natural' };
const HEAD = 1.18, GAP = 1.5, CELL_GAP = 0.9, CLEF = 3.6, END = 1; // widths
const STEM = 3.2, BEAM = 0.5;

const width = (glyph) => GLYPHS[glyph].width / 250;

/**
 * @param {number[]} notes  MIDI notes of the way up
 * @param {Object<string, string>} spelled
 * @param {number} size  notes in a cell
 * @param {number[]} down  MIDI notes of the way down where it is another
 * @param {number} downSize  notes in a cell of it
 * @returns {{cells: any[], natural: number}} laid out in one line; `natural` is its width
 */
export function layOut(notes, spelled, size, down = [], downSize = 1) {
  const cells = [];
  for (const [way, length] of [[notes, size], [down, downSize]]) {
    for (let at = 0; at < way.length; at += length) {
      cells.push({ notes: way.slice(at, at + length).map((note) => ({ note, ...written(note, spelled) })) });
    }
  }
  chooseStaves(cells);
  accidentals(cells);
  for (const cell of cells) measure(cell);
  return { cells, natural: CLEF + END + cells.reduce((sum, cell) => sum + cell.width, 0) };
}

/** The staff of each cell: the way with the fewest ledger lines and changes (A. Viterbi's algorithm). */
function chooseStaves(cells) {
  let ways = STAVES.map((staff, at) => ({ cost: ledgers(cells[0], staff) + (at === 0 ? 0 : 1), way: [at] }));
  for (const cell of cells.slice(1)) {
    ways = STAVES.map((staff, at) => {
      const before = ways.reduce((best, each) => {
        const cost = each.cost + (each.way.at(-1) === at ? 0 : CHANGE);
        return cost < best.cost ? { cost, way: each.way } : best;
      }, { cost: Infinity, way: [] });
      return { cost: before.cost + ledgers(cell, staff), way: [...before.way, at] };
    });
  }
  const best = ways.reduce((a, b) => (b.cost < a.cost ? b : a));
  cells.forEach((cell, at) => {
    [cell.clef, cell.octaves] = STAVES[best.way[at]];
    cell.newClef = at > 0 && cells[at - 1].clef !== cell.clef;
    for (const note of cell.notes) note.y = 2 - (note.height - 7 * cell.octaves - MIDDLE[cell.clef]) / 2;
  });
}

function ledgers(cell, [clef, octaves]) {
  return cell.notes.reduce((sum, { height }) => {
    const away = Math.abs(height - 7 * octaves - MIDDLE[clef]);
    return sum + Math.max(0, Math.floor((away - 4) / 2)) ** 2 + octaves ** 2;
  }, 0);
}

/** A sign before a note that differs from what was last on its line; each cell begins anew, but for naturals. */
function accidentals(cells) {
  let before = new Map();
  for (const { notes } of cells) {
    const now = new Map();
    for (const note of notes) {
      const line = `${note.letter}${note.octave}`, last = now.get(line) ?? (note.alter === 0 ? before.get(line) ?? 0 : null);
      note.sign = last === note.alter ? null : SIGNS[note.alter];
      now.set(line, note.alter);
    }
    before = now;
  }
}

/** Place the notes of a cell from its own left edge, with stems and a beam. */
function measure(cell) {
  let x = CELL_GAP + (cell.newClef ? 2.6 : 0);
  for (const note of cell.notes) {
    if (note.sign) x += width(note.sign) + 0.25;
    note.x = x;
    x += HEAD + GAP;
  }
  cell.width = x;
  const { notes } = cell;
  const farthest = notes.reduce((a, b) => (Math.abs(b.y - 2) > Math.abs(a.y - 2) ? b : a));
  cell.up = farthest.y >= 2;
  const way = cell.up ? -1 : 1;
  const first = notes[0], last = notes.at(-1);
  const slope = notes.length > 1 ? Math.max(-1, Math.min(1, (last.y - first.y) * 0.35)) / (last.x - first.x) : 0;
  const line = (note) => note.y - slope * (note.x - first.x);
  const edge = notes.reduce((best, note) => (cell.up ? Math.min(best, line(note)) : Math.max(best, line(note))), cell.up ? Infinity : -Infinity);
  const base = edge + way * STEM;
  for (const note of notes) note.stem = base + slope * (note.x - first.x);
  const [clefTop, clefBottom] = cell.clef === 'treble' ? [-1.5, 5.7] : [0, 4];
  cell.top = Math.min(clefTop, ...notes.map(({ y, stem }) => Math.min(y - 0.6, stem))) - (cell.octaves > 0 ? 2.6 : 0);
  cell.bottom = Math.max(clefBottom, ...notes.map(({ y, stem }) => Math.max(y + 0.6, stem))) + (cell.octaves < 0 ? 2.6 : 0);
}

/** Break a line into systems that are about as long as each other. @returns {any[][]} */
export function breakLines({ cells }, count) {
  const total = cells.reduce((sum, cell) => sum + cell.width, 0);
  const lines = [[]];
  let gone = 0;
  for (const cell of cells) {
    const isTop = cell === cells.at(-1) && cell.notes.length === 1; // the tonic at the top stays with what leads to it
    if (!isTop && lines.at(-1).length && lines.length < count && gone + cell.width / 2 > (total / count) * lines.length) lines.push([]);
    lines.at(-1).push(cell);
    gone += cell.width;
  }
  return lines;
}

export const SIZES = { HEAD, CLEF, END, BEAM };
