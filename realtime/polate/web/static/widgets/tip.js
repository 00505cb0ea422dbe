/** One tooltip for the page: what is under the pointer, or under the focus. */

import { clamp, h } from '../lib/dom.js';
import { css } from '../theory/colour.js';
import { noteName, spelledName } from '../theory/names.js';

let box = null, owner = null;

/** Show nodes beside a place of the window. `who` owns the tip: only it can hide it. */
export function showTip(who, x, y, ...nodes) {
  box ??= document.body.appendChild(h('div.tip', { 'aria-hidden': 'true' }));
  owner = who;
  box.replaceChildren(...nodes);
  box.hidden = false;
  const { width, height } = box.getBoundingClientRect();
  const left = x + 16 + width > innerWidth - 8 ? x - 16 - width : x + 16;
  const top = y + 18 + height > innerHeight - 8 ? y - 12 - height : y + 18;
  box.style.left = `${clamp(left, 8, innerWidth - width - 8)}px`;
  box.style.top = `${clamp(top, 8, innerHeight - height - 8)}px`;
}

export function hideTip(who) {
  if (box && owner === who) box.hidden = true;
}

/** A pattern in the tip: its text form at once, its notes when the server has told them. */
export function showPattern(who, x, y, text, describe, extra = '') {
  const detail = h('span.dim', { text: extra });
  const swatch = h('i');
  swatch.style.background = css(text);
  showTip(who, x, y, h('b', {}, swatch, text), detail);
  describe(text).then((found) => {
    if (!found?.notes || owner !== who || !box.contains(detail)) return;
    detail.textContent = `${notesLine(found)}${extra ? ` · ${extra}` : ''}`;
  });
}

/** The notes of a description in one line, at most sixteen. */
export function notesLine({ notes, spelled }) {
  const names = notes.slice(0, 16).map((note) => (spelled ? spelledName(note % 12, spelled) : noteName(note)));
  return names.join(' ') + (notes.length > 16 ? ' …' : '');
}
