/**
 * A knob for one axis: around it the strip of the patterns that a turn would meet from here.
 *
 * Drag up or right, with shift finely; wheel; arrow keys, Page keys, Home, End; double click for the middle. A click
 * on the strip goes there.
 */

import { clamp, fitCanvas, h, onceAFrame, onResize, typeface } from '../lib/dom.js';
import { colour, onTheme } from '../lib/theme.js';
import { css } from '../theory/colour.js';
import { hideTip, showPattern } from './tip.js';

const START = 0.75 * Math.PI, SWEEP = 1.5 * Math.PI; // the ring is open below
const TRAVEL = 220; // pixels of a drag from end to end
const FINE = 0.1, KEY = 0.01, PAGE = 0.1, WHEEL = 0.0004; // parts of the range
const RING = 0.19; // of the radius

export class Knob {
  /**
   * @param {import('../net/store.js').Store} store
   * @param {number} axis  from 0
   * @param {{name: string, low: string, high: string}} spec
   * @param {(text: string) => Promise<any>} describe
   */
  constructor(store, axis, spec, describe) {
    this.store = store;
    this.axis = axis;
    this.describe = describe;
    this.drag = null; // a press that goes on
    this.address = `/polate/z/${axis + 1}`;
    this.value = 0.5;
    this.moved = null; // where the axis is, with its motion
    this.strip = { borders: [0, 1], texts: [''] };
    this.canvas = h('canvas', { 'aria-hidden': 'true' });
    this.dial = h('div.dial', {
      role: 'slider', tabindex: 0, 'aria-label': `${spec.name}, ${spec.low} to ${spec.high}`,
      'aria-valuemin': 0, 'aria-valuemax': 100, 'data-target': `z/${axis + 1}`,
    }, this.canvas);
    this.element = h('div.knob', {},
      h('div.name', { text: spec.name }), this.dial,
      h('div.ends', {}, h('span', { text: spec.low }), h('span', { text: spec.high })));
    this.draw = onceAFrame(() => this.paint());
    this.listen();
    store.watch(this.address, ([value]) => { this.value = value; this.show(); });
    store.watchMore('mappings', (mappings) => {
      const bound = mappings.filter(({ target }) => target === `z/${axis + 1}`).map(({ source }) => source).join(', ');
      this.element.firstChild.title = bound ? `Bound to ${bound}` : 'Not bound to a MIDI control: see MIDI and sync, Learn';
    });
    store.watch(`/polate/axis/${axis + 1}`, ([value]) => { this.moved = value; this.draw(); });
    onTheme(this.draw);
    onResize(this.canvas, this.draw);
  }

  listen() {
    const { dial } = this;
    dial.addEventListener('pointerdown', (event) => this.press(event));
    dial.addEventListener('pointermove', (event) => this.move(event));
    for (const end of ['pointerup', 'pointercancel']) dial.addEventListener(end, (event) => this.let(event));
    dial.addEventListener('pointerleave', () => hideTip(this));
    dial.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    dial.addEventListener('keydown', (event) => this.key(event));
    dial.addEventListener('dblclick', () => this.set(0.5));
    dial.addEventListener('focus', () => { if (dial.matches(':focus-visible')) this.tell(); });
    dial.addEventListener('blur', () => hideTip(this));
  }

  /** Show the strip that the server sent. */
  setStrip(strip) {
    this.strip = strip;
    this.show();
  }

  set(value) { this.store.set(this.address, clamp(value, 0, 1)); }

  // -- gestures ----------------------------------------------------------------------------------

  press(event) {
    if (event.button > 0) return;
    event.preventDefault();
    this.dial.focus({ focusVisible: false, preventScroll: true });
    this.dial.setPointerCapture(event.pointerId);
    this.drag = { id: event.pointerId, x: event.clientX, y: event.clientY, far: 0, on: this.under(event) };
  }

  move(event) {
    const { drag } = this;
    if (!drag || drag.id !== event.pointerId) { this.hover(event); return; }
    const way = (event.clientX - drag.x) - (event.clientY - drag.y);
    drag.far += Math.abs(event.clientX - drag.x) + Math.abs(event.clientY - drag.y);
    [drag.x, drag.y] = [event.clientX, event.clientY];
    if (drag.far < 3 && event.pointerType !== 'mouse') return;
    this.set(this.value + (way / TRAVEL) * (event.shiftKey ? FINE : 1));
  }

  let(event) {
    const { drag } = this;
    this.drag = null;
    if (drag && event.type === 'pointerup' && drag.far < 3 && drag.on !== null && event.detail < 2) this.set(drag.on);
  }

