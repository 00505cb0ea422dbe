/** What moves each axis by itself: a column for each, in the order of the knobs. */

import { h } from '../lib/dom.js';
import { motionSetting } from './settings.js';

const NAMES = { off: 'still', lfo: 'free (Hz)', orbit: 'in bars', walk: 'wander' };

export function motionPanel({ store }) {
  return [h('div.columns', {}, ...store.welcome.axes.map((axis, at) => column(store, axis, at)))];
}

function column(store, axis, at) {
  const label = (word) => word;
  const kind = motionSetting(store, at, 'kind', { label: 'Moves', few: 0, names: NAMES });
  const hz = motionSetting(store, at, 'hz', { label: label('Hz'), step: 0.01 });
  const bars = motionSetting(store, at, 'bars', { label: label('Bars'), step: 1 });
  const depth = motionSetting(store, at, 'depth', { label: label('Depth'), step: 0.01 });
  const shape = motionSetting(store, at, 'shape', { label: label('Shape'), few: 0 });
  const phase = motionSetting(store, at, 'phase', { label: label('Phase'), step: 0.01 });
  store.watch(`/polate/motion/${at + 1}/kind`, ([now]) => {
    hz.hidden = now !== 'lfo';
    bars.hidden = now !== 'orbit' && now !== 'walk';
    depth.hidden = now === 'off';
    shape.hidden = phase.hidden = now !== 'lfo' && now !== 'orbit';
  });
  for (const field of [kind, hz, bars, depth, shape, phase]) {
    const control = field.querySelector('input, select');
    control.setAttribute('aria-label', `${axis.name}: ${control.getAttribute('aria-label')}`);
  }
  return h('div.axis', {}, h('h3', { text: axis.name }), kind, h('div.pair', {}, depth, hz, bars), h('div.pair', {}, shape, phase));
}
