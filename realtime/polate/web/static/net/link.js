/**
 * The connection to the server: one websocket that comes back by itself.
 *
 * Messages are described in PROTOCOL.md. Listeners are called by the kind of a message.
 */

import { ServerClock } from './clock.js';

const FIRST_PINGS = 10, PING_FAST = 100, PING_SLOW = 1000; // milliseconds
const RETRY = [200, 400, 800, 1500, 3000];

export class Link {
  /** @param {string} token */
  constructor(token) {
    this.token = token;
    this.clock = new ServerClock();
    this.listeners = new Map();
    this.waiting = new Map(); // questions that wait for an answer, by id
    this.open = false;
    this.refusedToken = false;
    this.tries = 0;
    this.nextId = 1;
    this.pings = 0;
    this.socket = null;
    this.timer = 0;
  }

  /** Call `listener` with each message of a kind; `up` and `down` are the connection's own. */
  on(kind, listener) {
    if (!this.listeners.has(kind)) this.listeners.set(kind, new Set());
    this.listeners.get(kind).add(listener);
  }

  connect() {
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ t: 'hello', v: 1, token: this.token }));
    socket.onmessage = (event) => this.take(JSON.parse(event.data));
    socket.onclose = (event) => this.lost(event.code);
  }

  take(message) {
    if (message.t === 'pong') return this.pong(message);
    if (message.id && this.waiting.has(message.id)) {
      this.waiting.get(message.id)(message);
      this.waiting.delete(message.id);
    }
    for (const listener of this.listeners.get(message.t) ?? []) listener(message);
    if (message.t === 'welcome') this.begin();
    return undefined;
  }

  begin() {
    this.open = true;
    this.tries = 0;
    this.pings = 0;
    this.clock.forget();
    this.ping();
    for (const listener of this.listeners.get('up') ?? []) listener();
  }

  lost(code) {
    clearTimeout(this.timer);
    this.open = false;
    this.refusedToken = code === 4401;
    for (const answer of this.waiting.values()) answer(null);
    this.waiting.clear();
    for (const listener of this.listeners.get('down') ?? []) listener();
    const wait = RETRY[Math.min(this.tries++, RETRY.length - 1)];
    this.timer = setTimeout(() => this.connect(), this.refusedToken ? 10_000 : wait);
  }

  ping() {
    const id = this.nextId++, sent = performance.now();
    this.pinged = { id, sent };
    this.send({ t: 'ping', id });
    this.timer = setTimeout(() => this.ping(), this.pings++ < FIRST_PINGS ? PING_FAST : PING_SLOW);
  }

  pong({ id, ms }) {
    if (this.pinged?.id === id) this.clock.take(this.pinged.sent, ms, performance.now());
  }

  /** @returns {boolean} whether the message could be sent */
  send(message) {
    if (!this.open || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Ask a question. @returns {Promise<any>} the answer, or null where none came */
  ask(message) {
    const id = this.nextId++;
    return new Promise((resolve) => {
      if (!this.send({ ...message, id })) return resolve(null);
      this.waiting.set(id, resolve);
      setTimeout(() => { if (this.waiting.delete(id)) resolve(null); }, 4000);
      return undefined;
    });
  }
}

/** The token of the link, taken out of the address bar and kept for this tab. */
export function takeToken() {
  const query = new URLSearchParams(location.search);
  const hash = new URLSearchParams(location.hash.slice(1));
  const given = query.get('token') ?? hash.get('token');
  if (given !== null) {
    try { sessionStorage.setItem('polate-token', given); } catch { /* kept in this page only */ }
    query.delete('token');
    hash.delete('token');
    const search = query.size ? `?${query}` : '', rest = hash.size ? `#${hash}` : '';
    history.replaceState(null, '', location.pathname + search + rest);
    return given;
  }
  try { return sessionStorage.getItem('polate-token') ?? ''; } catch { return ''; }
}
