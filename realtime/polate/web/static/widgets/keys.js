/**
 * A keyboard, and above it the notes that were played, rising like a roll of paper from the keys that struck them.
 *
 * A key that is pressed here is a key for the instrument (see the setting `keys`); where keys do nothing, it sounds alone.
 */

import { calm, clamp, fitCanvas, h } from '../lib/dom.js';
import { colour, onTheme } from '../lib/theme.js';
import { noteName } from '../theory/names.js';

const SECONDS = 4; // of the roll
const WHITE = [0, 2, 4, 5, 7, 9, 11], KEY = 34; // pixels of a white key, about
const isWhite = (note) => WHITE.includes(note % 12);
const COLOURS = { 1: 'accent', 2: 'ink', 3: 'edge', 4: 'soft' };

export class Keys {
  /** @param {import('../net/store.js').Store} store @param {import('../sound/player.js').Player} player */
  constructor(store, player) {
    Object.assign(this, { store, player });
    this.canvas = h('canvas', { role: 'img', 'aria-label': 'Keyboard with the notes that sound, and a roll of the notes that were played' });
    this.element = h('div.keys', {}, this.canvas);
    this.notes = []; // {note, voice, from, to}, newest last
    this.scale = new Set();
    this.low = 36;
    this.high = 96;
    this.still = true;
    player.listen((on, voice, channel, note, velocity, heard) => this.take(on, voice, channel, note, velocity, heard));
    store.link.on('down', () => this.end());
    store.link.on('silence', () => this.end());
    onTheme(() => this.wake());
    new ResizeObserver(() => { this.range(); this.wake(); }).observe(this.canvas);
    this.listen();
  }

  show(notes) {
    this.scale = new Set(notes);
    this.range();
    this.wake();
  }

  /** The keys that are shown: as many as fit, around the notes. */
  range() {
    if (!this.scale.size) return;
    const lowest = Math.min(...this.scale), highest = Math.max(...this.scale);
    const needed = Math.ceil(((highest - lowest + 3) * 7) / 12) + 1; // narrower keys rather than notes that are not seen
    const whites = clamp(Math.max(Math.floor(this.canvas.clientWidth / KEY), needed), 14, 52), span = Math.floor((whites * 12) / 7);
    if (this.span === span && lowest >= this.low && highest <= this.high) return;
    this.span = span;
    let low = clamp(Math.round((lowest + highest - span) / 2), 21, Math.max(21, 108 - span));
    if (lowest < low) low = lowest;
    while (!isWhite(low)) low--;
    this.low = low;
    this.high = low;
    for (let count = 0; count < whites && this.high < 127; this.high++) if (isWhite(this.high)) count++;
    while (!isWhite(this.high)) this.high--;
    this.places = null;
  }

  take(on, voice, channel, note, velocity, heard) {
    if (on) {
      this.notes.push({ note, voice, channel, velocity, from: heard, to: Infinity });
      if (this.notes.length > 600) this.notes.shift();
    } else {
      const open = this.notes.findLast((each) => each.note === note && each.voice === voice && each.to === Infinity);
      if (open) open.to = heard;
    }
    this.wake();
  }

  end() {
    const now = performance.now();
    for (const each of this.notes) each.to = Math.min(each.to, now);
  }

  wake() {
    if (!this.still) return;
    this.still = false;
    requestAnimationFrame((now) => this.frame(now));
  }

  frame(now) {
    this.notes = this.notes.filter(({ to }) => to > now - SECONDS * 1000);
    this.paint(now);
    this.still = !this.notes.length || document.hidden;
    if (!this.still) requestAnimationFrame((next) => this.frame(next));
  }

  /** The left edge and the width of each key. */
  layout(w) {
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

  paint(now) {
    const { g, w, h: high } = fitCanvas(this.canvas);
    if (w < 20) return;
    const top = Math.round(high * 0.52), { keys } = this.layout(w);
    g.clearRect(0, 0, w, high);
    this.paintRoll(g, now, top, keys);
    const lit = new Map();
    for (const { note, voice, from, to } of this.notes) if (from <= now && to > now) lit.set(note, voice);
    for (const white of [true, false]) {
      for (const [note, [x, wide, isLight]] of keys) {
        if (isLight !== white) continue;
        const tall = white ? high - top : (high - top) * 0.62;
        g.fillStyle = lit.has(note) ? colour(COLOURS[lit.get(note)]) : white ? colour('raised') : colour('black-key');
        g.beginPath();
        g.roundRect(x + 0.5, top, wide - 1, tall - 0.5, [0, 0, 3, 3]);
        g.fill();
        if (white) { g.lineWidth = 1; g.strokeStyle = colour('line'); g.stroke(); }
        if (this.scale.has(note) && !lit.has(note)) {
          g.beginPath();
          g.arc(x + wide / 2, top + tall - Math.min(white ? 17 : 9, wide * 0.5), Math.min(3.2, wide * 0.2), 0, 2 * Math.PI);
          g.fillStyle = colour('accent');
          g.fill();
        }
        if (white && note % 12 === 0 && wide > 15) this.label(g, noteName(note), x + 4, top + tall - 5, lit.has(note));
      }
    }
  }

  label(g, text, x, y, lit) {
    g.font = `10px ${getComputedStyle(document.body).fontFamily}`;
    g.fillStyle = lit ? colour('on-accent') : colour('soft');
    g.fillText(text, x, y);
  }

  paintRoll(g, now, top, keys) {
    g.fillStyle = colour('well');
    g.fillRect(0, 0, this.places.w, top - 1);
    if (calm()) return;
    const pace = top / (SECONDS * 1000);
    for (const { note, voice, velocity, from, to } of this.notes) {
      const key = keys.get(note);
      if (!key || from > now) continue;
      const bottom = top - (now - Math.min(to, now)) * pace, up = top - (now - from) * pace;
      g.globalAlpha = (0.4 + 0.6 * (velocity / 127)) * (1 - 0.75 * (now - from) / (SECONDS * 1000));
      g.fillStyle = colour(COLOURS[voice] ?? 'soft');
      const wide = Math.min(key[1], voice === 1 ? 12 : 6);
      g.fillRect(key[0] + (key[1] - wide) / 2, up, wide, Math.max(2, bottom - up - 0.5));
    }
    g.globalAlpha = 1;
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
    const top = box.height * 0.52;
    if (y < top || !this.places) return null;
    let found = null;
    for (const [note, [left, wide, white]] of this.places.keys) {
      if (x < left || x >= left + wide || (!white && y > top + (box.height - top) * 0.62)) continue;
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
