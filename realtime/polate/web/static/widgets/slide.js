/** A horizontal slider; with a strip of patterns behind it where there is one. */

import { clamp, fitCanvas, h, onceAFrame, onResize } from '../lib/dom.js';
import { onTheme } from '../lib/theme.js';
import { css } from '../theory/colour.js';

/**
 * @param {{label: string, value: number, onset: (value: number) => void, text?: (value: number) => string,
 *   strip?: boolean, reset?: number}} options  the value is 0..1
 */
export function slide({ label, value, onset, text = (v) => `${Math.round(v * 100)} %`, strip = false, reset }) {
  const fill = h('div.fill'), thumb = h('div.thumb'), canvas = strip ? h('canvas', { 'aria-hidden': 'true' }) : null;
  const element = h(`div.slide${strip ? '.strip' : ''}`, {
    role: 'slider', tabindex: 0, 'aria-label': label, 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-orientation': 'horizontal',
  }, fill, canvas, thumb);
  let borders = [0, 1], texts = [];
  const show = () => {
    fill.style.width = thumb.style.left = `${value * 100}%`;
    element.setAttribute('aria-valuenow', String(Math.round(value * 1000) / 10));
    element.setAttribute('aria-valuetext', text(value));
  };
  const set = (next) => { value = clamp(next, 0, 1); show(); onset(value); };
  const place = (event) => {
    const box = element.getBoundingClientRect();
    return (event.clientX - box.left) / box.width;
  };
  let held = false;
  element.addEventListener('pointerdown', (event) => {
    if (event.button > 0) return;
    event.preventDefault();
    held = true;
    element.focus({ focusVisible: false, preventScroll: true });
    element.setPointerCapture(event.pointerId);
    set(place(event));
  });
  element.addEventListener('pointermove', (event) => {
    if (!held) return;
    set(event.shiftKey ? value + (event.movementX / element.clientWidth) * 0.1 : place(event));
  });
  for (const end of ['pointerup', 'pointercancel']) element.addEventListener(end, () => { held = false; });
  if (reset !== undefined) element.addEventListener('dblclick', () => set(reset));
  element.addEventListener('wheel', (event) => {
    event.preventDefault();
    set(value - event.deltaY * 0.0004);
  }, { passive: false });
  element.addEventListener('keydown', (event) => {
    const step = event.shiftKey ? 0.001 : 0.01;
    const next = {
      ArrowUp: value + step, ArrowRight: value + step, ArrowDown: value - step, ArrowLeft: value - step,
      PageUp: value + 0.1, PageDown: value - 0.1, Home: 0, End: 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    set(next);
  });
  const draw = onceAFrame(() => {
    const { g, w, h: high } = fitCanvas(canvas);
    g.clearRect(0, 0, w, high);
    texts.forEach((each, at) => {
      g.fillStyle = css(each);
      g.fillRect(borders[at] * w + (at ? 0.5 : 0), 0, (borders[at + 1] - borders[at]) * w - 0.5, high);
    });
  });
  if (strip) { onTheme(draw); onResize(canvas, draw); }
  show();
  return {
    element,
    /** @param {number} next */
    show(next) { if (!held) { value = next; show(); } },
    setStrip(given) { ({ borders, texts } = given); draw(); },
  };
}
