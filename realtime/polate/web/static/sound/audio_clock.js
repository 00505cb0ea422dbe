/**
 * The audio clock, seen from performance.now(): when must a sample be scheduled to be heard at a given time?
 *
 * A single reading of the two clocks is off by up to a render quantum or more, so the median of the last readings
 * counts, and the estimate slews towards it. An output device that loses blocks of sound moves the clock at once, by
 * 2.7 ms a block: then the estimate follows the newest readings at once.
 */

import { clamp } from '../lib/dom.js';

const EVERY = 100, KEPT = 25, NEWEST = 5; // milliseconds; readings
const SLEW = 0.0005, STEP = 0.0015; // seconds

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

export class AudioClock {
  /** @param {AudioContext} context */
  constructor(context) {
    this.context = context;
    this.readings = [];
    this.offset = null; // audio seconds minus performance seconds, at the loudspeaker
    this.timer = 0;
  }

  start() {
    this.stop();
    this.readings = [];
    this.offset = null;
    for (let at = 0; at < 5; at++) this.read();
    this.timer = setInterval(() => this.read(), EVERY);
  }

  stop() { clearInterval(this.timer); }

  read() {
    if (this.context.state !== 'running') return;
    const stamp = this.context.getOutputTimestamp?.();
    const now = performance.now();
    // Some browsers give zeros, or a stamp that is long past, until the device has begun.
    const fresh = stamp && stamp.contextTime > 0 && Math.abs(now - stamp.performanceTime) < 1000;
    this.readings.push(fresh
      ? stamp.contextTime - stamp.performanceTime / 1000
      : this.context.currentTime - (this.context.outputLatency || 0) - now / 1000);
    if (this.readings.length > KEPT) this.readings.shift();
    const newest = median(this.readings.slice(-NEWEST));
    if (this.offset === null || Math.abs(newest - this.offset) > STEP) {
      this.readings.splice(0, this.readings.length - NEWEST);
      this.offset = newest;
    } else {
      this.offset += clamp(median(this.readings) - this.offset, -SLEW, SLEW);
    }
  }

  /** The audio time of what is to be heard at a time of performance.now(), in seconds. */
  at(milliseconds) {
    if (this.offset === null) this.read();
    return this.offset === null ? this.context.currentTime : milliseconds / 1000 + this.offset;
  }
}
