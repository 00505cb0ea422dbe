/** A sheet to choose a place by typing: landmarks, snapshots, text forms, notes. Keys: arrows, Enter, Escape. */

import { clamp, h, memory } from '../lib/dom.js';
import { css } from '../theory/colour.js';

const MOST_BARS = 256; // as /polate/glide

let sheet = null;

export function closeSheet() {
  sheet?.remove();
  sheet = null;
}

/**
 * @param {HTMLElement} beside
 * @param {import('../net/store.js').Store} store
 * @param {{title: string, onchoose: (place: string, bars: number) => void, here?: boolean, glides?: boolean}} options
 *   glides: the sheet also asks in how many bars to go there; 0: at once. The browser remembers the number.
 */
export function findPlace(beside, store, { title, onchoose, here = true, glides = false }) {
  closeSheet();
  const bars = h('input', { type: 'number', 'aria-label': 'Bars to go there', inputmode: 'decimal', min: 0, max: MOST_BARS, step: 'any', value: memory.get('go-bars', '0'), title: 'Bars in which to go there, on a straight line; 0: at once' });
  bars.addEventListener('input', () => memory.set('go-bars', glideBars()));
  let items = [], at = 0, asked = 0, answered = null;
  const list = h('ul.found', { role: 'listbox', id: 'found', 'aria-label': 'Found' });
  const input = h('input', {
    role: 'combobox', 'aria-label': title, 'aria-expanded': 'true', 'aria-controls': 'found', 'aria-autocomplete': 'list',
    placeholder: 'A name, tritone 0 1 2, or C Db E F', autocomplete: 'off', spellcheck: 'false',
  });
  const glideBars = () => (glides ? clamp(Number(bars.value) || 0, 0, MOST_BARS) : 0);
  const choose = (place) => { closeSheet(); beside.focus({ preventScroll: true }); if (place) onchoose(place, glideBars()); };
  const show = () => {
    list.replaceChildren(...items.map((item, index) => {
      const dot = h('i.dot');
      dot.style.background = css(item.text);
      return h('li', {
        role: 'option', id: `found-${index}`, 'aria-selected': String(index === at), onclick: () => choose(item.kind === 'pattern' ? item.text : item.name),
      }, dot, h('b', { text: item.name }), h('span', { text: item.kind === 'pattern' ? 'pattern' : item.text }));
    }));
    input.setAttribute('aria-activedescendant', items.length ? `found-${at}` : '');
    list.children[at]?.scrollIntoView({ block: 'nearest' });
  };
  const ask = async () => {
    const number = ++asked, found = await store.link.ask({ t: 'find', q: input.value });
    if (number !== asked || !found) return;
    items = found.items;
    at = 0;
    show();
  };
  const enter = () => {
    const item = items[at];
    if (input.isConnected) choose(item ? (item.kind === 'pattern' ? item.text : item.name) : input.value.trim());
  };
  input.addEventListener('input', () => { answered = ask(); });
  bars.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') answered.then(enter);
    if (event.key === 'Escape') { event.stopPropagation(); choose(''); }
  });
  input.addEventListener('keydown', (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && items.length) { at = (at + by + items.length) % items.length; show(); event.preventDefault(); }
    if (event.key === 'Enter') answered.then(enter); // not what was found for an earlier text
    if (event.key === 'Escape') { event.stopPropagation(); choose(''); }
  });
  const quick = h('div.group', {},
    here && h('button.button', { type: 'button', text: 'Here', title: 'Where the point is now', onclick: () => choose('here') }),
    h('button.button', { type: 'button', text: 'Random', onclick: () => choose('random') }),
    glides && h('label.label.in-bars', {}, 'in', bars, 'bars'));
  sheet = h('div.sheet', { role: 'dialog', 'aria-label': title }, h('label.label', { text: title }), input, quick, list);
  document.body.append(sheet);
  const box = beside.getBoundingClientRect(), size = sheet.getBoundingClientRect();
  sheet.style.left = `${clamp(box.left, 12, innerWidth - size.width - 12)}px`;
  sheet.style.top = `${clamp(box.bottom + 8, 12, innerHeight - Math.max(size.height, 330) - 12)}px`;
  input.focus();
  answered = ask();
  const outside = (event) => {
    if (!sheet?.isConnected) { document.removeEventListener('pointerdown', outside, true); return; }
    if (!sheet.contains(event.target)) closeSheet();
  };
  document.addEventListener('pointerdown', outside, true);
}
