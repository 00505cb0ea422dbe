/** The notes that were played, rising like a roll of paper from the keys that struck them. */

import { calm, fitCanvas, h, onResize } from '../lib/dom.js';
import { colour, onTheme } from '../lib/theme.js';

const SECONDS = 2.5, MOST = 600; // of the roll; notes
export const COLOURS = { 1: 'accent', 2: 'ink', 3: 'edge', 4: 'soft' }; // of each voice

export class Roll {
  /**
   * @param {() => {keys: Map<number, number[]>}} layout  left edge and width of each key
   * @param {(now: number) => void} onframe  called with each frame while something sounds or rises
   */
  constructor(layout, onframe) {
    this.layout = layout;
    this.onframe = onframe;
    this.canvas = h('canvas.roll', { 'aria-hidden': 'true' });
    this.notes = []; // {note, voice, velocity, from, to}, newest last
    this.still = true;
    onTheme(() => this.wake());
    onResize(this.canvas, () => this.wake());
  }

  take(on, voice, note, velocity, heard) {
    if (on) {
      this.notes.push({ note, voice, velocity, from: heard, to: Infinity });
      if (this.notes.length > MOST) this.notes.shift();
    } else {
      const open = this.notes.findLast((each) => each.note === note && each.voice === voice && each.to === Infinity);
      if (open) open.to = heard;
    }
    this.wake();
  }

  /** Nothing sounds any more. */
  end() {
    const now = performance.now();
    for (const each of this.notes) each.to = Math.min(each.to, now);
    this.wake();
  }

  /** What sounds: note -> voice. */
  sounding(now) {
    const lit = new Map();
    for (const { note, voice, from, to } of this.notes) if (from <= now && to > now) lit.set(note, voice);
    return lit;
  }

  wake() {
    if (!this.still) return;
    this.still = false;
    requestAnimationFrame((now) => this.frame(now));
  }

  frame(now) {
    this.notes = this.notes.filter(({ to }) => to > now - SECONDS * 1000);
    this.paint(now);
    this.onframe(now);
    this.still = !this.notes.length || document.hidden;
    if (!this.still) requestAnimationFrame((next) => this.frame(next));
  }

  paint(now) {
    const { g, w, h: high } = fitCanvas(this.canvas), { keys } = this.layout();
    if (w < 20) return;
    g.fillStyle = colour('well');
    g.fillRect(0, 0, w, high);
    if (calm()) return;
    const pace = high / (SECONDS * 1000);
    for (const { note, voice, velocity, from, to } of this.notes) {
      const key = keys.get(note);
      if (!key || from > now) continue;
      const bottom = high - (now - Math.min(to, now)) * pace, top = high - (now - from) * pace;
      g.globalAlpha = Math.max(0, (0.4 + 0.6 * (velocity / 127)) * (1 - (0.75 * (now - from)) / (SECONDS * 1000)));
      g.fillStyle = colour(COLOURS[voice] ?? 'soft');
      const wide = Math.min(key[1] - 2, voice === 1 ? 20 : 10);
      g.beginPath();
      g.roundRect(key[0] + (key[1] - wide) / 2, top, wide, Math.max(2.5, bottom - top - 1), 1.5);
      g.fill();
    }
    g.globalAlpha = 1;
  }
}
