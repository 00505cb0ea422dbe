/**
 * The page: it connects, and when the server has said what there is, the parts are made.
 *
 *   Link --messages--> Store --values--> widgets --set--> Store --> Link
 *     `---notes---> Player --> Engine (sound), circle, staff, keys
 */

import { describer } from './lib/describe.js';
import { h } from './lib/dom.js';
import { hints } from './lib/hints.js';
import { watchLearn } from './lib/learn.js';
import { say } from './lib/messages.js';
import { applyLink } from './lib/share.js';
import { shortcuts } from './lib/shortcuts.js';
import { watchSilence } from './lib/silence.js';
import { applyTheme } from './lib/theme.js';
import './lib/stage.js';
import { Link, takeToken } from './net/link.js';
import { Store } from './net/store.js';
import { dock } from './panels/dock.js';
import { field } from './panels/field.js';
import { now } from './panels/now.js';
import { tools } from './panels/tools.js';
import { transport } from './panels/transport.js';
import { Engine } from './sound/engine.js';
import { Player } from './sound/player.js';
import { setPalette } from './theory/colour.js';
import { Keys } from './widgets/keys.js';
import { scaleEditor } from './widgets/scale_editor.js';
import { Knob } from './widgets/knob.js';

const link = new Link(takeToken());
const store = new Store(link);
const engine = new Engine();
const player = new Player(engine, link);
let model = null, lost = null;

const host = (id) => document.getElementById(id);

function build() {
  const { axes, landmarks } = store.welcome, describe = describer(store);
  // A model of octave scales has one interval for all: then the number of notes gives the colour.
  setPalette({ cells: new Set(landmarks.map(({ text }) => text.split(' ')[0])).size === 1 });
  const { toggle } = transport(host('transport'), host('daily'), store, player);
  now(host('now'), store, player);
  const knobs = axes.map((spec, axis) => new Knob(store, axis, spec, describe));
  host('knobs').replaceChildren(...knobs.map((knob) => knob.element));
  link.on('strips', ({ axes: strips }) => { for (const strip of strips) knobs[strip.axis]?.setStrip(strip); });
  const { pad } = field(host('field'), store, describe, player);
  link.on('strips', ({ axes: strips }) => { for (const strip of strips) if (strip.axis === 'morph') pad.morph.setStrip(strip); });
  const keys = new Keys(store, player);
  host('keys').replaceChildren(keys.element);
  scaleEditor(keys, store);
  store.watch('/polate/notes', (notes) => keys.show(notes));
  dock(host('dock'), { store, player, describe });
  tools(host('tools'), store, player);
  watchLearn(store);
  watchSilence(store, player);
  shortcuts(store, toggle);
  link.send({ t: 'strips' });
  applyLink(store);
  hints();
  document.documentElement.dataset.ready = '';
}

link.on('up', () => {
  lost?.remove();
  lost = null;
  if (model !== null && model !== store.welcome.model) location.reload(); // another model has other axes
  if (model !== null) link.send({ t: 'strips' });
});
link.on('state', () => { // the store was listening first: the values are there when the parts are made
  if (model !== null) return;
  model = store.welcome.model;
  build();
});
link.on('down', () => {
  lost ??= say(link.refusedToken
    ? 'This link is not valid any more. Open the link that Polate printed when it started.'
    : 'Polate does not answer. This page waits for it.', { stay: 0 });
});
let refused = '', trouble = null; // a trouble older than this page is shown under MIDI and sync, not here
link.on('refused', ({ text }) => { refused = text; say(text); });
store.watchMore('status', ({ trouble: text }) => {
  if (text && text === refused) return; // the server also reports what it has refused to this page
  const news = text && !text.startsWith('no MIDI: '); // without MIDI this page sounds all the same
  if (news && trouble !== null && text !== trouble) say(text);
  trouble = text;
});

// For tests, and for whoever is curious: the parts of the page.
Object.assign(window, { polate: { link, store, engine, player, h } });

applyTheme();
link.connect();
