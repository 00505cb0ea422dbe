/**
 * Note events to sound: each is heard at its due time plus a fixed latency, whenever its message came.
 *
 *   due (server) --clock--> performance.now() --+ latency--> audio clock --> engine
 */

import { clamp, memory } from '../lib/dom.js';
import { AudioClock } from './audio_clock.js';

const LATENCY = 60, LEAST = 10, MOST = 400; // milliseconds from due to heard: at first, and what can be chosen
const MARGIN = 4; // milliseconds between the scheduling of a note and its start
const LOOKED = 64, SPARE = 20; // notes; milliseconds that the latency may keep beyond what they needed

export class Player {
  /**
   * @param {import('./engine.js').Engine} engine
   * @param {import('../net/link.js').Link} link
   */
  constructor(engine, link) {
    this.engine = engine;
    this.link = link;
    this.audio = null;
    this.wanted = clamp(Number(memory.get('latency', String(LATENCY))), LEAST, MOST);
    this.latency = this.wanted;
    this.late = 0;
    this.notes = 0;
    this.least = this.wanted; // of the latency: what was chosen, or what the output device needs
    this.leads = []; // how long before their start the last notes came, in milliseconds
    this.listeners = new Set();
    this.watchers = new Set(); // of whether it can sound
    this.previewed = [];
    this.log = null; // tests put an array here: [note, due on performance.now(), audio time]
    link.on('notes', ({ e }) => this.take(e));
    link.on('silence', () => engine.releaseAll(true));
    link.on('down', () => engine.releaseAll());
  }

  /** Begin to sound; call it in a gesture. */
  async start() {
    await this.engine.start();
    if (!this.audio) {
      this.audio = new AudioClock(this.engine.context);
      this.engine.context.addEventListener('statechange', () => {
        if (this.engine.running) this.audio.start();
        for (const watcher of this.watchers) watcher();
      });
    }
    this.audio.start();
    this.settle();
    this.latency = Math.max(this.latency, this.least);
  }

  /** No less than the output device needs, and some milliseconds for the way here. */
  settle() {
    const { outputLatency = 0, baseLatency = 0 } = this.engine.context ?? {};
    this.least = Math.min(MOST, Math.max(this.wanted, (outputLatency || baseLatency) * 1000 + 25));
  }

  /** Choose the latency, in milliseconds; it grows by itself where notes come later than that. */
  setLatency(milliseconds) {
    this.wanted = milliseconds;
    memory.set('latency', milliseconds);
    this.settle();
    this.latency = this.least;
  }

  /** Call `watcher` when the browser lets the page sound, and when it stops it. */
  onState(watcher) { this.watchers.add(watcher); }

  /** Call `listener(on, voice, channel, note, velocity, heard)` for each event; `heard` on performance.now(). */
  listen(listener) { this.listeners.add(listener); }

  take(events) {
    for (const [on, voice, channel, note, velocity, due] of events) {
      const heard = this.link.clock.local(due) + this.latency;
      for (const listener of this.listeners) listener(on, voice, channel, note, velocity, heard);
      if (!this.engine.running || !this.audio) continue;
      const when = this.audio.at(heard);
      if (on) this.begin(voice, channel, note, velocity, when, heard);
      else this.engine.noteOff(voice, channel, note, when);
    }
  }

  begin(voice, channel, note, velocity, when, heard) {
    const early = (when - this.engine.context.currentTime) * 1000;
    this.notes++;
    if (early < MARGIN) this.grow(MARGIN - early);
    else this.shrink(early);
    this.log?.push([note, heard, when, early]);
    this.engine.noteOn(voice, channel, note, velocity, when);
  }

  /** The machine has calmed down: the latency goes back, so slowly that nobody hears it. */
  shrink(early) {
    this.leads.push(early);
    if (this.leads.length < LOOKED) return;
    const spare = Math.min(...this.leads) - SPARE;
    this.leads.shift();
    if (spare > 0) this.latency = Math.max(this.least, this.latency - Math.min(0.25, spare));
  }

  /** A note came too late to be heard in time: the latency grows so that the next ones are. */
  grow(missing) {
    this.late++;
    this.leads.length = 0;
    if (missing < 500) this.latency = Math.min(MOST, this.latency + Math.min(missing + 2, 80));
  }

  /** Sound some notes one after the other, without the instrument: what a place would sound like. */
  async preview(notes) {
    await this.start();
    this.endPreview();
    const { context } = this.engine, begin = context.currentTime + 0.03, step = Math.min(0.13, 2 / notes.length);
    this.previewed = notes.map((note, at) => {
      const sound = this.engine.noteOn(4, 99, note, 84, begin + at * step);
      sound?.stop(begin + at * step + step * 0.9);
      return sound;
    });
  }

  endPreview() {
    for (const sound of this.previewed) sound?.kill(this.engine.context.currentTime);
    this.previewed = [];
  }
}
