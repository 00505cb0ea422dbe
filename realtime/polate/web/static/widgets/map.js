/**
 * The map: two axes through the present point, and which patterns lie there.
 *
 * Click or drag to go; arrow keys too. Hover tells, P sounds it. With the path tool a drag draws a way that the point
 * then travels in bars.
 */

import { clamp, fitCanvas, h, onceAFrame, onResize, sizeOf, typeface } from '../lib/dom.js';
import { colour, onTheme } from '../lib/theme.js';
import { Plane } from './plane.js';
import { PathTool } from './path.js';
import { hideTip, showPattern } from './tip.js';

const STEP = 0.01, TRAIL = 90, REACH = 12; // of an arrow key; points; pixels within which a point is meant
const LEAP = 0.15; // between two places of the trail
const ON_PLANE = 0.16; // how far a point may be from the plane to have its name shown

export class LatentMap {
  /**
   * @param {import('../net/store.js').Store} store
   * @param {(text: string) => Promise<any>} describe
   * @param {import('../sound/player.js').Player} player
   * @param {{onpicture: (shares: {rank: number, name: string, share: number}[]) => void, onpath: () => void}} listeners
   *   what the picture shows; a path was drawn
   */
  constructor(store, describe, player, { onpicture, onpath }) {
    this.store = store;
    this.describe = describe;
    this.player = player;
    this.onpicture = onpicture;
    this.visible = true;
    this.held = null; // the pointer that drags
    this.x = 0;
    this.y = 1;
    this.plane = new Plane();
    this.trail = [];
    this.pointer = null; // where the pointer is, 0..1
    this.canvas = h('canvas', { 'aria-hidden': 'true' });
    this.element = h('div.square', {
      role: 'application', tabindex: 0, 'aria-roledescription': 'map', 'aria-describedby': 'map-help',
    }, this.canvas, h('span.only-read', { id: 'map-help', text: 'Arrow keys move the point, with shift finely. P sounds the scale that is pointed at. With the path tool, Enter sets a point of the path and Escape closes it.' }));
    this.path = new PathTool(this, onpath);
    this.draw = onceAFrame(() => this.paint());
    this.listen();
    store.link.on('map', (message) => this.take(message));
    store.link.on('up', () => this.ask());
    store.watchMore('snapshots', this.draw);
    store.watch('/polate/path', this.draw);
    for (let axis = 1; axis <= store.welcome.axes.length; axis++) {
      store.watch(`/polate/z/${axis}`, this.draw);
      store.watch(`/polate/axis/${axis}`, this.draw);
    }
    onTheme(() => { this.plane.render(this.size()); this.draw(); });
    onResize(this.canvas, () => { this.plane.render(this.size()); this.draw(); });
  }

  size() { return sizeOf(this.canvas).w * Math.min(3, devicePixelRatio); }

  /** Show other axes. */
  choose(x, y) {
    if (x === y) return;
    this.x = x;
    this.y = y;
    this.trail = [];
    this.ask();
    this.label();
    this.draw();
  }

  /** Tell the server what is looked at. */
  ask(on = this.visible) {
    this.visible = on;
    this.store.link.send({ t: 'map', x: this.x, y: this.y, on });
  }

  take(message) {
    if (message.x !== this.x || message.y !== this.y) return;
    this.plane.take(message, this.size());
    this.onpicture(this.plane.shares());
    this.draw();
    if (this.pointer) this.tell();
  }

  /** Where the point is: [x, y], with motion. */
  here() {
    return [this.x, this.y].map((axis) => this.store.one(`/polate/axis/${axis + 1}`, this.store.one(`/polate/z/${axis + 1}`, 0.5)));
  }

  /** Once a frame, not once a message: x and y come one after the other, and would make stairs. */
  follow([x, y]) {
    const last = this.trail.at(-1);
    if (!last || Math.hypot(last.x - x, last.y - y) > 0.004) {
      this.trail.push({ x, y, at: performance.now() });
      if (this.trail.length > TRAIL) this.trail.shift();
      this.label();
    }
  }

  label() {
    const { axes } = this.store.welcome, [x, y] = this.here();
    this.element.setAttribute('aria-label', `Map: ${axes[this.x].name} ${Math.round(x * 100)}, ${axes[this.y].name} ${Math.round(y * 100)}, ${this.store.one('/polate/pattern', '')}`);
  }

  go(x, y) {
    this.store.set(`/polate/z/${this.x + 1}`, clamp(x, 0, 1));
    this.store.set(`/polate/z/${this.y + 1}`, clamp(y, 0, 1));
  }

