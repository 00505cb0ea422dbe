/**
 * A keyboard with the notes of the scale, and above it a roll of what was played.
 *
 * A key that is pressed here is a key for the instrument (see the setting `keys`); where keys do nothing, it sounds alone.
 */

import { clamp, fitCanvas, h, onResize, onceAFrame, sizeOf, typeface } from '../lib/dom.js';
import { colour, onTheme } from '../lib/theme.js';
import { noteName } from '../theory/names.js';
import { COLOURS, Roll } from './roll.js';
import { typedKeys } from './typed_keys.js';

const WHITE = [0, 2, 4, 5, 7, 9, 11], KEY = 34; // pixels of a white key, about
const isWhite = (note) => WHITE.includes(note % 12);

export class Keys {
  /** @param {import('../net/store.js').Store} store @param {import('../sound/player.js').Player} player */
  constructor(store, player) {
    this.store = store;
    this.player = player;
    this.places = null; // where the keys are
    this.span = 0;
    this.scale = new Set();
    this.low = 36;
    this.high = 96;
    this.lit = new Map(); // note -> voice
    this.mark = null; // a key with a frame: of the editor of the scale
    this.canvas = h('canvas.board', { 'aria-hidden': 'true' });
    this.roll = new Roll(() => this.layout(), (now) => this.light(now));
    this.element = h('div.keys', {
      role: 'application', tabindex: 0, 'aria-roledescription': 'keyboard',
      'aria-label': 'Keyboard and roll: the letters from A to K play the white keys, W E T Y U the black ones',
    }, this.roll.canvas, this.canvas);
    this.draw = onceAFrame(() => this.paint());
    typedKeys(this.element, store, (note) => this.press(note), (note) => this.letGo(note));
    player.listen((on, voice, channel, note, velocity, heard) => this.roll.take(on, voice, note, velocity, heard));
    store.link.on('down', () => this.roll.end());
    store.link.on('silence', () => this.roll.end());
    for (const key of ['bass', 'bass-octave', 'chord', 'chord-octave']) store.watch(`/polate/${key}`, () => this.range());
    onTheme(this.draw);
    onResize(this.canvas, () => this.range());
    this.listen();
  }

  show(notes) {
    this.scale = new Set(notes);
    this.range();
  }

  /** The keys that are shown: as many as fit, around the notes of all voices. */
  range() {
    if (!this.scale.size) return;
    const one = (key) => this.store.one(`/polate/${key}`, 0);
    const shifts = [0, one('bass') ? one('bass-octave') : 0, one('chord') ? one('chord-octave') : 0].map((octaves) => octaves * 12);
    const lowest = Math.max(0, Math.min(...this.scale) + Math.min(...shifts)), highest = Math.min(127, Math.max(...this.scale) + Math.max(...shifts));
    const needed = Math.ceil(((highest - lowest + 3) * 7) / 12) + 1; // narrower keys rather than notes that are not seen
    const whites = clamp(Math.max(Math.floor(sizeOf(this.canvas).w / KEY), needed), 14, 75), span = Math.floor((whites * 12) / 7);
    this.draw();
    const aside = Math.abs((lowest + highest - this.low - this.high) / 2);
    if (this.span === span && lowest >= this.low && highest <= this.high && aside < span / 4) return; // stay, as long as it does
    this.span = span;
    let low = clamp(Math.round((lowest + highest - span) / 2), 0, Math.max(0, (highest > 108 ? 127 : 108) - span));
    if (lowest < low) low = lowest;
    while (!isWhite(low)) low--;
    this.low = low;
    this.high = low;
    for (let count = 0; count < whites && this.high < 127; this.high++) if (isWhite(this.high)) count++;
    while (!isWhite(this.high)) this.high--;
    this.places = null;
  }

