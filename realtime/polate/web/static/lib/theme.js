/** Light and dark: the system's, or the one chosen. Canvases ask here for the colours of the style sheet. */

import { h, memory } from './dom.js';
import { setPalette } from '../theory/colour.js';

const listeners = new Set();
const system = matchMedia('(prefers-color-scheme: dark)');
let probe = null;
let colours = {};
let stage = false;

/** Call `listener` now and when the colours change. */
export function onTheme(listener) {
  listeners.add(listener);
}

export const isDark = () => stage || (memory.get('theme') ? memory.get('theme') === 'dark' : system.matches);

/** A colour of the style sheet by its token: `ink`, `accent`. */
export function colour(token) {
  if (!colours[token]) {
    probe ??= document.body.appendChild(h('span.only-read', { 'aria-hidden': 'true' }));
    probe.style.color = `var(--${token})`;
    colours[token] = getComputedStyle(probe).color;
  }
  return colours[token];
}

export function toggleTheme() {
  memory.set('theme', isDark() ? 'light' : 'dark');
  applyTheme();
}

/** The stage is always dark. */
export function setStage(on) {
  stage = on;
  applyTheme();
}

export function applyTheme() {
  const chosen = stage ? 'dark' : memory.get('theme');
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  colours = {};
  setPalette({ isDark: isDark() });
  for (const listener of listeners) listener();
}

system.addEventListener('change', applyTheme);
