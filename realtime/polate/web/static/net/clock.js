/**
 * The server's clock, seen from here.
 *
 * A ping that came back fast was measured well: of the last pings the one with the shortest way counts
 * (D. Mills, RFC 5905, section 10). The offset slews, so that sound that is scheduled by it does not jump.
 */

const KEPT = 24; // pings
const SLEW = 0.5; // milliseconds that the offset may move at once
const JUMP = 40; // milliseconds: a machine that slept, another server

export class ServerClock {
  constructor() {
    /** @type {{trip: number, offset: number}[]} */
    this.samples = [];
    this.offset = null; // server's milliseconds minus performance.now()
    this.trip = 0;
  }

  /** A ping that left at `sent` (performance.now()) came back at `came` with the server's time. */
  take(sent, server, came) {
    this.samples.push({ trip: came - sent, offset: server - (sent + came) / 2 });
    if (this.samples.length > KEPT) this.samples.shift();
    const best = this.samples.reduce((a, b) => (b.trip < a.trip ? b : a));
    this.trip = best.trip;
    if (this.offset === null || Math.abs(best.offset - this.offset) > JUMP) {
      this.offset = best.offset;
      if (this.samples.length > 1) this.samples = [best];
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