  // -- gestures -----------------------------------------------------------------------------------------

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: 1 - (event.clientY - box.top) / box.height, left: event.clientX, top: event.clientY };
  }

  listen() {
    const { element } = this;
    element.addEventListener('pointerdown', (event) => {
      if (event.button > 0) return;
      event.preventDefault();
      element.focus({ focusVisible: false, preventScroll: true });
      element.setPointerCapture(event.pointerId);
      const at = this.place(event);
      if (this.path.on) { this.path.begin(at); return; }
      this.held = event.pointerId;
      const point = this.pointAt(at);
      if (point) { this.store.act('/polate/go', point.name); this.held = null; } else this.go(at.x, at.y);
    });
    element.addEventListener('pointermove', (event) => {
      const at = this.place(event);
      if (this.path.drawing && event.buttons) { this.path.add(at); return; }
      if (this.held === event.pointerId) this.go(at.x, at.y);
      this.pointer = at;
      this.tell();
    });
    for (const end of ['pointerup', 'pointercancel']) {
      element.addEventListener(end, () => { this.held = null; if (this.path.on) this.path.end(); });
    }
    element.addEventListener('pointerleave', () => { this.pointer = null; hideTip(this); this.draw(); });
    element.addEventListener('keydown', (event) => this.key(event));
  }

  key(event) {
    if (this.path.on && this.path.key(event.key)) { event.preventDefault(); return; }
    const step = event.shiftKey ? STEP / 10 : STEP;
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
    if (!by) return;
    event.preventDefault();
    const [x, y] = [this.x, this.y].map((axis) => this.store.one(`/polate/z/${axis + 1}`, 0.5));
    this.go(x + by[0], y + by[1]);
  }

  /** Sound what is pointed at. @returns {boolean} whether there was something */
  preview() {
    const focused = document.activeElement === this.element; // by keyboard: what is here
    const text = this.pointer ? this.pointAt(this.pointer)?.text ?? this.plane.textAt(this.pointer.x, this.pointer.y)
      : focused && this.store.one('/polate/pattern');
    if (!text) return false;
    this.describe(text).then((found) => found?.notes && this.player.preview(found.notes.slice(0, 25)));
    return true;
  }

  tell() {
    const { x, y, left, top } = this.pointer, point = this.pointAt(this.pointer);
    const text = point?.text ?? this.plane.textAt(x, y);
    if (text) showPattern(this, left, top, text, this.describe, point ? point.name : this.path.on ? '' : 'P: hear it');
    this.draw();
  }

  /** Landmarks and snapshots with their places on this plane; `far`: how far they are from it. */
  points() {
    const { landmarks } = this.store.welcome, snapshots = this.store.more('snapshots', []);
    const axes = this.store.welcome.axes.map((_, axis) => this.store.one(`/polate/z/${axis + 1}`, 0.5));
    const point = (each, kind) => each.positions && {
      ...each, kind, x: each.positions[this.x], y: each.positions[this.y],
      far: Math.sqrt(each.positions.reduce((sum, at, axis) => (axis === this.x || axis === this.y ? sum : sum + (at - axes[axis]) ** 2), 0)),
    };
    return [...landmarks.map((each) => point(each, 'landmark')), ...snapshots.map((each) => point(each, 'snapshot'))].filter(Boolean);
  }

  pointAt({ x, y }) {
    const size = sizeOf(this.canvas).w;
    let best = null, least = REACH;
    for (const point of this.points()) {
      const away = Math.hypot(point.x - x, point.y - y) * size + point.far * 4;
      if (away < least) [best, least] = [point, away];
    }
    return best;
  }

  // -- picture -------------------------------------------------------------------------------------------

  paint() {
    const { g, w, h: high } = fitCanvas(this.canvas);
    if (w < 10) return;
    g.imageSmoothingEnabled = true;
    if (this.plane.message) g.drawImage(this.plane.canvas, 0, 0, w, high);
    else { g.fillStyle = colour('well'); g.fillRect(0, 0, w, high); }
    const px = (x) => x * w, py = (y) => (1 - y) * high;
    this.paintPoints(g, px, py);
    this.path.paint(g, px, py);
    const [x, y] = this.here();
    this.follow([x, y]);
    this.paintTrail(g, px, py);
    g.beginPath();
    g.arc(px(x), py(y), Math.max(8, w / 52), 0, 2 * Math.PI);
    g.fillStyle = colour('accent');
    g.fill();
    g.lineWidth = 2.5;
    g.strokeStyle = colour('ink');
    g.stroke();
  }

  paintPoints(g, px, py) {
    g.strokeStyle = g.fillStyle = colour('ink');
    for (const { kind, x, y, far } of this.points()) {
      g.globalAlpha = clamp(1 - far * 1.2, 0.22, 0.95);
      g.lineWidth = 1.5;
      g.beginPath();
      if (kind === 'landmark') { g.arc(px(x), py(y), 3, 0, 2 * Math.PI); g.stroke(); } else { g.rect(px(x) - 3.5, py(y) - 3.5, 7, 7); g.fill(); }
    }
    g.globalAlpha = 1;
    this.paintNames(g, px, py);
  }

  /** The names of the points that lie on this plane, or nearly; none over another. */
  paintNames(g, px, py) {
    const taken = [], { w } = sizeOf(this.canvas), [hereX, hereY] = this.here();
    g.font = `500 ${w > 420 ? 13 : 11}px ${typeface()}`;
    g.fillStyle = colour('ink');
    g.strokeStyle = colour('halo');
    g.lineWidth = 3;
    g.lineJoin = 'round';
    g.textBaseline = 'middle';
    taken.push([px(hereX) - 12, py(hereY) - 12, 24, 24]);
    for (const { name, x, y, far } of this.points().sort((a, b) => a.far - b.far)) {
      if (far > ON_PLANE) break;
      const wide = g.measureText(name).width, left = px(x) + 8 + wide > w ? px(x) - 8 - wide : px(x) + 8;
      const box = [left, py(y) - 8, wide, 16];
      if (taken.some(([l, t, a, b]) => l < box[0] + box[2] && box[0] < l + a && t < box[1] + box[3] && box[1] < t + b)) continue;
      taken.push(box);
      g.strokeText(name, left, py(y));
      g.fillText(name, left, py(y));
    }
  }

  paintTrail(g, px, py) {
    g.strokeStyle = colour('ink');
    g.lineCap = 'round';
    for (let at = 1; at < this.trail.length; at++) {
      const [a, b] = [this.trail[at - 1], this.trail[at]];
      if (Math.hypot(b.x - a.x, b.y - a.y) > LEAP) continue; // it was put there, it did not travel
      g.globalAlpha = 0.55 * (at / this.trail.length);
      g.lineWidth = 1 + 2 * (at / this.trail.length);
      g.beginPath();
      g.moveTo(px(a.x), py(a.y));
      g.lineTo(px(b.x), py(b.y));
      g.stroke();
    }
    g.globalAlpha = 1;
  }
}
