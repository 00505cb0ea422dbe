/** Recording, capturing the last bars, and the take as a file. */

import { h } from '../lib/dom.js';
import { say } from '../lib/messages.js';

export function takePanel({ store }) {
  const record = h('button.button', { type: 'button', 'aria-pressed': 'false', 'data-hot': true, text: 'Record' });
  record.addEventListener('click', () => store.act('/polate/record', record.getAttribute('aria-pressed') === 'true' ? 0 : 1));
  const bars = h('select', { 'aria-label': 'Bars to capture' }, ...[1, 2, 4, 8, 16, 32, 64].map((count) => h('option', { value: count, text: `${count} bar${count > 1 ? 's' : ''}` })));
  bars.value = '8';
  const capture = h('button.button', { type: 'button', text: 'Capture', title: 'Write the last bars to a MIDI file', onclick: () => store.act('/polate/capture', Number(bars.value)) });
  const link = h('a.button', { href: 'take.mid', download: '', text: 'Download the take' });
  link.addEventListener('click', () => { link.href = `take.mid?token=${encodeURIComponent(store.link.token)}`; });
  const state = h('p.note');
  store.watchMore('status', (status) => {
    record.setAttribute('aria-pressed', String(Boolean(status.recording)));
    record.textContent = status.recording ? 'Recording' : 'Record';
    state.textContent = [status.recording && `Writing ${status.recording}`, status.captured && `Captured: ${status.captured}`].filter(Boolean).join(' · ');
  });
  store.watch('/polate/captured', ([text]) => { if (text && text !== captured) { if (captured !== null) say(`Captured: ${text}`); captured = text; } });
  let captured = store.one('/polate/captured');
  return [
    h('div.group', {}, store.has('/polate/record') && record, link),
    h('div.group', {}, h('label.read', {}, h('span.label', { text: 'After something good: the last' }), bars), capture), state,
  ];
}
