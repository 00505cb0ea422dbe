/** Three small hints, once: Play, a knob, the map. Each goes when it is done, or closed. None covers a control. */

import { h, memory } from './dom.js';

const STEPS = [
  { key: 'play', beside: '.play', text: 'Press Play: the scale sounds here.', done: (next) => document.addEventListener('polate-played', next, { once: true }) },
  { key: 'knob', beside: '#knobs .knob', text: 'Turn a knob: drag it up. The ring shows the scales on its way.', done: (next) => once('#knobs', 'pointerup', next) },
  { key: 'map', beside: '#field .square', text: 'Or click the map: each colour is a family of scales.', done: (next) => once('#field', 'pointerup', next) },
];

const CONTROLS = 'button, input, select, a[href], [tabindex], .knob, .read'; // the last two include a control's name
const EDGE = 8, GAP = 4;

/** Where the hint covers no control: under the part, above it, or else on the staff, which has no controls. */
function free(part, staff, hint) {
  const { offsetWidth: wide, offsetHeight: high } = hint;
  const controls = [...document.querySelectorAll(CONTROLS)].filter((each) => !hint.contains(each) && each.checkVisibility())
    .map((each) => each.getBoundingClientRect());
  const left = Math.max(EDGE, Math.min(part.left, innerWidth - wide - EDGE));
  const places = [
    { at: 'under', left, top: part.bottom + GAP }, { at: 'above', left, top: part.top - high - GAP },
    { at: 'staff', left: staff.left, top: staff.bottom - high },
  ];
  const covers = ({ left: x, top: y }) => controls.some((each) => each.left < x + wide && each.right > x && each.top < y + high && each.bottom > y);
  return places.find((place) => place.top + scrollY >= 0 && !covers(place)) ?? places[2];
}

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
  const box = h('div.hint', { role: 'note' }, h('span', { text: step.text }), close);
  document.querySelector('main').append(box);
  const place = () => {
    const { at: side, left, top } = free(target.getBoundingClientRect(), document.querySelector('.staff').getBoundingClientRect(), box);
    box.dataset.at = side;
    box.style.left = `${left + scrollX}px`;
    box.style.top = `${top + scrollY}px`;
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
