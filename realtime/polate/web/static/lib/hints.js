/** Three small hints, once: Play, a knob, the map. Each goes when it is done, or closed. */

import { h, memory } from './dom.js';

const STEPS = [
  { key: 'play', beside: '.play', text: 'Press Play: the scale sounds here.', done: (next) => document.addEventListener('polate-played', next, { once: true }) },
  { key: 'knob', beside: '.knob .dial', text: 'Turn a knob: drag it up. The ring shows the scales on its way.', done: (next) => once('#knobs', 'pointerup', next) },
  { key: 'map', beside: '#field .square', text: 'Or click the map: each colour is a family of scales.', done: (next) => once('#field', 'pointerup', next) },
];

/** The hint is done when the part is touched, or used by keyboard. */
function once(selector, kind, next) {
  const part = document.querySelector(selector);
  for (const each of [kind, 'wheel']) part.addEventListener(each, next, { once: true, passive: true });
  part.addEventListener('keydown', (event) => { if (/^(Arrow|Page|Home|End)/.test(event.key)) next(); });
}

export function hints() {
  show(Number(memory.get('hints', '0')));
}

function show(at) {
  const step = STEPS[at], target = step && document.querySelector(step.beside);
  if (!target) return;
  const close = h('button', { type: 'button', 'aria-label': 'Close the hint', text: '×' });
  const box = h(`div.hint${at === 2 ? '.flat' : ''}`, { role: 'note' }, h('span', { text: step.text }), close);
  document.querySelector('main').append(box);
  const place = () => {
    const { left, bottom, width } = target.getBoundingClientRect(), wide = box.offsetWidth;
    box.style.left = `${Math.max(8, Math.min(left + scrollX + (at === 2 ? 14 : Math.min(0, width / 2 - 28)), innerWidth - wide - 8))}px`;
    box.style.top = `${bottom + scrollY + (at === 2 ? -62 : 12)}px`;
  };
  place();
  const watch = new ResizeObserver(place);
  watch.observe(document.body);
  let gone = false;
  const next = () => {
    if (gone) return;
    gone = true;
    watch.disconnect();
    box.remove();
    memory.set('hints', at + 1);
    setTimeout(() => show(at + 1), 900);
  };
  close.addEventListener('click', next);
  step.done(next);
}