  /** Light the keys that sound; painted only when others do. */
  light(now) {
    const lit = this.roll.sounding(now);
    if (lit.size === this.lit.size && [...lit].every(([note, voice]) => this.lit.get(note) === voice)) return;
    this.lit = lit;
    this.paint();
  }

  /** The left edge and the width of each key. */
  layout() {
    const { w } = sizeOf(this.canvas);
    if (this.places?.w === w) return this.places;
    const places = { w, keys: new Map() };
    let count = 0;
    for (let note = this.low; note <= this.high; note++) if (isWhite(note)) count++;
    const wide = w / count;
    let x = 0;
    for (let note = this.low; note <= this.high; note++) {
      if (isWhite(note)) { places.keys.set(note, [x, wide, true]); x += wide; } else places.keys.set(note, [x - wide * 0.3, wide * 0.6, false]);
    }
    this.places = places;
    return places;
  }

  paint() {
    const { g, w, h: high } = fitCanvas(this.canvas), { keys } = this.layout(), { lit } = this;
    if (w < 20) return;
    g.clearRect(0, 0, w, high);
    for (const white of [true, false]) {
      for (const [note, [x, wide, isLight]] of keys) {
        if (isLight !== white) continue;
        const tall = white ? high : high * 0.62;
        g.fillStyle = lit.has(note) ? colour(COLOURS[lit.get(note)] ?? 'soft') : colour(white ? 'raised' : 'black-key');
        g.beginPath();
        g.roundRect(x + 0.5, 0, wide - 1, tall - 0.5, [0, 0, 3, 3]);
        g.fill();
        if (white) { g.lineWidth = 1; g.strokeStyle = colour('line'); g.stroke(); }
        if (this.scale.has(note) && !lit.has(note)) {
          g.beginPath();
          g.arc(x + wide / 2, tall - Math.min(white ? 17 : 9, wide * 0.5), Math.min(3.2, wide * 0.2), 0, 2 * Math.PI);
          g.fillStyle = colour('accent');
          g.fill();
        }
        if (note === this.mark) { g.lineWidth = 2; g.strokeStyle = colour('accent'); g.strokeRect(x + 2, 1, wide - 4, tall - 3); }
        if (white && note % 12 === 0 && wide > 15) this.label(g, noteName(note), x + 4, tall - 5, lit.has(note));
      }
    }
  }

  label(g, text, x, y, lit) {
    g.font = `10px ${typeface()}`;
    g.fillStyle = lit ? colour('on-accent') : colour('soft');
    g.fillText(text, x, y);
  }

  // -- playing it -------------------------------------------------------------------------------------

  listen() {
    const held = new Map();
    this.canvas.addEventListener('pointerdown', (event) => {
      const note = this.noteAt(event);
      if (note === null) return;
      event.preventDefault();
      this.canvas.setPointerCapture(event.pointerId);
      held.set(event.pointerId, note);
      this.press(note);
    });
    this.canvas.addEventListener('pointermove', (event) => {
      if (!held.has(event.pointerId)) return;
      const note = this.noteAt(event), before = held.get(event.pointerId);
      if (note === null || note === before) return;
      this.letGo(before);
      held.set(event.pointerId, note);
      this.press(note);
    });
    for (const end of ['pointerup', 'pointercancel']) {
      this.canvas.addEventListener(end, (event) => {
        if (held.has(event.pointerId)) this.letGo(held.get(event.pointerId));
        held.delete(event.pointerId);
      });
    }
  }

  noteAt(event) {
    const box = this.canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    if (!this.places) return null;
    let found = null;
    for (const [note, [left, wide, white]] of this.places.keys) {
      if (x < left || x >= left + wide || (!white && y > box.height * 0.62)) continue;
      if (found === null || !white) found = note;
    }
    return found;
  }

  press(note) {
    this.store.act('/polate/key', note, 96);
    if (this.store.one('/polate/keys', 'off') === 'off') this.player.preview([note]);
  }

  letGo(note) { this.store.act('/polate/key', note, 0); }
}
