/** The square: the map of two axes, or the pad of four corners; its axes, its legend, the path. */

import { h } from '../lib/dom.js';
import { onTheme } from '../lib/theme.js';
import { legend } from '../theory/colour.js';
import { picker } from '../widgets/choice.js';
import { LatentMap } from '../widgets/map.js';
import { numberBox } from '../widgets/number.js';
import { Pad } from '../widgets/pad.js';

const SHOWN = 6; // families in the legend

export function field(host, store, describe, player) {
  let shares = [];
  const map = new LatentMap(store, describe, player, {
    onpicture: (found) => { shares = found; explain(); }, onpath: () => tool(false),
  });
  const pad = new Pad(store, describe, player);
  const { axes } = store.welcome;
  const select = (label, value, onchange) => {
    const element = h('select', { 'aria-label': label, onchange: () => onchange(Number(element.value)) },
      ...axes.map((axis, at) => h('option', { value: at, text: axis.name })));
    element.value = String(value);
    return element;
  };
  const across = select('Axis across', map.x, (x) => pick(x, x === map.y ? map.x : map.y));
  const upwards = select('Axis upwards', map.y, (y) => pick(y === map.x ? map.y : map.x, y));
  const pick = (x, y) => {
    map.choose(x, y);
    across.value = String(x);
    upwards.value = String(y);
  };
  const names = h('div.legend', { 'aria-label': 'Colours: progressions on the map', role: 'img' });
  const explain = () => {
    const found = [...shares].sort((a, b) => b.share - a.share).slice(0, SHOWN).sort((a, b) => a.rank - b.rank);
    names.replaceChildren(...found.map(({ rank, name }) => {
      const swatch = h('i');
      swatch.style.background = legend(rank);
      return h('span', {}, swatch, name);
    }));
  };
  onTheme(explain);

  const draw = h('button.button', { type: 'button', 'aria-pressed': 'false', text: 'Path', title: 'Drag on the map: the point then travels that way, over and over' });
  const clear = h('button.button', { type: 'button', text: 'Clear', 'aria-label': 'Clear the path', onclick: () => map.path.clear() });
  const tool = (on) => {
    map.path.on = on;
    draw.setAttribute('aria-pressed', String(on));
  };
  draw.addEventListener('click', () => {
    if (map.path.drawing) map.path.end(); else tool(!map.path.on);
  });
  const bars = store.has('/polate/path-bars') && numberBox(store, '/polate/path-bars', { label: 'Bars', low: 0, high: 256, step: 1, title: 'Bars in which the path is travelled once; 0: it stands still' });
  const pathRow = h('div.path', {}, bars, clear, draw);
  store.watch('/polate/path', (path) => { clear.hidden = path.length < 2; if (bars) bars.hidden = clear.hidden; });
  pathRow.hidden = !store.has('/polate/path');
  clear.hidden = true;
  if (bars) bars.hidden = true;

  const mapView = h('div.view', {}, map.element, h('div.foot', {}, names, pathRow)), padView = pad.element;
  const axesRow = h('div.axes', {}, arrow('→'), across, arrow('↑'), upwards);
  const choose = (which) => {
    tabs.choose(which);
    mapView.hidden = axesRow.hidden = which !== 'map';
    padView.hidden = which !== 'pad';
    map.ask(which === 'map');
    pad.ask(which === 'pad');
  };
  const tabs = picker({ label: 'Map or corners', choices: ['map', 'pad'], names: { map: 'Map', pad: 'Corners' }, onpick: choose });
  host.replaceChildren(h('div.bar', {}, tabs.element, axesRow), mapView, padView);
  choose('map');
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.key.toLowerCase() !== 'p' || event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input, select, textarea')) return;
    if (mapView.hidden ? pad.preview() : map.preview()) event.preventDefault();
  });
  return { map, pad };
}

const arrow = (text) => h('span.arrow', { 'aria-hidden': 'true', text });
