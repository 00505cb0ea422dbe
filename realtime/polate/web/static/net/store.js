/**
 * The instrument's state as the page knows it: a value for each address, and one for each key of `more`.
 *
 * What is set here is shown at once and sent; the echo of what a hand still holds is left alone, or the knob would
 * tremble under it.
 */

const HELD = 300; // milliseconds after the last touch in which an echo is not shown
const LEAST = 8; // milliseconds between two messages for one address

export class Store {
  /** @param {import('./link.js').Link} link */
  constructor(link) {
    this.link = link;
    this.values = new Map(); // address -> arguments
    this.extra = new Map(); // key of `more` -> value
    this.watchers = new Map();
    this.touched = new Map(); // address -> when it was set here
    this.sending = new Map(); // address -> what is still to be sent
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
    link.on('down', () => this.touched.clear());
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
    const touched = this.touched.get(address);
    if (touched !== undefined) {
      const left = HELD - (performance.now() - touched);
      if (left > 0) {
        this.pending ??= new Map();
        if (!this.pending.has(address)) setTimeout(() => this.settle(address), left + 5);
        this.pending.set(address, args);
        return;
      }
      this.touched.delete(address);
    }
    this.put(address, args);
  }

  settle(address) {
    const args = this.pending?.get(address);
    this.pending?.delete(address);
    if (args) this.hear(address, args);
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
    const waiting = this.sending.has(address);
    this.sending.set(address, args);
    if (!waiting) this.flush(address);
  }

  flush(address) {
    const args = this.sending.get(address);
    if (args === null) { this.sending.delete(address); return; }
    this.link.send({ t: 'set', a: address, v: args });
    this.sending.set(address, null);
    setTimeout(() => this.flush(address), LEAST);
  }

  /** Ask for an action: sent as it is, shown when its effect is told. */
  act(address, ...args) { this.link.send({ t: 'set', a: address, v: args }); }
}
