/** The instruments by name: what the page offers for each voice. */

import { play as bass } from './bass.js';
import { play as epiano } from './epiano.js';
import { play as glass } from './glass.js';
import { play as marimba } from './marimba.js';
import { play as organ } from './organ.js';
import { play as pad } from './pad.js';
import { play as pluck } from './pluck.js';
import { play as reed } from './reed.js';

/** @type {Object<string, {label: string, play: (note: import('./sound.js').Note) => import('./sound.js').Sound}>} */
export const INSTRUMENTS = {
  epiano: { label: 'Electric piano', play: epiano },
  marimba: { label: 'Marimba', play: marimba },
  pluck: { label: 'Pluck', play: pluck },
  glass: { label: 'Glass', play: glass },
  bass: { label: 'Bass', play: bass },
  pad: { label: 'Pad', play: pad },
  organ: { label: 'Organ', play: organ },
  reed: { label: 'Reed', play: reed },
};
