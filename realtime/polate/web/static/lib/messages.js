/** Short lines at the foot of the page, read aloud too; they go by themselves. */

import { h } from './dom.js';

const STAY = 5000, MOST = 3;

/** @param {string} text @param {{action?: string, onaction?: () => void, stay?: number}} [options] */
export function say(text, { action = '', onaction = () => {}, stay = STAY } = {}) {
  const host = document.getElementById('messages');
  for (const child of host.children) if (child.dataset.text === text) child.remove();
  const box = h('div.message', { 'data-text': text }, text, action && h('button', {
    type: 'button', text: action, onclick: () => { onaction(); box.remove(); },
  }));
  host.append(box);
  while (host.children.length > MOST) host.firstChild.remove();
  if (stay) setTimeout(() => box.remove(), stay);
  return box;
}
