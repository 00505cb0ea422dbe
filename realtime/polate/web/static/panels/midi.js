/** MIDI ports, the controller's template, what is learned, the clock that is followed, and the timing. */

import { h } from '../lib/dom.js';
import { choiceBox, listBox, pickBox, switchBox } from '../widgets/choice.js';
import { numberBox } from '../widgets/number.js';
import { toggleLearn } from '../lib/learn.js';

/** A list of ports that follows what is plugged in; null where the server cannot change it. */
export function portBox(store, key, label, kind, none) {
  const address = `/polate/${key}`;
  if (!store.has(address)) return null;
  const box = listBox(store, address, { label, choices: store.more('ports', {})[kind] ?? [], none });
  box.element.classList.add('port');
  store.watchMore('ports', (ports) => box.refill(ports[kind] ?? []));
  return box.element;
}

export function midiPanel({ store }) {
  const { controllers = [], clocks = [] } = store.welcome;
  const has = (key, make) => store.has(`/polate/${key}`) && make(`/polate/${key}`);
  return [
    h('div.group', {},
      portBox(store, 'output', 'MIDI out', 'outputs', 'Polate Out'), portBox(store, 'input', 'MIDI in', 'inputs', 'Polate In'),
      has('controller', (address) => choiceBox(store, address, { label: 'Controller', choices: controllers, none: 'none' })),
      portBox(store, 'feedback-output', 'Lights and rings to', 'outputs', 'nowhere')),
    h('div.group', {},
      has('sync', (address) => pickBox(store, address, { label: 'Clock', choices: clocks, names: { internal: 'own', midi: 'MIDI', link: 'Link', osc: 'OSC' } })),
      has('clock-out', (address) => switchBox(store, address, { label: 'Send MIDI clock' })),
      has('dropout', (address) => pickBox(store, address, { label: 'Without a clock', choices: ['hold', 'free-run'], names: { hold: 'wait', 'free-run': 'go on' } })),
      has('quantum', (address) => numberBox(store, address, { label: 'Link beats', low: 1, high: 64, step: 1 }))),
    learned(store), gauge(store),
  ];
}

function learned(store) {
  const list = h('ul.mappings');
  const learn = h('button.button', { type: 'button', 'aria-pressed': 'false', text: 'Learn', title: 'Then click a knob here and move one on your controller', onclick: () => toggleLearn(store) });
  document.addEventListener('polate-learn', (event) => learn.setAttribute('aria-pressed', String(event.detail)));
  store.watchMore('mappings', (mappings) => {
    list.replaceChildren(...mappings.map(({ source, target }) => h('li', {}, h('b', { text: target }), ` ${source}`,
      store.has('/polate/forget') && h('button', { type: 'button', 'aria-label': `Forget ${source} for ${target}`, text: '×', onclick: () => store.act('/polate/forget', target) }))));
  });
  return store.has('/polate/learn') && h('div.group.column', {}, learn, list);
}

function gauge(store) {
  const line = h('span'), state = h('span'), trouble = h('span');
  store.watch('/polate/trouble', ([text]) => { trouble.textContent = text; });
  let told = { late: 0, dropped: 0, p50_us: null, p99_us: null };
  const show = () => {
    const status = store.more('status', {}), us = (value) => (value === null || value === undefined ? '–' : `${Math.round(value)} µs`);
    line.textContent = `Late ${told.late ?? status.late ?? 0} · dropped ${told.dropped ?? status.dropped ?? 0} · median ${us(told.p50_us)} · 99 % within ${us(told.p99_us)}`;
    state.textContent = [status.output && `out ${status.output}`, status.input && `in ${status.input}`, status.osc && `OSC ${status.osc}`, status.sync && `clock ${status.sync}`].filter(Boolean).join(' · ');
  };
  store.link.on('gauge', (message) => { told = message; show(); });
  store.watchMore('status', show);
  return h('div.group.column.gauge', {}, h('span.label', { text: 'Timing' }), line, state, trouble);
}
