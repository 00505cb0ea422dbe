/**
 * The instrument's state as the page knows it: a value for each address, and one for each key of `more`.
 *
 * What is set here is shown at once and sent; the echo of what a hand still holds is left alone, or the knob would
 * tremble under it.
 */

const HELD = 300; // milliseconds after the last touch in which an echo is not shown
const LEAST = 8; // milliseconds for each message: at most 125 a second, however many fingers there are

export class Store {
  /** @param {import('./link.js').Link} link */
  constructor(link) {
    this.link = link;
    this.values = new Map(); // address -> arguments, as they are shown
    this.told = new Map(); // and as the server told them last
    this.extra = new Map(); // key of `more` -> value
    this.watchers = new Map();
    this.touched = new Map(); // address -> when it was set here
    this.sending = new Map(); // address -> what is still to be sent
    this.busy = false;
    this.pending = new Map(); // address -> what was told while it was held
    this.addresses = new Set();
    /** @type {any} */
    this.welcome = null;
    link.on('welcome', (message) => {
      this.welcome = message;
      this.addresses = new Set(message.addresses.map((each) => each.address));
    });
    link.on('state', ({ set }) => { for (const [address, args] of Object.entries(set)) this.hear(address, args); });
    link.on('more', ({ set }) => {
      for (const [key, value] of Object.entries(set)) {
        this.extra.set(key, value);
        this.tell(`more:${key}`, value);
      }
    });
    link.on('down', () => {
      this.touched.clear();
      this.pending.clear();
    });
    link.on('refused', () => this.takeBack());
  }

  /** Can this address be set? Axes and motions are listed for the first axis only. */
  has(address) {
    return this.addresses.has(address) || this.addresses.has(address.replace(/\/(z|motion|axis)\/\d+/, '/$1/1'));
  }

  /** The arguments of an address. @returns {any[]} */
  get(address, otherwise = []) { return this.values.get(address) ?? otherwise; }

  /** The first argument of an address. */
  one(address, otherwise = null) { return this.values.get(address)?.[0] ?? otherwise; }

  /** A value of `more`. */
  more(key, otherwise = null) { return this.extra.get(key) ?? otherwise; }

  /** Call `watcher` with the arguments of an address, now where they are known, and when they change. */
  watch(address, watcher) {
    this.add(address, watcher);
    if (this.values.has(address)) watcher(this.values.get(address));
  }

  /** The same for a key of `more`. */
  watchMore(key, watcher) {
    this.add(`more:${key}`, watcher);
    if (this.extra.has(key)) watcher(this.extra.get(key));
  }

  add(key, watcher) {
    if (!this.watchers.has(key)) this.watchers.set(key, new Set());
    this.watchers.get(key).add(watcher);
  }

  tell(key, value) { for (const watcher of this.watchers.get(key) ?? []) watcher(value); }

  hear(address, args) {
    this.told.set(address, args);
    const touched = this.touched.get(address);
    if (touched !== undefined) {
      const left = HELD - (performance.now() - touched);
      if (left > 0) {
        if (!this.pending.has(address)) setTimeout(() => this.settle(address), left + 5);
        this.pending.set(address, args);
        return;
      }
      this.touched.delete(address);
    }
    this.pending.delete(address); // older than what is told now
    this.put(address, args);
  }

  settle(address) {
    const args = this.pending.get(address);
    this.pending.delete(address);
    if (args) this.hear(address, args);
  }

  /** What was set here was refused: what is shown goes back to what the server told. */
  takeBack() {
    for (const address of this.touched.keys()) {
      if (this.told.has(address)) this.put(address, this.told.get(address));
    }
    this.touched.clear();
  }

  put(address, args) {
    const before = this.values.get(address);
    if (before && before.length === args.length && before.every((value, at) => value === args[at])) return;
    this.values.set(address, args);
    this.tell(address, args);
  }

  /** Set an address: shown here at once, and sent. */
  set(address, ...args) {
    this.touched.set(address, performance.now());
    this.put(address, args);
    this.sending.delete(address); // the newest comes last
    this.sending.set(address, args);
    if (this.busy) return;
    this.busy = true;
    queueMicrotask(() => this.flush()); // x and y of one gesture go together
  }

  /** Send what waits, the newest value of each address, and wait as long as that many messages may take. */
  flush() {
    const count = this.sending.size;
    this.busy = count > 0;
    if (!count) return;
    for (const [address, args] of this.sending) this.link.send({ t: 'set', a: address, v: args });
    this.sending.clear();
    setTimeout(() => this.flush(), LEAST * count);
  }

  /** Ask for an action: sent as it is, shown when its effect is told. */
  act(address, ...args) {
    for (const [waiting, last] of this.sending) this.link.send({ t: 'set', a: waiting, v: last }); // in the order of the hand
    this.sending.clear();
    this.link.send({ t: 'set', a: address, v: args });
  }
}
