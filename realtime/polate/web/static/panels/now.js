/** The scale now: its text form, its class, what lies near, a search for another place, the circle, the staff. */

import { h } from '../lib/dom.js';
import { noteName } from '../theory/names.js';
import { cellSize, parse, wayDown } from '../theory/pattern.js';
import { Circle } from '../widgets/circle.js';
import { findPlace } from '../widgets/find.js';
import { Staff } from '../widgets/staff.js';

/**
 * @param {HTMLElement} host
 * @param {import('../net/store.js').Store} store
 * @param {import('../sound/player.js').Player} player
 */
export function now(host, store, player) {
  const text = h('h2.text'), kind = h('p.kind'), near = h('span'), heard = h('p.near.heard', { hidden: true, 'aria-live': 'polite' }), pin = h('p.pin', { role: 'note', hidden: true });
  const go = h('button.place.go', { type: 'button', text: 'Go to…', title: 'Go to a landmark, a pattern, or notes (G)', onclick: () => findPlace(go, store, {
    title: 'Go to', here: false, glides: true, onchoose: (place, bars) => (bars ? store.act('/polate/glide', bars, place) : store.act('/polate/go', place)),
  }) });
  const circle = new Circle(), staff = new Staff();
  host.replaceChildren(h('div.words', {}, text, kind, h('p.near', {}, near, go), heard, pin), staff.element, circle.element);

  const show = () => {
    const pattern = store.one('/polate/pattern');
    if (!pattern) return;
    const spelled = store.more('spelled', {}), tonic = store.one('/polate/tonic', 60), notes = store.get('/polate/notes');
    text.textContent = pattern;
    text.classList.toggle('long', pattern.length > 24);
    const { step, count } = circle.show(pattern, tonic, spelled);
    const name = store.more('nearest', [])[0], pinned = store.one('/polate/pinned', '');
    pin.hidden = !pinned;
    pin.textContent = pinned && `Pinned: the map has no place for ${pinned === pattern ? 'this scale' : pinned}. The knobs are at the nearest one; turn one to leave it.`;
    kind.textContent = [store.more('class', ''), count === 12 ? 'all twelve notes' : `${count} notes`, step > 1 && step < 12 && `repeats every ${step} semitone${step > 1 ? 's' : ''}`, !pinned && certainty(store)].filter(Boolean).join(' · ');
    const second = store.more('second', []);
    kind.title = second.length ? `The model's second choice for the added notes: ${second.join(' ')}` : '';
    near.replaceChildren(...nearest(store, name, !pinned));
    const parsed = parse(pattern), down = store.one('/polate/order') === 'down' ? [] : wayDown(parsed, notes);
    staff.show(notes, spelled, cellSize(parsed), down, parsed.down?.length);
    staff.element.setAttribute('aria-label', `${pattern} in notation, ${notes.length} notes up${down.length ? `, ${down.length} down` : ''}`);
  };
  store.watch('/polate/heard', ([found, from, errors, count, remark]) => {
    heard.hidden = !count;
    const about = found && ` from ${noteName(from)}, ${errors} error${errors === 1 ? '' : 's'} in ${count} notes`;
    const place = found && h('button.place', { type: 'button', title: `${found}: go there`, onclick: () => store.act('/polate/go', found) }, found);
    heard.replaceChildren('Heard ', place || `${count} notes`, about || '', remark ? `: ${remark}` : '');
  });
  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => { waiting = false; show(); });
  };
  for (const address of ['/polate/pattern', '/polate/pinned', '/polate/notes', '/polate/tonic']) store.watch(address, soon);
  for (const key of ['spelled', 'class', 'nearest', 'certainty']) store.watchMore(key, soon);

  player.listen((on, voice, channel, note, velocity, heard) => {
    setTimeout(() => {
      circle.light(note, Boolean(on));
      if (voice === 1) staff.light(note, Boolean(on));
    }, Math.max(0, heard - performance.now()));
  });
  const dark = () => { for (let note = 0; note < 128; note++) { circle.light(note, false); staff.light(note, false); } };
  store.link.on('down', dark);
  store.link.on('silence', dark);
}

/** `near giant steps, petrushka`: each name goes there. */
function nearest(store, first, exact) {
  if (!first) return [];
  const place = ({ name, text }) => h('button.place', { type: 'button', draggable: 'true', ondragstart: (event) => event.dataTransfer.setData('text/plain', name), title: `${text}: go there`, onclick: () => store.act('/polate/go', name) }, name);
  const rest = store.more('nearest', []).slice(1, 3);
  const here = exact && first.distance < 0.005;
  const item = (each, last) => h('span', {}, place(each), last ? '' : ','); // the comma stays with its name
  return [here ? 'This is ' : 'Near ', item(first, true), h('span.rest', {}, rest.length ? (here ? '; near ' : ', ') : '',
    ...rest.flatMap((each, at) => [item(each, at === rest.length - 1), ' ']))];
}

/** How sure the model is. */
function certainty(store) {
  const sure = store.more('certainty');
  if (sure === null) return '';
  return `${Math.round(sure * 100)} % sure`;
}