  hover(event) {
    const at = this.under(event);
    if (at === null) { hideTip(this); return; }
    const text = this.textAt(at);
    if (text) showPattern(this, event.clientX, event.clientY, text, this.describe);
  }

  wheel(event) {
    event.preventDefault();
    const scale = event.deltaMode === 1 ? 30 : 1;
    this.set(this.value - (event.deltaY || event.deltaX) * scale * WHEEL * (event.shiftKey ? FINE : 1));
  }

  key(event) {
    const step = event.shiftKey ? KEY * FINE : KEY;
    const to = {
      ArrowUp: this.value + step, ArrowRight: this.value + step, ArrowDown: this.value - step, ArrowLeft: this.value - step,
      PageUp: this.value + PAGE, PageDown: this.value - PAGE, Home: 0, End: 1,
    }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.set(to);
    this.tell();
  }

  // -- the strip -----------------------------------------------------------------------------------

  /** The position 0..1 of the ring under the pointer; null where there is no ring. */
  under(event) {
    const box = this.dial.getBoundingClientRect(), radius = box.width / 2;
    const x = event.clientX - box.left - radius, y = event.clientY - box.top - radius;
    const distance = Math.hypot(x, y) / radius;
    if (distance < 0.7 || distance > 1.08) return null;
    const turn = (Math.atan2(y, x) - START + 4 * Math.PI) % (2 * Math.PI);
    return turn <= SWEEP ? turn / SWEEP : null;
  }

  segment(position) {
    const { borders } = this.strip;
    let at = 0;
    while (at < borders.length - 2 && position >= borders[at + 1]) at++;
    return at;
  }

  textAt(position) { return this.strip.texts[this.segment(position)]; }

  /** By keyboard: the pattern here is told beside the knob. */
  tell() {
    const box = this.dial.getBoundingClientRect();
    if (this.textAt(this.value)) showPattern(this, box.left + box.width / 2, box.bottom, this.textAt(this.value), this.describe);
  }

  show() {
    const percent = Math.round(this.value * 100), text = this.textAt(this.value);
    this.dial.setAttribute('aria-valuenow', String(Math.round(this.value * 1000) / 10));
    this.dial.setAttribute('aria-valuetext', text ? `${percent}, ${text}` : String(percent));
    this.draw();
  }

  paint() {
    const { g, w } = fitCanvas(this.canvas), r = w / 2;
    if (r < 10) return;
    g.clearRect(0, 0, w, w);
    const outer = r - 2, thick = Math.max(7, r * RING), middle = outer - thick / 2;
    this.paintStrip(g, r, middle, thick);
    const angle = START + SWEEP * this.value, inner = outer - thick - Math.max(4, r * 0.09);
    g.beginPath();
    g.arc(r, r, inner, 0, 2 * Math.PI);
    g.fillStyle = colour('raised');
    g.fill();
    g.lineWidth = 1;
    g.strokeStyle = colour('line');
    g.stroke();
    g.fillStyle = colour('ink');
    g.font = `600 ${Math.round(r * 0.36)}px ${typeface()}`;
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    g.fillText(String(Math.round(this.value * 100)), r, r + r * 0.02);
    g.lineCap = 'round';
    g.lineWidth = Math.max(3, r * 0.065);
    g.strokeStyle = colour('accent');
    g.beginPath();
    g.moveTo(r + Math.cos(angle) * inner * 0.66, r + Math.sin(angle) * inner * 0.66);
    g.lineTo(r + Math.cos(angle) * (outer + 1), r + Math.sin(angle) * (outer + 1));
    g.stroke();
    if (this.moved !== null && Math.abs(this.moved - this.value) > 0.002) {
      const at = START + SWEEP * this.moved;
      g.beginPath();
      g.arc(r + Math.cos(at) * middle, r + Math.sin(at) * middle, thick * 0.42, 0, 2 * Math.PI);
      g.fillStyle = colour('ink');
      g.fill();
    }
  }

  paintStrip(g, r, middle, thick) {
    const { borders, texts } = this.strip, here = this.segment(this.moved ?? this.value);
    g.lineCap = 'butt';
    const hair = 0.7 / middle; // half of the gap between two patterns
    texts.forEach((text, at) => {
      const from = START + SWEEP * borders[at], to = START + SWEEP * borders[at + 1];
      const gap = Math.min(hair, (to - from) * 0.25);
      g.beginPath();
      g.arc(r, r, middle, from + (at ? gap : 0), to - (at < texts.length - 1 ? gap : 0));
      g.strokeStyle = text ? css(text) : colour('well');
      g.lineWidth = at === here ? thick : thick * 0.62;
      g.stroke();
    });
  }
}
