/**
 * The path tool of the map: a drag becomes a loop of at most 31 points, which the point travels in bars.
 *
 * By keyboard: the arrow keys move the point, Enter sets a corner of the path, Escape or the tool's button closes it.
 */

import { clamp } from '../lib/dom.js';
import { colour } from '../lib/theme.js';

const MOST = 31, CLOSE = 0.006; // points of a path; parts of the map between two points of a drag

export class PathTool {
  /** @param {import('./map.js').LatentMap} map @param {() => void} ondone  a path was drawn */
  constructor(map, ondone) {
    this.map = map;
    this.ondone = ondone;
    this.on = false;
    this.drawing = null;
  }

  begin({ x, y }) { this.drawing = [[x, y]]; }

  add({ x, y }) {
    const [lastX, lastY] = this.drawing.at(-1);
    if (Math.hypot(x - lastX, y - lastY) > CLOSE) this.drawing.push([clamp(x, 0, 1), clamp(y, 0, 1)]);
    this.map.draw();
  }

  /** A key while the tool is chosen. @returns {boolean} whether it was for the path */
  key(name) {
    if (name !== 'Enter' && name !== 'Escape') return false;
    if (name === 'Escape') { this.end(); return true; }
    const [x, y] = this.map.here();
    if (this.drawing) this.add({ x, y }); else this.begin({ x, y });
    this.map.draw();
    return true;
  }

  end() {
    const { drawing, map } = this;
    this.drawing = null;
    if (!drawing) return;
    if (drawing.length > 2) {
      const points = evenly(drawing, Math.min(MOST, Math.max(3, Math.round(length(drawing) * 24))));
      map.store.set('/polate/path', map.x + 1, map.y + 1, ...points.flat().map((value) => Number(value.toFixed(4))));
      if (!(map.store.one('/polate/path-bars', 0) >= 1 / 16)) map.store.set('/polate/path-bars', 4);
    }
    map.draw();
    this.ondone();
  }

  clear() { this.map.store.set('/polate/path', 0); }

  /** The path that is there, where it is on the axes that are shown. @returns {number[][]} */
  points() {
    const [x, y, ...rest] = this.map.store.get('/polate/path');
    if (x === undefined || rest.length < 4) return [];
    if (x !== this.map.x + 1 || y !== this.map.y + 1) return [];
    return Array.from({ length: rest.length >> 1 }, (_, at) => [rest[at * 2], rest[at * 2 + 1]]);
  }

  paint(g, px, py) {
    const points = this.drawing ?? this.points();
    if (points.length < 2) return;
    for (const [width, ink] of [[5, 'paper'], [2.5, 'ink']]) {
      g.beginPath();
      points.forEach(([x, y], at) => (at ? g.lineTo(px(x), py(y)) : g.moveTo(px(x), py(y))));
      if (!this.drawing) g.closePath();
      g.lineJoin = 'round';
      g.lineWidth = width;
      g.strokeStyle = colour(ink);
      g.stroke();
    }
  }
}

function length(points) {
  return points.slice(1).reduce((sum, [x, y], at) => sum + Math.hypot(x - points[at][0], y - points[at][1]), 0);
}

/** So many points of a closed line, evenly spaced along it: the pace is even. */
function evenly(points, count) {
  const closed = [...points, points[0]], total = length(closed), found = [];
  let at = 0, gone = 0;
  for (let each = 0; each < count; each++) {
    const wanted = (total * each) / count;
    let piece = Math.hypot(closed[at + 1][0] - closed[at][0], closed[at + 1][1] - closed[at][1]);
    while (gone + piece < wanted && at < closed.length - 2) {
      gone += piece;
      at++;
      piece = Math.hypot(closed[at + 1][0] - closed[at][0], closed[at + 1][1] - closed[at][1]);
    }
    const share = piece ? (wanted - gone) / piece : 0;
    found.push([0, 1].map((side) => closed[at][side] + (closed[at + 1][side] - closed[at][side]) * share));
  }
  return found;
}
