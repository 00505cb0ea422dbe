/** Learn: click a control, then move a knob of the MIDI controller, and they are bound. */

import { say } from './messages.js';

let on = false, chosen = null, told = null;

const NAMES = { '/polate/tempo': 'bpm', '/polate/x': 'pad/x', '/polate/y': 'pad/y' };
const SETTLED = 60; // milliseconds: the list of mappings follows the end of learning in a message of its own

/** The target's name for an address: `/polate/motion/1/depth` is `motion/1/depth`, the tempo is `bpm`. */
function targetOf(element) {
  const marked = element.closest('[data-target]');
  if (marked) return marked.dataset.target;
  const address = element.closest('[data-address]')?.dataset.address;
  if (!address) return null;
  return NAMES[address] ?? address.replace('/polate/', '');
}

export function toggleLearn(store) {
  on = !on;
  document.documentElement.toggleAttribute('data-learn', on);
  document.dispatchEvent(new CustomEvent('polate-learn', { detail: on }));
  told?.remove();
  if (on) told = say('Learn: click a knob or a value here, or press Enter on it.', { stay: 0, action: 'End', onaction: () => toggleLearn(store) });
  else { choose(store, null, ''); }
}

function choose(store, element, target) {
  chosen?.classList.remove('learnable', 'learning');
  chosen = element;
  if (element) element.classList.add('learnable', 'learning');
  store.act('/polate/learn', target);
}

/** Listen for clicks and Enter while learning. */
export function watchLearn(store) {
  const take = (event) => {
    if (!on || (event.type === 'keydown' && event.key !== 'Enter')) return;
    const target = targetOf(event.target);
    if (!target) return;
    event.preventDefault();
    event.stopPropagation();
    choose(store, event.target.closest('[data-target], [data-address]'), target);
    told?.remove();
    told = say(`Now move a knob of your controller: it is bound to ${target}.`, { stay: 0, action: 'End', onaction: () => toggleLearn(store) });
  };
  for (const kind of ['pointerdown', 'keydown']) document.addEventListener(kind, take, true);
  store.watch('/polate/learn', ([target]) => {
    if (!on || !chosen || target) return;
    const bound = targetOf(chosen);
    chosen.classList.remove('learnable', 'learning');
    chosen = null;
    setTimeout(() => {
      if (!on || chosen) return;
      const source = store.more('mappings', []).find((each) => each.target === bound)?.source;
      told?.remove();
      told = say(`Bound${source ? ` to ${source}` : ''}. Click the next one.`, { stay: 0, action: 'End', onaction: () => toggleLearn(store) });
    }, SETTLED);
  });
}
