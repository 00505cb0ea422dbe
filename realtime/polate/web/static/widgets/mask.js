/** A mask over the steps: a row of cells that are clicked, or painted by a drag. Each click takes the next of its letters. */

import { h } from '../lib/dom.js';

const MOST = 64;

/**
 * @param {import('../net/store.js').Store} store
 * @param {string} address
 * @param {{label: string, letters: string, empty: string, names: Object<string, string>}} options
 *   `letters`: what a cell can be, in the order of clicks; `empty`: what an empty mask means, as a mask of one cell
 */
export function maskEditor(store, address, { label, letters, empty, names }) {
  let mask = '';
  const cells = h('div.cells', { role: 'group', 'aria-label': label });
  const set = (next) => store.set(address, [...next].every((letter) => letter === empty) && next.length <= 1 ? '' : next);
  const shown = () => mask || empty.repeat(8);
  const shorter = h('button.icon', { type: 'button', 'aria-label': `${label}: one step less`, text: '−', onclick: () => set(shown().slice(0, -1) || empty) });
  const longer = h('button.icon', { type: 'button', 'aria-label': `${label}: one step more`, text: '+', onclick: () => set((shown() + empty).slice(0, MOST)) });
  let paint = null;
  const change = (at, letter) => {
    const now = shown();
    set(now.slice(0, at) + letter + now.slice(at + 1));
  };
  const draw = () => {
    const text = shown();
    while (cells.children.length > text.length) cells.lastChild.remove();
    while (cells.children.length < text.length) {
      const at = cells.children.length;
      cells.append(h('button.cell', { type: 'button', 'data-at': at, onclick: (event) => { if (event.detail === 0) change(at, next(shown()[at])); } }));
    }
    [...text].forEach((letter, at) => {
      const cell = cells.children[at];
      cell.dataset.is = letter;
      cell.toggleAttribute('data-beat', at % 4 === 0);
      cell.setAttribute('aria-label', `Step ${at + 1}: ${names[letter]}`);
    });
    cells.toggleAttribute('data-empty', !mask);
  };
  const next = (letter) => letters[(letters.indexOf(letter) + 1) % letters.length];
  cells.addEventListener('pointerdown', (event) => {
    const at = event.target.dataset?.at;
    if (at === undefined) return;
    event.target.releasePointerCapture?.(event.pointerId);
    paint = next(shown()[at]);
    change(Number(at), paint);
  });
  cells.addEventListener('pointermove', (event) => {
    if (paint === null || !event.buttons) { paint = null; return; }
    const at = document.elementFromPoint(event.clientX, event.clientY)?.dataset?.at;
    if (at !== undefined && shown()[at] !== paint) change(Number(at), paint);
  });
  cells.addEventListener('pointerup', () => { paint = null; });
  cells.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = Number(document.activeElement.dataset.at) + by;
    cells.children[(at + cells.children.length) % cells.children.length]?.focus();
  });
  store.watch(address, ([value]) => { mask = String(value); draw(); });
  draw();
  return h('div.read', {}, h('span.label', { text: label, 'aria-hidden': 'true' }), h('div.mask', {}, cells, shorter, longer));
}
