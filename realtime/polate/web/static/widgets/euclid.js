/** The Euclidean rhythm: pulses spread evenly over steps, shown as a ring. */

import { h, svg } from '../lib/dom.js';
import { numberBox } from './number.js';

/** Which steps sound: E. Bjorklund's distribution, as polate.sequencer.rhythm has it. @returns {boolean[]} */
export function spread(pulses, steps, rotation) {
  let groups = Array.from({ length: Math.min(pulses, steps) }, () => [true]), rest = Array.from({ length: Math.max(0, steps - pulses) }, () => [false]);
  while (groups.length && rest.length) {
    const count = Math.min(groups.length, rest.length);
    const dealt = groups.slice(0, count).map((group, at) => [...group, ...rest[at]]);
    rest = groups.length > count ? groups.slice(count) : rest.slice(count);
    groups = dealt;
    if (rest.length <= 1) break;
  }
  const line = [...groups, ...rest].flat();
  return line.map((_, at) => line[(((at - rotation) % steps) + steps) % steps]);
}

export function euclid(store) {
  const dots = svg('g'), words = svg('text', { y: 1 });
  const ring = svg('svg.ring', { viewBox: '-42 -42 84 84', 'aria-hidden': 'true' }, dots, words);
  const get = (name, usual) => Number(store.one(`/polate/euclid-${name}`, usual));
  const draw = () => {
    const pulses = get('pulses', 0), steps = get('steps', 16), sounding = pulses ? spread(pulses, steps, get('rotation', 0)) : new Array(steps).fill(false);
    dots.replaceChildren(...sounding.map((on, at) => {
      const angle = (at / steps) * 2 * Math.PI - Math.PI / 2;
      return svg(`circle${on ? '.on' : ''}`, { cx: Math.cos(angle) * 34, cy: Math.sin(angle) * 34, r: on ? Math.min(5, 90 / steps) : Math.min(2.5, 45 / steps) });
    }));
    words.textContent = pulses ? `${pulses}:${steps}` : 'off';
  };
  for (const name of ['pulses', 'steps', 'rotation']) store.watch(`/polate/euclid-${name}`, draw);
  draw();
  const box = (name, label, low, high) => numberBox(store, `/polate/euclid-${name}`, { label, low, high, whole: true });
  return h('div.euclid', {}, ring, h('div.group', {},
    box('pulses', 'Euclid pulses', 0, 64), box('steps', 'of steps', 1, 64), box('rotation', 'turned by', 0, 63)));
}
