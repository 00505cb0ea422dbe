/** A number under a label: drag it up and down, use the arrow keys, or type it. */

import { clamp, h } from '../lib/dom.js';

const PIXELS = 180; // of a drag over the whole range; a whole number moves at least one step in six pixels

/**
 * @typedef {Object} NumberOptions
 * @property {string} label
 * @property {number} low
 * @property {number} high
 * @property {boolean} [whole]  whole numbers only
 * @property {number} [step]  of an arrow key
 * @property {string} [unit]
 * @property {(value: number) => string} [format]
 * @property {(text: string) => number|null} [read]
 * @property {string} [title]
 */

/**
 * @param {import('../net/store.js').Store} store
 * @param {string} address
 * @param {NumberOptions} options
 * @returns {HTMLElement}
 */
export function numberBox(store, address, options) {
  const { label, low, high, whole = false, unit = '', title = '' } = options;
  const step = options.step ?? (whole ? 1 : (high - low) / 100);
  const format = options.format ?? ((value) => String(Number(value.toFixed(whole ? 0 : high - low > 20 ? 1 : 3))));
  const read = options.read ?? ((text) => (text.trim() && Number.isFinite(Number(text)) ? Number(text) : null));
  let value = low;
  const input = h('input.number', {
    role: 'spinbutton', inputmode: 'decimal', autocomplete: 'off', spellcheck: 'false', 'aria-label': label,
    'aria-valuemin': low, 'aria-valuemax': high, title: title || null, 'data-address': address.startsWith('/') ? address : null,
  });
  const show = () => {
    if (document.activeElement !== input || !editing) input.value = format(value);
    input.setAttribute('aria-valuenow', String(value));
    input.setAttribute('aria-valuetext', `${format(value)}${unit ? ` ${unit}` : ''}`);
    input.size = Math.max(1, input.value.length);
  };
  const set = (next) => {
    if (next === null || !Number.isFinite(next)) return;
    const held = clamp(whole ? Math.round(next) : next, low, high);
    if (held === value) return;
    value = held; // shown at once, whatever the store tells
    show();
    store.set(address, held);
  };
  let editing = false, drag = null;
  const finish = (keep) => {
    if (!editing) return;
    editing = false;
    if (keep) set(read(input.value));
    show();
  };
  input.addEventListener('pointerdown', (event) => {
    if (editing || event.button > 0) return;
    event.preventDefault();
    input.setPointerCapture(event.pointerId);
    drag = { y: event.clientY, x: event.clientX, from: value, far: 0 };
  });
  input.addEventListener('pointermove', (event) => {
    if (!drag) return;
    const way = drag.y - event.clientY + (event.clientX - drag.x);
    drag.far = Math.max(drag.far, Math.abs(way));
    if (drag.far < 3) return;
    const scale = (whole ? Math.min((high - low) / PIXELS, 1 / 6) : (high - low) / PIXELS / 2) * (event.shiftKey ? 0.1 : 1);
    const next = drag.from + way * scale;
    set(whole ? next : Math.round(next / step) * step);
  });
  input.addEventListener('pointerup', () => {
    if (drag && drag.far < 3) {
      editing = true;
      input.focus({ preventScroll: true });
      input.select();
    } else if (drag) input.focus({ focusVisible: false, preventScroll: true });
    drag = null;
  });
  input.addEventListener('pointercancel', () => { drag = null; });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') { if (editing) { finish(true); } else { editing = true; input.select(); } return; }
    if (event.key === 'Escape') { finish(false); return; }
    const by = event.shiftKey && !whole ? step / 10 : step;
    const next = {
      ArrowUp: value + by, ArrowDown: value - by, PageUp: value + by * 10, PageDown: value - by * 10,
      Home: editing ? undefined : low, End: editing ? undefined : high,
    }[event.key];
    if (next !== undefined) { event.preventDefault(); editing = false; set(Number(next.toFixed(6))); show(); } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
      if (!editing) { editing = true; input.value = ''; }
    }
  });
  input.addEventListener('input', () => { editing = true; });
  input.addEventListener('blur', () => finish(true));
  input.addEventListener('wheel', (event) => {
    if (document.activeElement !== input) return;
    event.preventDefault();
    set(value - Math.sign(event.deltaY) * step);
  }, { passive: false });
  store.watch(address, ([next]) => { value = Number(next); show(); });
  show();
  return h('div.read', {}, h('span.label', { text: label, 'aria-hidden': 'true' }), h('div.inline', {}, input, unit && h('span.unit', { text: unit, 'aria-hidden': 'true' })));
}
