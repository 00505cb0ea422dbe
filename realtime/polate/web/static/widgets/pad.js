/** The pad: a place between four corners, each a pattern of your choice; below it the way from A to B. */

import { clamp, fitCanvas, h, onceAFrame, onResize, sizeOf } from '../lib/dom.js';
import { colour, onTheme } from '../lib/theme.js';
import { findPlace } from './find.js';
import { Plane } from './plane.js';
import { slide } from './slide.js';
import { hideTip, showPattern } from './tip.js';

const CORNERS = ['a', 'b', 'c', 'd'], STEP = 0.01;

export class Pad {
  /**
   * @param {import('../net/store.js').Store} store
   * @param {(text: string) => Promise<any>} describe
   * @param {import('../sound/player.js').Player} player
   */
  constructor(store, describe, player) {
    this.store = store;
    this.describe = describe;
    this.player = player;
    this.visible = false;
    this.held = null; // the pointer that drags
    this.pointer = null; // where a pointer is, 0..1
    this.at = [0, 0];
    this.plane = new Plane();
    this.canvas = h('canvas', { 'aria-hidden': 'true' });
    this.corners = CORNERS.map((corner) => this.corner(corner));
    this.surface = h('div.square', { role: 'application', tabindex: 0, 'aria-roledescription': 'pad' }, this.canvas);
    this.morph = slide({
      label: 'From corner A to corner B', value: 0, strip: true, onset: (value) => store.set('/polate/morph', value),
    });
    this.morph.element.dataset.target = 'morph';
    this.element = h('div.pad', {}, h('div.stack', {}, this.surface, ...this.corners),
      h('div.ab', {}, h('span', { text: 'A', 'aria-hidden': 'true' }), this.morph.element, h('span', { text: 'B', 'aria-hidden': 'true' })));
    this.draw = onceAFrame(() => this.paint());
    this.listen();
    store.watch('/polate/xy', (at) => { this.at = at; this.label(); this.draw(); });
    store.watch('/polate/morph', ([value]) => this.morph.show(value));
    store.link.on('pad', (message) => { this.plane.take(message, this.size()); this.draw(); });
    store.link.on('up', () => this.ask());
    onTheme(() => { this.plane.render(this.size()); this.draw(); });
    onResize(this.canvas, () => { this.plane.render(this.size()); this.draw(); });
  }

  size() { return sizeOf(this.canvas).w * Math.min(3, devicePixelRatio); }

  ask(on = this.visible) {
    this.visible = on;
    this.store.link.send({ t: 'pad', on });
  }

  corner(corner) {
    const name = h('b'), text = h('span');
    const title = `Corner ${corner.toUpperCase()}`, address = `/polate/corner/${corner}`;
    const button = h(`button.corner.${corner}`, { type: 'button', 'data-corner': corner, title: 'Choose another place' }, h('span.only-read', { text: 'Corner ' }), name, ' ', text);
    button.addEventListener('click', () => findPlace(button, this.store, { title, onchoose: (place) => this.store.act(address, place) }));
    button.addEventListener('dragover', (event) => { event.preventDefault(); button.classList.add('over'); });
    button.addEventListener('dragleave', () => button.classList.remove('over'));
    button.addEventListener('drop', (event) => {
      event.preventDefault();
      button.classList.remove('over');
      const place = event.dataTransfer.getData('text/plain').trim().slice(0, 256);
      if (place) this.store.act(address, place);
    });
    const show = () => {
      const place = this.store.one(address, ''), pinned = this.store.one('/polate/pinned-corners', '').split(' ').includes(corner);
      const mark = [...this.store.welcome.landmarks, ...this.store.more('snapshots', [])].find((each) => each.name === place);
      name.replaceChildren(h('em', { text: corner.toUpperCase() }), ` ${place}`);
      text.textContent = [mark?.text, pinned && 'pinned: played in the corner only'].filter(Boolean).join(' · ');
    };
    this.store.watch(address, show);
    this.store.watch('/polate/pinned-corners', show);
    return button;
  }

  listen() {
    const { surface } = this;
    surface.addEventListener('pointerdown', (event) => {
      if (event.button > 0) return;
      event.preventDefault();
      surface.focus({ focusVisible: false, preventScroll: true });
      surface.setPointerCapture(event.pointerId);
      this.held = event.pointerId;
      this.go(...this.place(event));
    });
    surface.addEventListener('pointermove', (event) => {
      const at = this.place(event);
      if (this.held === event.pointerId) this.go(...at);
      this.pointer = at;
      const text = this.plane.textAt(at[0], 1 - at[1]);
      if (text) showPattern(this, event.clientX, event.clientY, text, this.describe, 'P: hear it');
    });
    for (const end of ['pointerup', 'pointercancel']) surface.addEventListener(end, () => { this.held = null; });
    surface.addEventListener('pointerleave', () => { this.pointer = null; hideTip(this); });
    surface.addEventListener('keydown', (event) => {
      const step = event.shiftKey ? STEP / 10 : STEP;
      const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
      if (!by) return;
      event.preventDefault();
      this.go(this.at[0] + by[0], this.at[1] + by[1]);
    });
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  go(x, y) { this.store.set('/polate/xy', clamp(x, 0, 1), clamp(y, 0, 1)); }

  preview() {
    const focused = document.activeElement === this.surface;
    const text = this.pointer ? this.plane.textAt(this.pointer[0], 1 - this.pointer[1]) : focused && this.store.one('/polate/pattern');
    if (!text) return false;
    this.describe(text).then((found) => found?.notes && this.player.preview(found.notes.slice(0, 25)));
    return true;
  }

  label() {
    this.surface.setAttribute('aria-label', `Pad: ${Math.round(this.at[0] * 100)} across, ${Math.round(this.at[1] * 100)} down. Arrow keys move it.`);
  }

  paint() {
    const { g, w, h: high } = fitCanvas(this.canvas);
    if (w < 10) return;
    if (this.plane.message) g.drawImage(this.plane.canvas, 0, 0, w, high);
    else { g.fillStyle = colour('well'); g.fillRect(0, 0, w, high); }
    const [x, y] = [clamp(this.at[0] * w, 11, w - 11), clamp(this.at[1] * high, 11, high - 11)]; // whole at the edge too
    g.strokeStyle = colour('ink');
    g.globalAlpha = 0.35;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(x, 0); g.lineTo(x, high); g.moveTo(0, y); g.lineTo(w, y);
    g.stroke();
    g.globalAlpha = 1;
    g.beginPath();
    g.arc(x, y, 9, 0, 2 * Math.PI);
    g.fillStyle = colour('accent');
    g.fill();
    g.lineWidth = 2.5;
    g.stroke();
  }
}
