/** Keys for the whole page, where no field has the focus. */

import { toggleLearn } from './learn.js';
import { toggleStage } from './stage.js';

const TYPED = 'input, textarea, select, [contenteditable]';

/** @param {import('../net/store.js').Store} store @param {() => void} toggle  play and stop */
export function shortcuts(store, toggle) {
  document.addEventListener('keydown', (event) => {
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z';
    if (undo && !event.target.matches('input:focus')) {
      event.preventDefault();
      store.link.send({ t: event.shiftKey ? 'redo' : 'undo' });
      return;
    }
    if (event.ctrlKey && event.key.toLowerCase() === 'y') { event.preventDefault(); store.link.send({ t: 'redo' }); return; }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.target.matches(TYPED)) return;
    if (event.key === ' ' && !event.target.closest('button, [role="tab"], a')) { event.preventDefault(); toggle(); }
    if (event.key === 'f') toggleStage();
    if (event.key === 'g') { event.preventDefault(); document.querySelector('#now .go').click(); }
    if (event.key === 'l' && store.has('/polate/learn')) toggleLearn(store);
  });
}
