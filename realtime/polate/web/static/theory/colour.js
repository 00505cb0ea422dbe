/**
 * Colours of patterns: a hue for each interval between principal tones, narrow to wide, and a shade for each cell.
 *
 * In OKLab (B. Ottosson, 2020), where equal steps look equal, so that no progression is louder than another.
 */

import { parse } from './pattern.js';

const ORDER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14]; // intervals, narrow to wide
const cache = new Map();
let dark = false, byCell = false;

/** Choose the colours for a dark or a light page; `cells`: all patterns have one interval, so the cell's size gives the hue. */
export function setPalette({ isDark = dark, cells = byCell }) {
  dark = isDark;
  byCell = cells;
  cache.clear();
}

/** Red, green and blue 0..255 of a pattern's text form. @returns {[number, number, number]} */
export function rgb(text) {
  let colour = cache.get(text);
  if (!colour) {
    const pattern = parse(text);
    const [rank] = family(text);
    colour = oklch(shade(pattern, rank), dark ? 0.078 : 0.076, hue(rank));
    if (cache.size > 5000) cache.clear();
    cache.set(text, colour);
  }
  return colour;
}

/** The same for CSS and canvases. */
export const css = (text, alpha = 1) => `rgb(${rgb(text).join(' ')} / ${alpha})`;

/** Which of the hues a pattern has, and in words: its progression, or how many notes it has. @returns {[number, string]} */
export function family(text) {
  const pattern = parse(text), size = pattern.cell.length;
  return byCell ? [size - 1, `${size} note${size > 1 ? 's' : ''}`] : [rankOf(pattern.interval), pattern.name];
}

/** The legend's colour of a hue. */
export const legend = (rank) => `rgb(${oklch(dark ? 0.52 : 0.8, 0.09, hue(rank)).join(' ')})`;

function rankOf(interval) {
  const at = ORDER.indexOf(interval);
  return at >= 0 ? at : interval % 12;
}

const hue = (rank) => 62 + rank * 25.5; // the widest stays away from the narrowest

/** Neighbouring hues differ in lightness too; cells of one interval vary a little. */
function shade(pattern, rank) {
  const cell = pattern.cell.reduce((sum, offset, at) => sum + (offset + 12) * (at + 3) * 7, pattern.symmetric ? 5 : 0);
  const vary = ((cell * 2654435761) >>> 16) / 65536 - 0.5;
  return (dark ? 0.46 : 0.815) + (rank % 2 ? 0.02 : -0.02) + vary * (dark ? 0.14 : 0.12);
}

/** OKLCH to sRGB, clipped. @returns {[number, number, number]} */
export function oklch(L, C, degrees) {
  const a = C * Math.cos((degrees * Math.PI) / 180), b = C * Math.sin((degrees * Math.PI) / 180);
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return /** @type {[number, number, number]} */ ([
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((x) => {
    const value = x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055;
    return Math.round(255 * Math.min(1, Math.max(0, value)));
  }));
}
