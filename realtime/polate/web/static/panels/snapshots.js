/** Snapshots: the tiles, their tools, and the sequence that recalls them. */

import { h } from '../lib/dom.js';
import { picker } from '../widgets/choice.js';
import { Snapshots } from '../widgets/snapshots.js';
import { setting } from './settings.js';

export function snapshotPanel({ store }) {
  const tiles = new Snapshots(store);
  const tools = ['recall', 'store', ...(store.has('/polate/snapshot/rename') ? ['rename'] : []), ...(store.has('/polate/snapshot/delete') ? ['delete'] : []), 'sequence'];
  const pick = picker({
    label: 'What a click on a tile does', choices: tools,
    names: { recall: 'Recall', store: 'Store', rename: 'Rename', delete: 'Delete', sequence: 'Sequence' },
    onpick: (tool) => { tiles.choose(tool); pick.choose(tool); },
  });
  pick.choose('recall');
  const clear = h('button.button', { type: 'button', text: 'End the sequence', onclick: () => store.set('/polate/sequence', '') });
  const order = h('span.order');
  store.watch('/polate/sequence', ([text]) => {
    clear.hidden = !text;
    order.textContent = text ? String(text).split(' ').join(' → ') : 'None. Choose Sequence, then click tiles in order.';
  });
  return [tiles.element, h('div.group.tools', {}, pick.element,
    h('div.read.grow', {}, h('span.label', { text: 'Sequence' }), order), setting(store, 'sequence-bars', { label: 'Bars each' }), clear)];
}
