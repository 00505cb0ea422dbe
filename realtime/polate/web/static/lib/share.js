/**
 * A link that carries the state after its `#`: the axes, and the settings that are not at their default.
 *
 * The part after `#` never leaves the browser. It is applied once, through the same messages as a hand, and can be undone.
 */

import { say } from './messages.js';

const NOT_SHARED = new Set(['nudge', 'channel', 'keys-channel', 'hold', 'latch', 'sequence']);

/** @param {import('../net/store.js').Store} store @returns {string} */
export function link(store) {
  const { axes, settings, motions } = store.welcome;
  const words = new URLSearchParams();
  words.set('z', axes.map((_, axis) => Number(store.one(`/polate/z/${axis + 1}`, 0.5).toFixed(4))).join('_'));
  for (const { key, default: usual } of settings) {
    const name = key === 'bpm' ? 'tempo' : key, value = store.one(`/polate/${name}`);
    if (value === null || NOT_SHARED.has(key) || same(key, value, usual)) continue;
    words.set(name, String(value));
  }
  axes.forEach((_, axis) => {
    for (const { key, default: usual } of motions) {
      const value = store.one(`/polate/motion/${axis + 1}/${key}`);
      if (value !== null && !same(key, value, usual)) words.set(`m${axis + 1}.${key}`, String(value));
    }
  });
  const beyond = (store.get('/polate/z') ?? []).some((at) => at <= 0 || at >= 1); // a knob at its end may hide where the point is
  if (beyond && store.has('/polate/point')) words.set('point', store.get('/polate/point').map((each) => Number(each.toFixed(5))).join('_'));
  if (store.one('/polate/pinned', '')) words.set('pinned', store.one('/polate/pinned'));
  for (const corner of 'abcd') words.set(`corner.${corner}`, store.one(`/polate/corner/${corner}`, ''));
  return `${location.origin}${location.pathname}#${words}`;
}

const same = (key, value, usual) => (key === 'tonic' ? value === 60 : typeof usual === 'boolean' ? Boolean(value) === usual : value === usual);

/** Apply the link's state, if there is one, and take it out of the address bar. */
export function applyLink(store) {
  const words = new URLSearchParams(location.hash.slice(1));
  if (!words.has('z')) return;
  history.replaceState(null, '', location.pathname + location.search);
  const before = store.more('undo', 0);
  const kinds = new Map(store.welcome.settings.map(({ key, type }) => [key === 'bpm' ? 'tempo' : key, type]));
  const value = (text) => (text !== '' && Number.isFinite(Number(text)) ? Number(text) : text);
  const z = words.get('z').split('_').map(Number);
  if (z.length === store.welcome.axes.length && z.every((at) => at >= 0 && at <= 1)) store.act('/polate/z', ...z);
  for (const [name, text] of words) {
    const motion = /^m(\d)\.([a-z]+)$/.exec(name), corner = /^corner\.([a-d])$/.exec(name);
    if (motion) store.act(`/polate/motion/${motion[1]}/${motion[2]}`, value(text));
    else if (corner && text && text !== 'here') store.act(`/polate/corner/${corner[1]}`, text);
    else if (name === 'point') store.act('/polate/point', ...text.split('_').map(Number).filter(Number.isFinite));
    else if (name === 'pinned') store.act('/polate/pinned', text);
    else if (kinds.has(name)) store.act(`/polate/${name}`, kinds.get(name) === 'str' ? text : value(text));
  }
  say('The state of the link is set.', { action: 'Undo', onaction: () => {
    for (let steps = Math.max(1, store.more('undo', 1) - before); steps > 0; steps--) store.link.send({ t: 'undo' });
  } });
}
