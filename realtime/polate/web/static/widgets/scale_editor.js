/**
 * Edit the scale on the keyboard: press a key to add its note to the cell or to take it away, drag one to move it.
 *
 * By keys: the arrows choose a key, Enter adds or takes away, Shift with an arrow moves the note, Escape ends it.
 */

import { clamp, h } from '../lib/dom.js';
import { added, moved, placeOf, takenAway } from '../theory/edit.js';
import { noteName } from '../theory/names.js';
import { parse } from '../theory/pattern.js';

/**
 * @param {import('./keys.js').Keys} keys
 * @param {import('../net/store.js').Store} store
 */
export function scaleEditor(keys, store) {
  let editing = false, from = null; // the key where a pointer went down
  const news = h('p.edit-news', { 'aria-live': 'polite' });
  const button = h('button.edit', { type: 'button', 'aria-pressed': 'false', text: 'Edit scale', title: 'Add, take away and drag notes of the scale on the keyboard', onclick: () => turn(!editing) });
  keys.element.append(button, news);

  const pattern = () => parse(store.one('/polate/pattern', '12 0'));
  const tonic = () => store.one('/polate/tonic', 60);
  const turn = (on) => {
    editing = on;
    button.setAttribute('aria-pressed', String(on));
    keys.mark = on ? clamp(tonic(), keys.low, keys.high) : null;
    keys.draw();
    if (on) keys.element.focus({ preventScroll: true });
    tell();
  };
  const tell = () => {
    if (!editing) { news.textContent = ''; return; }
    const { at } = placeOf(pattern(), tonic(), keys.mark);
    news.textContent = `${noteName(keys.mark)}: ${at < 0 ? 'Enter adds it' : at === 0 ? 'a principal tone' : 'Enter takes it away, Shift and an arrow move it'}`;
  };
  const go = (text) => { if (text !== pattern().text) store.act('/polate/go', text); };
  const press = (note) => {
    const { at, offset } = placeOf(pattern(), tonic(), note);
    go(at < 0 ? added(pattern(), offset) : takenAway(pattern(), at));
  };
  const drag = (note, by) => {
    const { at } = placeOf(pattern(), tonic(), note);
    if (at > 0) go(moved(pattern(), at, by));
    return at > 0;
  };
  const show = (note) => { keys.mark = note; keys.draw(); tell(); };

  for (const [kind, act] of Object.entries({
    pointerdown: (event) => { from = keys.noteAt(event); if (from !== null) { keys.canvas.setPointerCapture(event.pointerId); show(from); } },
    pointermove: (event) => { const note = keys.noteAt(event); if (from !== null && note !== null && note !== keys.mark) show(note); },
    pointerup: () => { if (from !== null) { if (keys.mark === from) press(from); else drag(from, keys.mark - from); } from = null; },
    pointercancel: () => { from = null; },
  })) {
    keys.canvas.addEventListener(kind, (event) => {
      if (!editing) return;
      event.preventDefault();
      event.stopImmediatePropagation(); // the key is not played
      act(event);
    }, true);
  }
  keys.element.addEventListener('keydown', (event) => {
    if (!editing || event.target === button) return;
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (by) {
      const note = clamp(keys.mark + by, keys.low, keys.high);
      if (!event.shiftKey || drag(keys.mark, by)) show(note);
    } else if (event.key === 'Enter' || event.key === 'Delete') press(keys.mark);
    else if (event.key === 'Escape') { turn(false); button.focus(); } else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  store.watch('/polate/pattern', tell);
}
