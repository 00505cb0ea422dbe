/** Small helpers that make elements. Text is always a text node, so names that come from elsewhere stay text. */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Make an HTML element.
 * @param {string} tag  a tag, with classes after dots: `div.row.wide`
 * @param {Object<string, any>} [props]  `on*` are listeners, `text` is the text, the rest are attributes; null leaves one out
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {any}
 */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag.split('.')[0]), tag, props, children);
}

/**
 * Make an SVG element; arguments as for `h`.
 * @returns {any}
 */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag.split('.')[0]), tag, props, children);
}

function fill(element, tag, props, children) {
  const classes = tag.split('.').slice(1);
  if (classes.length) element.classList.add(...classes);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'text') element.textContent = value;
    else element.setAttribute(key, value === true ? '' : value);
  }
  for (const child of children) if (child || child === '') element.append(child);
  return element;
}

/** @returns {number} the value, held between two others */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// To ask a canvas for its size makes the browser lay out the page: the sizes are told instead, when they change.
const sizes = new WeakMap(), resized = new WeakMap();
const observer = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    sizes.set(target, { w: Math.round(contentRect.width), high: Math.round(contentRect.height) });
    resized.get(target)?.();
  }
});

/** Call `draw` when the size of a canvas changes, and once soon. */
export function onResize(canvas, draw) {
  resized.set(canvas, draw);
  observer.observe(canvas);
}

/** The size of a canvas that is observed, in CSS pixels; nothing before it is shown. */
export const sizeOf = (canvas) => sizes.get(canvas) ?? { w: 0, high: 0 };

/** A canvas of the size of its element in device pixels; returns the context, scaled to CSS pixels. */
export function fitCanvas(canvas) {
  const scale = Math.min(3, window.devicePixelRatio || 1);
  const { w, high: hgt } = sizeOf(canvas);
  const width = Math.max(1, Math.round(w * scale)), height = Math.max(1, Math.round(hgt * scale));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const g = canvas.getContext('2d');
  g.setTransform(scale, 0, 0, scale, 0, 0);
  return { g, w, h: hgt, scale };
}

/** Call `draw` at most once a frame, however often it is asked for. */
export function onceAFrame(draw) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame((now) => { waiting = false; draw(now); });
  };
}

let family = '';

/** The page's typeface, for canvases. */
export const typeface = () => (family ||= getComputedStyle(document.body).fontFamily);

/** Does the user want little motion? */
const lessMotion = matchMedia('(prefers-reduced-motion: reduce)');
export const calm = () => lessMotion.matches;

/** Read and write what this browser remembers; a browser that refuses remembers nothing. */
export const memory = {
  get(key, otherwise = '') {
    try { return localStorage.getItem(`polate-${key}`) ?? otherwise; } catch { return otherwise; }
  },
  set(key, value) {
    try { localStorage.setItem(`polate-${key}`, String(value)); } catch { /* private mode: nothing is kept */ }
  },
};
