/** Play and stop, the tempo, and what is set every day: key, order, rate. */

import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { noteName, readNote } from '../theory/names.js';
import { choiceBox } from '../widgets/choice.js';
import { numberBox } from '../widgets/number.js';

const TAPS = 5, PAUSE = 2000; // taps that count; milliseconds after which counting begins again

/**
 * @param {HTMLElement} host
 * @param {HTMLElement} daily
 * @param {import('../net/store.js').Store} store
 * @param {import('../sound/player.js').Player} player
 */
export function transport(host, daily, store, player) {
  const symbol = h('span'), word = h('span');
  const button = h('button.play', { type: 'button', 'data-target': 'play', 'aria-describedby': 'play-help' }, symbol, word);
  // Until this browser has had its gesture there is no sound: then Play is what is missing, even if the music runs.
  let state = '';
  const show = () => {
    const on = Boolean(store.one('/polate/play')) && player.engine.running;
    if (state === String(on)) return;
    state = String(on);
    symbol.replaceChildren(icon(on ? 'stop' : 'play'));
    word.textContent = on ? 'Stop' : 'Play';
    button.toggleAttribute('data-on', on);
  };
  const toggle = async () => {
    const sounding = player.engine.running, playing = Boolean(store.one('/polate/play'));
    if (sounding && playing) { store.set('/polate/play', 0); return; }
    const started = player.start();
    if (!playing) store.set('/polate/play', 1);
    await started;
    show();
    document.dispatchEvent(new CustomEvent('polate-played'));
  };
  button.addEventListener('click', toggle);
  store.watch('/polate/play', show);
  player.onState(show);
  show();

  const tempo = numberBox(store, '/polate/tempo', {
    label: 'Tempo', low: 20, high: 400, step: 1, format: (value) => String(Number(value.toFixed(1))), title: 'Quarter notes a minute. Drag, type, or tap.',
  });
  tempo.classList.add('big');
  const label = tempo.querySelector('.label');
  store.watchMore('status', ({ sync }) => { label.textContent = sync && sync !== 'internal' ? `Tempo: ${sync}` : 'Tempo'; });
  const taps = [];
  const tap = h('button.button', { type: 'button', text: 'Tap', 'aria-label': 'Tap the tempo' });
  tap.addEventListener('pointerdown', () => beat(performance.now()));
  tap.addEventListener('keydown', (event) => { if ((event.key === ' ' || event.key === 'Enter') && !event.repeat) beat(performance.now()); });
  function beat(now) {
    if (taps.length && now - taps.at(-1) > PAUSE) taps.length = 0;
    taps.push(now);
    if (taps.length > TAPS) taps.shift();
    if (taps.length < 2) return;
    const bpm = (60_000 * (taps.length - 1)) / (taps.at(-1) - taps[0]);
    store.set('/polate/tempo', Math.round(Math.min(400, Math.max(20, bpm)) * 10) / 10);
  }

  const tonic = numberBox(store, '/polate/tonic', {
    label: 'Tonic', low: 0, high: 127, whole: true, format: noteName, read: readNote, title: 'The note on which the scale begins',
  });
  const { settings } = store.welcome;
  const field = (key) => settings.find((each) => each.key === key) ?? { choices: [], doc: '' };
  host.replaceChildren(
    button, h('span.only-read', { id: 'play-help', text: 'Starts the sound of this page and the music' }),
    h('div.tempo', {}, tempo, h('div.tapping', {}, beats(store, player), tap)));
  daily.replaceChildren(tonic,
    choiceBox(store, '/polate/order', { label: 'Order', choices: field('order').choices, title: field('order').doc }),
    choiceBox(store, '/polate/rate', { label: 'Step', choices: field('rate').choices, title: field('rate').doc }),
  );
  return { toggle, show };
}

/** A dot for each beat of the bar; the one that sounds is lit when it is heard. */
function beats(store, player) {
  const dots = h('div.beats', { 'aria-hidden': 'true' });
  const show = () => {
    const bar = store.one('/polate/bar', 4), on = store.one('/polate/play') ? store.one('/polate/beat', 0) % bar : -1;
    while (dots.children.length > bar) dots.lastChild.remove();
    while (dots.children.length < bar) dots.append(h('i'));
    [...dots.children].forEach((dot, at) => dot.toggleAttribute('data-on', at === on));
  };
  const heard = () => setTimeout(show, player.latency);
  store.watch('/polate/bar', show);
  store.watch('/polate/beat', heard);
  store.watch('/polate/play', heard);
  return dots;
}
