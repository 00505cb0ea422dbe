/** The few icons, drawn as lines of one weight. */

import { svg } from './dom.js';

const PATHS = {
  play: 'M5 2.5v15l13-7.5z',
  stop: 'M4 4h12v12H4z',
  undo: 'M7 5 3.5 8.5 7 12M4 8.5h8a4.5 4.5 0 0 1 0 9H8',
  redo: 'm13 5 3.5 3.5L13 12m3-3.5H8a4.5 4.5 0 0 0 0 9h4',
  sound: 'M3 7.5v5h3l4 3.5V4L6 7.5zM13 7.5a3.5 3.5 0 0 1 0 5M15.3 5a7 7 0 0 1 0 10',
  mute: 'M3 7.5v5h3l4 3.5V4L6 7.5zM13.5 8l4 4m0-4-4 4',
  share: 'M8.5 11.5a3 3 0 0 0 4.3 0l2.8-2.8a3 3 0 0 0-4.3-4.3L10.2 5.500M11.500 8.500a3 3 0 0 0-4.300 0l-2.800 2.800a3 3 0 0 0 4.300 4.300l1.100-1.100',
  theme: 'M10 3.500a6.500 6.500 0 1 0 0 13zM10 3.500a6.500 6.500 0 0 1 0 13',
  stage: 'M3.500 7.500v-4h4M12.500 3.500h4v4M16.500 12.500v4h-4M7.500 16.500h-4v-4',
  panic: 'M10 3.500 17 16H3zM10 8v4M10 14v.1',
  close: 'm5 5 10 10M15 5 5 15',
  random: 'M3 6h3l7 8h4m-2-2 2 2-2 2M3 14h3l2-2.300M11 8.300 13 6h4m-2-2 2 2-2 2',
};

/** @param {keyof PATHS} name */
export const icon = (name) => svg('svg', { viewBox: '0 0 20 20', 'aria-hidden': 'true' }, svg('path', { d: PATHS[name] }));
