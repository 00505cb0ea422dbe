/** The sound of this page, and the three voices: instrument, level, MIDI channel, port, octave, loudness. */

import { h } from '../lib/dom.js';
import { numberBox } from '../widgets/number.js';
import { slide } from '../widgets/slide.js';
import { INSTRUMENTS } from '../sound/voices/index.js';
import { setting } from './settings.js';
import { portBox } from './midi.js';

const VOICES = [
  ['line', 'Line', 'The notes of the pattern', { channel: 'channel', port: 'output' }],
  ['bass', 'Bass', 'The principal tones alone', { channel: 'bass', octave: 'bass-octave', velocity: 'bass-velocity', port: 'bass-output' }],
  ['chord', 'Chord', 'The notes of a cell at once', { channel: 'chord', octave: 'chord-octave', velocity: 'chord-velocity', port: 'chord-output' }],
  ['keys', 'Keys', 'Keys played through the scale', {}],
];
const FIRST = { bass: 2, chord: 3 }; // the MIDI channel that a voice begins on

export function voicesPanel({ store, player }) {
  const { engine } = player;
  const room = slide({ label: 'Room of the sound of this page', value: engine.room / 0.6, onset: (value) => engine.setRoom(value * 0.6) });
  const yields = h('button.switch', { type: 'button', role: 'switch', 'aria-checked': String(engine.yields), text: 'Silent while another clock leads' });
  yields.addEventListener('click', () => { engine.setYields(!engine.yields); yields.setAttribute('aria-checked', String(engine.yields)); });
  store.watchMore('status', ({ sync }) => engine.setLed(Boolean(sync) && sync !== 'internal'));
  const latency = numberBox({ watch: (_, show) => show([player.wanted]), set: (_, value) => player.setLatency(value) }, 'latency', {
    label: 'Latency, at least', low: 10, high: 400, whole: true, unit: 'ms',
    title: 'From when a note is due to when this page sounds it. It grows by itself where the machine needs more.',
  });
  return [h('div.voices', {}, ...VOICES.map((voice) => row(store, engine, voice))),
    h('div.group.room', {}, h('div.read.wide', {}, h('span.label', { text: 'Room', 'aria-hidden': 'true' }), room.element), latency, yields,
      h('p.note', { text: 'Instrument, level and room: the sound of this page. Channel, octave, velocity and port: what goes out as MIDI.' }))];
}

function row(store, engine, [key, name, what, fields]) {
  const select = h('select', { 'aria-label': `${name}: instrument of this page`, onchange: () => engine.setInstrument(key, select.value) },
    ...Object.entries(INSTRUMENTS).map(([id, { label }]) => h('option', { value: id, text: label })));
  select.value = engine.instruments[key];
  const level = slide({ label: `${name}: level in this page`, value: engine.levels[key], onset: (value) => engine.setVoiceLevel(key, value) });
  const named = (element, label) => {
    const control = element?.querySelector('input, select');
    control?.setAttribute('aria-label', `${name}: ${label}`);
    return element;
  };
  return h('div.voice', {},
    FIRST[key] ? onOff(store, key, name) : h('h3', { text: name, title: what }),
    h('label.read', {}, h('span.label', { text: 'Instrument' }), select),
    h('div.read', {}, h('span.label', { text: 'Level', 'aria-hidden': 'true' }), level.element),
    named(fields.channel && setting(store, fields.channel, { label: 'Channel', format: (channel) => (channel ? String(channel) : 'off'), read: (text) => (text === 'off' ? 0 : Number(text)) }), 'MIDI channel'),
    named(fields.octave && setting(store, fields.octave, { label: 'Octave' }), 'octave'),
    named(fields.velocity && setting(store, fields.velocity, { label: 'Velocity' }), 'velocity'),
    named(fields.port && portBox(store, fields.port, 'Port', 'outputs', fields.port === 'output' ? 'Polate Out' : 'as the line'), 'MIDI port'));
}

/** Bass and chord play where they have a channel: 0 is off. */
function onOff(store, key, name) {
  const address = `/polate/${key}`;
  const button = h('button.switch', { type: 'button', role: 'switch', 'aria-checked': 'false', text: name });
  button.addEventListener('click', () => store.set(address, store.one(address, 0) ? 0 : FIRST[key]));
  store.watch(address, ([channel]) => button.setAttribute('aria-checked', String(channel > 0)));
  return button;
}
