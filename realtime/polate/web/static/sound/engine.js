/**
 * The page's sound: voices, a room, a limiter.
 *
 *   line, bass, chord, keys --each its own instrument--> bus --> master --> limiter --> loudspeaker
 *                                                         `--> room --^
 */

import { memory } from '../lib/dom.js';
import { INSTRUMENTS } from './voices/index.js';
import { roomImpulse } from './room.js';

export const VOICES = { 1: 'line', 2: 'bass', 3: 'chord', 4: 'keys' };
const DEFAULTS = { line: 'epiano', bass: 'bass', chord: 'pad', keys: 'glass' };
const LEVELS = { line: 0.8, bass: 0.8, chord: 0.5, keys: 0.8 };
const MOST = 48; // voices that sound at once

export class Engine {
  constructor() {
    /** @type {AudioContext|null} */
    this.context = null;
    this.sounding = new Map(); // voice/channel/note -> a sounding voice
    this.all = new Set(); // and all that still ring
    this.level = Number(memory.get('level', '0.8'));
    this.muted = memory.get('muted') === '1';
    this.yields = memory.get('yields') === '1'; // is it silent while another clock plays?
    this.isLed = false; // does another clock lead?
    this.room = Number(memory.get('room', '0.25'));
    this.instruments = {}; // by voice
    for (const voice of Object.values(VOICES)) {
      const kept = memory.get(`instrument-${voice}`, DEFAULTS[voice]);
      this.instruments[voice] = INSTRUMENTS[kept] ? kept : DEFAULTS[voice];
    }
    this.levels = Object.fromEntries(Object.entries(LEVELS).map(
      ([voice, level]) => [voice, Number(memory.get(`level-${voice}`, String(level)))]));
    this.dropped = 0;
  }

  get running() { return this.context?.state === 'running'; }

  /** Make or wake the audio context. Browsers want this to be called by a gesture. */
  async start() {
    if (!this.context) this.build(new AudioContext({ latencyHint: 'interactive' }));
    await this.context.resume();
  }

  /** Build the graph on a context; an offline one in tests. */
  build(context) {
    this.context = context;
    const gain = (value) => new GainNode(context, { gain: value });
    this.master = gain(this.loudness);
    const limiter = new DynamicsCompressorNode(context, { threshold: -8, knee: 4, ratio: 16, attack: 0.002, release: 0.12 });
    const ceiling = new WaveShaperNode(context, { curve: softCurve(), oversample: '2x' });
    this.reverb = new ConvolverNode(context, { buffer: roomImpulse(context), disableNormalization: true });
    this.wet = gain(this.room);
    this.send = gain(1);
    this.analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
    this.send.connect(this.reverb).connect(this.wet).connect(this.master);
    this.master.connect(limiter).connect(ceiling).connect(this.analyser).connect(context.destination);
    this.buses = {};
    for (const voice of Object.values(VOICES)) {
      const bus = gain(this.levels[voice] ** 2);
      bus.connect(this.master);
      bus.connect(this.send);
      this.buses[voice] = bus;
    }
  }

  /** Begin a note at an audio time. */
  noteOn(voice, channel, note, velocity, when) {
    if (!this.context) return null;
    const name = VOICES[voice] ?? 'line', key = `${voice}/${channel}/${note}`;
    this.sounding.get(key)?.stop(when);
    while (this.all.size >= MOST) this.steal(when);
    const make = INSTRUMENTS[this.instruments[name]].play;
    const sound = make({ context: this.context, out: this.buses[name], note, velocity: velocity / 127, when });
    this.sounding.set(key, sound);
    this.all.add(sound);
    sound.ended.then(() => {
      this.all.delete(sound);
      if (this.sounding.get(key) === sound) this.sounding.delete(key);
    });
    return sound;
  }

  /** End a note at an audio time. */
  noteOff(voice, channel, note, when) {
    const key = `${voice}/${channel}/${note}`;
    this.sounding.get(key)?.stop(when);
    this.sounding.delete(key);
  }

  steal(when) {
    const [oldest] = this.all;
    oldest.kill(when);
    this.all.delete(oldest);
    this.dropped++;
  }

  /** End all notes; `at once`: the tails too. */
  releaseAll(atOnce = false) {
    if (!this.context) return;
    const now = this.context.currentTime;
    for (const sound of this.all) if (atOnce) sound.kill(now); else sound.stop(now);
    this.sounding.clear();
    if (atOnce) this.all.clear();
    if (atOnce) this.clearRoom();
  }

  /** A convolver has no way to be emptied but a new one. */
  clearRoom() {
    const { context } = this, buffer = this.reverb.buffer;
    this.send.disconnect();
    this.reverb.disconnect();
    this.reverb = new ConvolverNode(context, { buffer, disableNormalization: true });
    this.send.connect(this.reverb).connect(this.wet);
  }

  /** The gain of all that sounds: a fader's square sounds even. */
  get loudness() { return this.muted || (this.yields && this.isLed) ? 0 : this.level ** 2; }

  setLevel(level) { this.level = level; memory.set('level', level); this.glide(this.master, this.loudness); }

  setMuted(muted) { this.muted = muted; memory.set('muted', muted ? '1' : '0'); this.glide(this.master, this.loudness); }

  /** Be silent while another clock leads: then a DAW sounds. */
  setYields(yields) { this.yields = yields; memory.set('yields', yields ? '1' : '0'); this.glide(this.master, this.loudness); }

  setLed(isLed) { this.isLed = isLed; this.glide(this.master, this.loudness); }

  setRoom(room) { this.room = room; memory.set('room', room); this.glide(this.wet, room); }

  setVoiceLevel(voice, level) {
    this.levels[voice] = level;
    memory.set(`level-${voice}`, level);
    this.glide(this.buses?.[voice], level ** 2);
  }

  setInstrument(voice, instrument) { this.instruments[voice] = instrument; memory.set(`instrument-${voice}`, instrument); }

  glide(node, value) { node?.gain.setTargetAtTime(value, this.context.currentTime, 0.015); }
}

/** Straight to about -3 dB, then bent towards 1, so that nothing clips hard. */
function softCurve() {
  const curve = new Float32Array(2049);
  for (let at = 0; at < curve.length; at++) {
    const x = (at / 1024) - 1, size = Math.abs(x);
    curve[at] = Math.sign(x) * (size < 0.7 ? size : 0.7 + 0.28 * Math.tanh((size - 0.7) / 0.28));
  }
  return curve;
}
