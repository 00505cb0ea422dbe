/**
 * What all instruments share: a note that sounds, and how it ends.
 *
 * @typedef {Object} Note
 * @property {BaseAudioContext} context
 * @property {AudioNode} out
 * @property {number} note  MIDI note
 * @property {number} velocity  0..1
 * @property {number} when  audio seconds
 */

/** @returns {number} hertz of a MIDI note */
export const hertz = (note) => 440 * 2 ** ((note - 69) / 12);

/**
 * One sounding note: sources through an amplifier with an envelope.
 *
 * `attack`, `release` and `decay` are seconds; a decay of 0 holds the level until the note ends.
 */
export class Sound {
  /** @param {Note} note @param {{level: number, attack: number, decay: number, release: number, sustain?: number}} shape */
  constructor({ context, out, when }, shape) {
    this.context = context;
    this.when = Math.max(when, context.currentTime);
    this.shape = shape;
    this.amp = new GainNode(context, { gain: 0 });
    this.amp.connect(out);
    /** @type {AudioScheduledSourceNode[]} */
    this.sources = [];
    this.done = false;
    this.ended = new Promise((resolve) => { this.resolve = resolve; });
    const { gain } = this.amp, { level, attack, decay, sustain = 0 } = shape;
    gain.setValueAtTime(0, this.when);
    gain.linearRampToValueAtTime(level, this.when + attack);
    if (decay) gain.setTargetAtTime(level * sustain, this.when + attack, decay / 4.6); // to 1 % in `decay`
  }

  /** Add a source that begins with the note. Where the note dies by itself, `life` seconds bound it. */
  add(source, into = this.amp) {
    source.connect(into);
    source.start(this.when);
    if (!this.sources.length) source.onended = () => this.finish();
    this.sources.push(source);
    return source;
  }

  oscillator(options, into) { return this.add(new OscillatorNode(this.context, options), into); }

  /** The note dies away by itself after so many seconds. */
  bound(life) {
    this.life = this.when + life;
    for (const source of this.sources) source.stop(this.life);
  }

  /** The key is let go. */
  stop(when) { this.fade(Math.max(when, this.when + 0.012), this.shape.release); }

  /** Make room at once, without a click. */
  kill(when) { this.fade(Math.max(when, this.context.currentTime), 0.006); }

  fade(when, release) {
    if (this.done) return;
    const { gain } = this.amp, end = when + release * 1.15;
    if (gain.cancelAndHoldAtTime) gain.cancelAndHoldAtTime(when);
    else { gain.cancelScheduledValues(when); gain.setValueAtTime(this.levelAt(when), when); }
    gain.setTargetAtTime(0, when, release / 6); // 0.1 % is left when the sources stop: no click
    for (const source of this.sources) source.stop(Math.min(end, this.life ?? Infinity));
  }

  /** The envelope at a time, where the browser cannot hold it (Firefox). */
  levelAt(when) {
    const { level, attack, decay, sustain = 0 } = this.shape, t = when - this.when;
    if (t < attack) return level * Math.max(0, t / attack);
    if (!decay) return level;
    return level * (sustain + (1 - sustain) * Math.exp((-(t - attack) * 4.6) / decay));
  }

  finish() {
    if (this.done) return;
    this.done = true;
    this.amp.disconnect();
    this.resolve();
  }
}

/** An envelope for what modulates: from `from` to `to`, most of it in `seconds`. */
export function glide(param, when, from, to, seconds) {
  param.setValueAtTime(from, when);
  param.setTargetAtTime(to, when, seconds / 3);
}

/** A frequency that the rate can carry, else 0 loudness for it. */
export const audible = (context, frequency) => (frequency < context.sampleRate * 0.42 ? 1 : 0);
