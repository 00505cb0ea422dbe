/** The settings that are not set every minute: one panel at a time, chosen by tabs. */

import { h, memory } from '../lib/dom.js';
import { keysPanel, notesPanel, rhythmPanel } from './playing.js';
import { midiPanel } from './midi.js';
import { motionPanel } from './motion.js';
import { otherSettings } from './settings.js';
import { snapshotPanel } from './snapshots.js';
import { takePanel } from './take.js';
import { voicesPanel } from './voices.js';

const PANELS = [
  ['snapshots', 'Snapshots', snapshotPanel], ['rhythm', 'Rhythm', rhythmPanel], ['notes', 'Notes', notesPanel],
  ['voices', 'Sound and voices', voicesPanel], ['motion', 'Motion', motionPanel], ['keys', 'Keys', keysPanel],
  ['take', 'Record', takePanel], ['midi', 'MIDI and sync', midiPanel],
];

export function dock(host, context) {
  const tabs = [], panels = [], unmade = new Map(); // place -> what fills the panel
  const fill = (at) => {
    panels[at].append(...(unmade.get(at)?.(context) ?? []).filter(Boolean));
    unmade.delete(at);
  };
  const choose = (at, focus = false) => {
    fill(at);
    tabs.forEach((tab, index) => {
      tab.setAttribute('aria-selected', String(index === at));
      tab.tabIndex = index === at ? 0 : -1;
      panels[index].hidden = index !== at;
    });
    memory.set('tab', PANELS[at][0]);
    if (focus) tabs[at].focus();
    requestAnimationFrame(() => { list.scrollLeft = Math.max(0, tabs[at].offsetLeft - list.offsetLeft - 60); }); // along the list only: the page stays where it is
  };
  PANELS.forEach(([key, name, make], at) => {
    tabs.push(h('button', { type: 'button', role: 'tab', id: `tab-${key}`, 'aria-controls': `panel-${key}`, text: name, onclick: () => choose(at) }));
    panels.push(h('div.panel', { role: 'tabpanel', id: `panel-${key}`, 'aria-labelledby': `tab-${key}` }));
    unmade.set(at, make);
  });
  const list = h('div.tabs', { role: 'tablist', 'aria-label': 'Settings' }, ...tabs);
  list.addEventListener('keydown', (event) => {
    const at = tabs.findIndex((tab) => tab.tabIndex === 0), last = tabs.length - 1;
    const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choose(next, true);
  });
  host.replaceChildren(list, ...panels);
  choose(Math.max(0, PANELS.findIndex(([key]) => key === memory.get('tab', 'snapshots'))));
  fillLater(() => {
    const [at] = unmade.keys();
    if (at !== undefined) fill(at);
    else addOthers();
    return at !== undefined;
  });
  const addOthers = () => {
    const others = otherSettings(context.store);
    if (others.length) panels[PANELS.findIndex(([key]) => key === 'notes')].append(h('div.group', {}, ...others));
  };
}

/** The hidden panels are filled one by one while the page has nothing else to do: it can be played before. */
function fillLater(fillNext) {
  setTimeout(() => { if (fillNext()) fillLater(fillNext); }, 100);
}
