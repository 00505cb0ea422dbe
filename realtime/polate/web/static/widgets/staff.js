/** The scale on a staff, engraved as an SVG that fits its box; sounding notes are lit. */

import { h, onResize, sizeOf, svg } from '../lib/dom.js';
import { breakLines, layOut, SIZES } from '../theory/engrave.js';
import { GLYPHS } from '../vendor/glyphs.js';

const LARGEST = 10, PART = 1 / 15; // pixels between two lines, or a part of the height where that is more
const MOST_LINES = 4, BETWEEN = 0.6; // systems; spaces between two of them

export class Staff {
  constructor() {
    this.element = h('div.staff', { role: 'img', 'aria-label': 'The scale in notation' });
    this.heads = new Map(); // note -> its heads
    onResize(this.element, () => this.draw());
  }

  /** @param {number[]} notes @param {Object<string, string>} spelled @param {number} size  notes in a cell @param {number[]} down @param {number} downSize */
  show(notes, spelled, size, down = [], downSize = 1) {
    this.line = notes.length ? layOut(notes, spelled, size, down, downSize) : null;
    this.draw();
  }

  /** Light a note, or put it out. */
  light(note, on) {
    for (const head of this.heads.get(note) ?? []) head.classList.toggle('lit', on);
  }

  draw() {
    const { w, high } = sizeOf(this.element);
    this.heads.clear();
    if (!this.line || w < 20 || high < 20) { this.element.replaceChildren(); return; }
    let best = null;
    for (let count = 1; count <= Math.min(MOST_LINES, this.line.cells.length); count++) {
      const lines = breakLines(this.line, count);
      const tall = lines.map((cells) => ({ top: Math.min(...cells.map((c) => c.top)), bottom: Math.max(...cells.map((c) => c.bottom)) }));
      const height = tall.reduce((sum, { top, bottom }) => sum + bottom - top, 0) + BETWEEN * (count - 1);
      const length = Math.max(...lines.map((cells) => cells.reduce((sum, cell) => sum + cell.width, 0))) + SIZES.CLEF + SIZES.END;
      const scale = Math.min(Math.max(LARGEST, high * PART), w / length, high / (height + 0.4));
      if (!best || scale > best.scale * (lines.length > best.lines.length ? 1.22 : 1)) best = { lines, tall, scale, height };
    }
    const { lines, tall, scale, height } = best;
    const long = w / scale, root = svg('svg', { viewBox: `0 0 ${long} ${high / scale}`, width: w, height: high, 'aria-hidden': 'true' });
    let y = (high / scale - height) / 2;
    lines.forEach((cells, at) => {
      const length = cells.reduce((sum, cell) => sum + cell.width, 0) + SIZES.CLEF + SIZES.END;
      const full = lines.length > 1 ? long : Math.min(long, length * 2);
      root.append(this.system(cells, y - tall[at].top, length, full));
      y += tall[at].bottom - tall[at].top + BETWEEN;
    });
    this.element.replaceChildren(root);
  }

  /** One line of music. `length` is its natural width, `full` the one that it is stretched to. */
  system(cells, y, length, full) {
    const group = svg('g', { transform: `translate(0 ${y})` });
    for (let line = 0; line < 5; line++) group.append(svg('path.line', { d: `M0 ${line}H${full}` }));
    const stretch = (full - SIZES.CLEF - SIZES.END) / (length - SIZES.CLEF - SIZES.END);
    group.append(clef(cells[0].clef, 0.7, 1));
    let left = SIZES.CLEF, octaves = { from: 0, count: 0 };
    const close = (to) => { if (octaves.count) group.append(ottava(octaves, to)); };
    cells.forEach((cell, at) => {
      if (at && cell.newClef) group.append(clef(cell.clef, left, 0.75));
      if (cell.octaves !== octaves.count) { close(left - 0.6); octaves = { from: left + cell.notes[0].x * stretch - 0.3, count: cell.octaves, top: Math.min(...cells.filter((c) => c.octaves === cell.octaves).map((c) => c.top)), bottom: Math.max(...cells.map((c) => c.bottom)) }; }
      this.cell(group, cell, left, stretch);
      left += cell.width * stretch;
    });
    close(full - 0.4);
    group.append(svg('path.line', { d: `M${full} 0V4` }));
    return group;
  }

  cell(group, cell, left, stretch) {
    const { notes, up } = cell, x = (note) => left + note.x * stretch;
    const stemAt = (note) => x(note) + (up ? SIZES.HEAD - 0.06 : 0.06);
    for (const note of notes) {
      for (let line = -1; line >= note.y - 0.01; line--) group.append(ledger(x(note), line));
      for (let line = 5; line <= note.y + 0.01; line++) group.append(ledger(x(note), line));
      group.append(svg('path.stem', { d: `M${stemAt(note)} ${note.y + (up ? -0.15 : 0.15)}V${note.stem}` }));
      if (note.sign) group.append(glyph(note.sign, x(note) - GLYPHS[note.sign].width / 250 - 0.22, note.y));
      const head = glyph('notehead', x(note), note.y);
      head.classList.add('head');
      group.append(head);
      if (!this.heads.has(note.note)) this.heads.set(note.note, []);
      this.heads.get(note.note).push(head);
    }
    if (notes.length > 1) {
      const [a, b] = [notes[0], notes.at(-1)], thick = up ? SIZES.BEAM : -SIZES.BEAM;
      group.append(svg('path.beam', {
        d: `M${stemAt(a) - 0.06} ${a.stem}L${stemAt(b) + 0.06} ${b.stem}v${thick}L${stemAt(a) - 0.06} ${a.stem + thick}z`,
      }));
    }
  }
}

const glyph = (name, x, y, size = 1) => svg('path.glyph', { d: GLYPHS[name].path, transform: `translate(${x} ${y}) scale(${size / 250})` });
const clef = (name, x, size) => glyph(name, x, name === 'treble' ? 3 : 1, size);
const ledger = (x, line) => svg('path.ledger', { d: `M${x - 0.4} ${line}h${SIZES.HEAD + 0.8}` });

function ottava({ from, count, top, bottom }, to) {
  const y = count > 0 ? top + 1.5 : bottom - 0.3, name = count > 1 ? 'quindicesima' : count > 0 ? 'ottava' : 'ottavaBassa';
  const hook = count > 0 ? 1 : -1;
  return svg('g', {}, glyph(name, from, y + (count > 0 ? 0.4 : 0), 0.8),
    svg('path.ottava', { d: `M${from + 2.4} ${y - 0.6}H${Math.max(from + 2.6, to)}v${hook}` }));
}
