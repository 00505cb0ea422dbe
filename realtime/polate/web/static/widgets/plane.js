/** A picture of patterns: cells of indexes to pixels, with smooth edges and a hairline between two patterns. */

import { family, rgb } from '../theory/colour.js';

const LARGEST = 1024; // pixels of the picture's side

/** The cells of a `map` or `pad` message. @returns {Uint16Array} */
export function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Uint16Array(bytes.buffer, 0, bytes.length >> 1);
}

/**
 * Twice as wide and high, with diagonals in place of stairs: EPX (E. Johnston, 1992).
 * @param {Uint16Array} cells
 */
export function twice(cells, w, h) {
  const out = new Uint16Array(w * h * 4), wide = w * 2;
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const at = y * w + x, p = cells[at];
      const up = y ? cells[at - w] : p, down = y < h - 1 ? cells[at + w] : p;
      const left = x ? cells[at - 1] : p, right = x < w - 1 ? cells[at + 1] : p;
      const to = y * 2 * wide + x * 2;
      out[to] = left === up && left !== down && up !== right ? up : p;
      out[to + 1] = up === right && up !== left && right !== down ? right : p;
      out[to + wide] = down === left && down !== right && left !== up ? left : p;
      out[to + wide + 1] = right === down && right !== up && down !== left ? right : p;
    }
  }
  return out;
}

export class Plane {
  constructor() {
    this.canvas = document.createElement('canvas');
    this.message = null;
  }

  /** @param {{w: number, h: number, texts: string[], cells: string}} message @param {number} size  device pixels wanted */
  take(message, size) {
    this.message = { ...message, cells: unpack(message.cells) };
    this.render(size);
  }

  /** The pattern at a place 0..1, y from below. @returns {string|null} */
  textAt(x, y) {
    if (!this.message) return null;
    const { w, h, cells, texts } = this.message;
    const column = Math.min(w - 1, Math.max(0, Math.floor(x * w))), row = Math.min(h - 1, Math.max(0, Math.floor((1 - y) * h)));
    return texts[cells[row * w + column]] ?? null;
  }

  render(size) {
    if (!this.message) return;
    let { w, h, cells } = this.message;
    while (w * 2 <= LARGEST && w * 1.5 < size) { cells = twice(cells, w, h); w *= 2; h *= 2; }
    const { canvas } = this;
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    const context = canvas.getContext('2d'), image = context.createImageData(w, h);
    const pixels = new Uint32Array(image.data.buffer);
    const fill = this.message.texts.map(rgb);
    const flat = Uint32Array.from(fill, ([r, g, b]) => (255 << 24) | (b << 16) | (g << 8) | r);
    const edge = Uint32Array.from(fill, ([r, g, b]) => (255 << 24) | ((b * 0.86) << 16) | ((g * 0.86) << 8) | (r * 0.86));
    for (let y = 0, at = 0; y < h; y++) {
      for (let x = 0; x < w; x++, at++) {
        const cell = cells[at];
        const border = (x + 1 < w && cells[at + 1] !== cell) || (y + 1 < h && cells[at + w] !== cell);
        pixels[at] = border ? edge[cell] : flat[cell];
      }
    }
    context.putImageData(image, 0, 0);
  }

  /** The families of patterns on the picture, with how much of it they have. @returns {{rank: number, name: string, share: number}[]} */
  shares() {
    const counts = new Map();
    if (!this.message) return [];
    const { cells, texts } = this.message, each = new Uint32Array(texts.length);
    for (let at = 0; at < cells.length; at++) each[cells[at]]++;
    texts.forEach((text, at) => {
      const [rank, name] = family(text);
      if (!counts.has(rank)) counts.set(rank, { rank, name, share: 0 });
      counts.get(rank).share += each[at] / cells.length;
    });
    return [...counts.values()];
  }
}
