/** How the pattern is played: its rhythm, its loudness, its notes, and what keys do. */

import { h } from '../lib/dom.js';
import { noteName, readNote } from '../theory/names.js';
import { maskEditor } from '../widgets/mask.js';
import { euclid } from '../widgets/euclid.js';
import { setting } from './settings.js';

const note = { format: noteName, read: readNote, whole: true };

export function rhythmPanel({ store }) {
  return [
    h('div.group.column', {},
      maskEditor(store, '/polate/rhythm', { label: 'Steps that sound', letters: 'x.', empty: 'x', names: { x: 'sounds', X: 'sounds', '.': 'rests' } }),
      maskEditor(store, '/polate/accents', { label: 'Accents', letters: '.xX', empty: 'X', names: { '.': 'soft', x: 'in between', X: 'loud' } })),
    h('div.group', {}, euclid(store)),
    h('div.group.column', {}, h('div.group', {},
      setting(store, 'gate', { label: 'Note length', unit: '%', step: 1 }), setting(store, 'swing', { unit: '%', step: 0.5 }),
      setting(store, 'probability', { unit: '%', step: 1 }), setting(store, 'ratchets'), setting(store, 'ratchet-chance', { unit: '%', step: 1 })),
    h('div.group', {},
      setting(store, 'dynamics'), setting(store, 'velocity'), setting(store, 'soft', { label: 'Softest' }))),
  ];
}

export function notesPanel({ store }) {
  return [
    h('div.group', {}, setting(store, 'octaves'), setting(store, 'lowest', note), setting(store, 'highest', note)),
    h('div.group', {}, setting(store, 'change', { few: 5, label: 'A new scale is heard at' }), setting(store, 'hysteresis', { step: 0.001 })),
    h('div.group', {}, setting(store, 'seed', { step: 1 }), setting(store, 'bar', { label: 'Beats in a bar' }), setting(store, 'nudge', { unit: 'ms', step: 1 })),
    h('div.group', {}, setting(store, 'morph-bars', { label: 'A to B by itself', unit: 'bars', step: 1 }), setting(store, 'pad-bars', { label: 'Round the corners', unit: 'bars', step: 1 })),
  ];
}

/** The pedal of `listen`: hold it, or hold Space or Enter on it. */
function phraseButton(store) {
  let down = false;
  const hold = (on) => { if (on !== down) { down = on; store.act('/polate/phrase', Number(on)); } };
  const isKey = (event) => event.key === ' ' || event.key === 'Enter';
  return h('button.phrase', {
    type: 'button', text: 'Phrase', title: 'Hold it while a phrase is played',
    onpointerdown: (event) => { event.currentTarget.setPointerCapture(event.pointerId); hold(true); },
    onpointerup: () => hold(false), onpointercancel: () => hold(false), onblur: () => hold(false),
    onkeydown: (event) => { if (isKey(event)) { event.preventDefault(); hold(true); } },
    onkeyup: (event) => { if (isKey(event)) hold(false); },
  });
}

export function keysPanel({ store }) {
  return [
    h('div.group', {}, setting(store, 'keys', { label: 'Keys that are played' }), setting(store, 'keys-channel', { label: 'Channel of keys played through' })),
    h('div.group', {}, setting(store, 'hold', { label: 'Play only while a key is held' }), setting(store, 'latch', { label: 'Latch' })),
    h('div.group', {},
      setting(store, 'listen', { label: 'Listen: a phrase ends with' }), setting(store, 'listen-answer', { label: 'Answer' }), setting(store, 'listen-tonic', { label: 'Its tonic follows' }), phraseButton(store)),
    h('div.group', {},
      setting(store, 'listen-gap', { label: 'Rest', unit: 'ms', step: 10 }), setting(store, 'listen-bars', { label: 'Bars of a phrase' }), setting(store, 'listen-notes', { label: 'Most notes' }), setting(store, 'listen-morph-bars', { label: 'Morph', unit: 'bars', step: 0.5 }), setting(store, 'listen-channel', { label: 'Channel listened to' })),
    h('p.note', { text: 'Chromatic: the key is the tonic. Scale: the nearest note of the scale is the tonic. Through: the key sounds on the nearest note of the scale. The keyboard above can be played too.' }),
  ];
}
