/**
 * The server's clock, seen from here.
 *
 * A ping that came back fast was measured well: of the last pings the one with the shortest way counts
 * (D. Mills, RFC 5905, section 10). A small correction slews, so that sound that is scheduled by it does not jump. The
 * first pings, on a page that is still being built, can be off by 10 ms: such a correction is made at once.
 */

const KEPT = 24; // pings
const SLEW = 0.5; // milliseconds that the offset may move at once
const JUMP = 2, DRIFT = 2; // milliseconds

/** A ping is off by half its way at most. Two that contradict each other: a clock was set, or the machine slept. */
const agree = (a, b) => Math.abs(a.offset - b.offset) <= (a.trip + b.trip) / 2 + DRIFT;

export class ServerClock {
  constructor() {
    /** @type {{trip: number, offset: number}[]} */
    this.samples = [];
    this.offset = null; // server's milliseconds minus performance.now()
    this.trip = 0;
  }

  /** A ping that left at `sent` (performance.now()) came back at `came` with the server's time. */
  take(sent, server, came) {
    const sample = { trip: came - sent, offset: server - (sent + came) / 2 };
    this.samples = [...this.samples.slice(1 - KEPT).filter((before) => agree(before, sample)), sample];
    const best = this.samples.reduce((a, b) => (b.trip < a.trip ? b : a));
    this.trip = best.trip;
    if (this.offset === null || Math.abs(best.offset - this.offset) > JUMP) {
      this.offset = best.offset;
    } else {
      this.offset += Math.min(SLEW, Math.max(-SLEW, best.offset - this.offset));
    }
  }

  forget() {
    this.samples = [];
    this.offset = null;
  }

  /** @returns {number} the server's milliseconds as performance.now() has them */
  local(ms) {
    return this.offset === null ? performance.now() : ms - this.offset;
  }
}
