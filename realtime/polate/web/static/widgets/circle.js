/** The circle of the twelve pitch classes: the principal tones as a polygon, the other notes as dots, what sounds lit. */

import { h, svg } from '../lib/dom.js';
import { spelledName } from '../theory/names.js';
import { parse, period, pitchClasses, principals } from '../theory/pattern.js';

const RADIUS = 70, BESIDE = 83, ABOVE = 91; // of the dots, and of the names beside them and above or below them

const at = (pc, radius) => {
  const angle = (pc / 12) * 2 * Math.PI - Math.PI / 2;
  return [Math.cos(angle) * radius, Math.sin(angle) * radius];
};

/** A name begins or ends at its dot, so that a wide one does not cover it. */
const nameAt = (pc) => {
  const [x, y] = at(pc, Math.abs(pc % 6 - 3) < 2 ? BESIDE : ABOVE);
  return { x, y, 'text-anchor': pc % 6 === 0 ? 'middle' : pc < 6 ? 'start' : 'end' };
};

export class Circle {
  constructor() {
    this.all = svg('path.all');
    this.main = svg('path.main');
    this.dots = Array.from({ length: 12 }, (_, pc) => {
      const [x, y] = at(pc, RADIUS);
      return svg('circle.dot', { cx: x, cy: y, r: 5 });
    });
    this.names = Array.from({ length: 12 }, (_, pc) => svg('text', nameAt(pc)));
    this.element = h('div.circle', { role: 'img', 'aria-label': 'Circle of the twelve pitch classes' },
      svg('svg', { viewBox: '-100 -100 200 200', 'aria-hidden': 'true' },
        svg('circle.rim', { r: RADIUS }), this.all, this.main, ...this.dots, ...this.names));
  }

  /** @param {string} text  the pattern @param {number} tonic @param {Object<string, string>} spelled */
  show(text, tonic, spelled) {
    const pattern = parse(text), classes = pitchClasses(pattern, tonic), mains = principals(pattern, tonic);
    const corner = (pc) => at(pc, RADIUS).map((value) => value.toFixed(2)).join(' ');
    const shape = (list) => (list.length > 1 ? `M${list.map(corner).join('L')}Z` : '');
    this.all.setAttribute('d', shape([...classes].sort((a, b) => a - b)));
    this.main.setAttribute('d', mains.length > 1 ? shape([...mains].sort((a, b) => a - b)) : `M0 0L${corner(mains[0])}`);
    this.dots.forEach((dot, pc) => {
      dot.classList.toggle('in', classes.has(pc));
      dot.classList.toggle('main', mains.includes(pc));
      dot.setAttribute('r', mains.includes(pc) ? '7.5' : classes.has(pc) ? '5.5' : '2.5');
    });
    this.names.forEach((name, pc) => {
      name.textContent = classes.has(pc) ? spelledName(pc, spelled) : '';
    });
    const step = period(classes);
    const words = [...classes].sort((a, b) => a - b).map((pc) => spelledName(pc, spelled)).join(' ');
    this.element.setAttribute('aria-label', `Circle of the twelve pitch classes: ${words}${step < 12 ? `; the same again every ${step} semitones` : ''}`);
    return { step, count: classes.size };
  }

  light(note, on) { this.dots[note % 12].classList.toggle('lit', on); }
}
