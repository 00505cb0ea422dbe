/** Sixteen tiles: a click on an empty one stores, on a full one recalls. Other tools: store over, rename, delete, sequence. */

import { h, memory, svg } from '../lib/dom.js';
import { say } from '../lib/messages.js';
import { css } from '../theory/colour.js';
import { parse, pitchClasses, principals } from '../theory/pattern.js';

const TILES = 16;

export class Snapshots {
  /** @param {import('../net/store.js').Store} store */
  constructor(store) {
    this.store = store;
    this.tool = 'recall';
    this.places = JSON.parse(memory.get('tiles', '{}')); // name -> tile
    this.tiles = Array.from({ length: TILES }, (_, at) => this.tile(at));
    this.element = h('div.tiles', { role: 'group', 'aria-label': 'Snapshots' }, ...this.tiles);
    store.watchMore('snapshots', () => this.show());
    store.watch('/polate/sequence', () => this.show());
    store.watch('/polate/pattern', () => this.show());
    this.show();
  }

  tile(at) {
    const button = h('button.tile', {
      type: 'button', draggable: 'true', onclick: () => this.press(at),
      onkeydown: (event) => {
        const name = this.names[at];
        if (event.key === 'F2' && name) this.rename(at);
        if (event.key === 'Delete' && name) this.store.act('/polate/snapshot/delete', name);
      },
    });
    button.addEventListener('dragstart', (event) => {
      if (this.names[at]) event.dataTransfer.setData('text/plain', this.names[at]);
      else event.preventDefault();
    });
    button.addEventListener('dblclick', () => { if (this.names[at] && this.tool === 'recall' && this.store.has('/polate/snapshot/rename')) this.rename(at); });
    return button;
  }

  get sequence() { const text = String(this.store.one('/polate/sequence', '')); return text.split(text.includes(';') ? ';' : ' ').map((each) => each.trim()).filter(Boolean); }

  /** Which snapshot each tile has: a number has its own tile, a name the one where it was put, or the first that is free. */
  arrange(snapshots) {
    const names = new Array(TILES).fill(null), left = [];
    for (const { name } of snapshots) {
      const at = /^\d+$/.test(name) ? Number(name) - 1 : this.places[name] ?? -1;
      if (at >= 0 && at < TILES && !names[at]) names[at] = name; else left.push(name);
    }
    for (const name of left) {
      const at = names.indexOf(null);
      if (at >= 0) names[at] = name;
    }
    return names;
  }

  show() {
    const snapshots = this.store.more('snapshots', []), byName = new Map(snapshots.map((each) => [each.name, each]));
    this.names = this.arrange(snapshots);
    const sequence = this.sequence, pattern = this.store.one('/polate/pattern');
    this.tiles.forEach((tile, at) => {
      const name = this.names[at], each = byName.get(name), turns = sequence.flatMap((step, place) => (step === name ? [place + 1] : []));
      const key = JSON.stringify([name, each?.text, turns, each?.text === pattern, this.tool]);
      if (tile.dataset.key === key) return;
      tile.dataset.key = key;
      tile.toggleAttribute('data-full', Boolean(name));
      tile.toggleAttribute('data-here', Boolean(each) && each.text === pattern);
      tile.replaceChildren(
        name ? thumbnail(each.text) : h('span.plus', { text: this.tool === 'recall' || this.tool === 'store' ? '+' : '' }),
        h('span.tile-name', { text: name ?? String(at + 1) }));
      tile.dataset.turns = turns.join(' '); // shown by the style sheet
      const place = turns.length ? `, in the sequence at ${turns.join(' and ')}` : '';
      tile.setAttribute('aria-label', name ? `${this.tool === 'recall' ? 'Recall' : words[this.tool]} snapshot ${name}: ${each.text}${place}` : `Store snapshot ${at + 1}`);
      tile.title = each ? each.text : '';
    });
  }

  choose(tool) {
    this.tool = tool;
    this.show();
  }

  press(at) {
    const { store } = this, name = this.names[at];
    if (!name || this.tool === 'store') {
      if (this.tool === 'recall' || this.tool === 'store') this.put(at, name);
      return;
    }
    if (this.tool === 'recall') store.act('/polate/snapshot/recall', name);
    if (this.tool === 'rename') this.rename(at);
    if (this.tool === 'delete') store.act('/polate/snapshot/delete', name);
    if (this.tool === 'sequence') store.set('/polate/sequence', [...this.sequence, name].join(String(this.store.one('/polate/sequence', '')).includes(';') ? '; ' : ' '));
  }

  put(at, name) {
    let free = name ?? String(at + 1);
    if (!name && this.names.includes(free)) free = `${free}b`;
    this.keep(free, at);
    this.store.act('/polate/snapshot/store', free);
  }

  keep(name, at) {
    this.places[name] = at;
    memory.set('tiles', JSON.stringify(this.places));
  }

  rename(at) {
    const name = this.names[at], tile = this.tiles[at], label = tile.querySelector('.tile-name');
    const input = h('input', { 'aria-label': `New name of snapshot ${name}`, maxlength: 64, value: name });
    let isDone = false; // to take the input away leaves it, which would end it once more
    const done = (keep) => {
      if (isDone) return;
      isDone = true;
      const next = input.value.trim().replace(/\s+/g, '-');
      tile.dataset.key = '';
      if (keep && next && next !== name) {
        if (this.names.includes(next)) { say(`There is a snapshot ${next} already.`); } else {
          this.keep(next, at);
          this.store.act('/polate/snapshot/rename', name, next);
        }
      }
      this.show();
      tile.focus({ focusVisible: false });
    };
    input.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key === 'Enter') done(true);
      if (event.key === 'Escape') done(false);
    });
    input.addEventListener('blur', () => done(true));
    input.addEventListener('click', (event) => event.stopPropagation());
    const box = h('span.renaming', {}, input);
    label.replaceWith(box);
    input.select();
  }
}

const words = { store: 'Store over', rename: 'Rename', delete: 'Delete', sequence: 'Add to the sequence:' };

/** A pattern at a glance: its circle in its colour. */
export function thumbnail(text) {
  const pattern = parse(text), place = (pc, radius) => {
    const angle = (pc / 12) * 2 * Math.PI - Math.PI / 2;
    return [Math.cos(angle) * radius, Math.sin(angle) * radius].map((value) => value.toFixed(1));
  };
  const mains = [...principals(pattern, 0)].sort((a, b) => a - b);
  const classes = [...pitchClasses(pattern, 0)];
  const shape = mains.length > 1 ? `M${mains.map((pc) => place(pc, 9).join(' ')).join('L')}Z` : 'M0 0V-9';
  return svg('svg.thumb-nail', { viewBox: '-13 -13 26 26', 'aria-hidden': 'true' },
    svg('circle', { r: 12.5, fill: css(text) }), svg('path', { d: shape }),
    ...classes.map((pc) => { const [cx, cy] = place(pc, 9); return svg('circle.pc', { cx, cy, r: 1.7 }); }));
}
