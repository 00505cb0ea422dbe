/** One of several words, yes or no, and a line of text: each bound to an address. */

import { h } from '../lib/dom.js';

/** A list that opens. @returns {HTMLElement} */
export function choiceBox(store, address, options) { return listBox(store, address, options).element; }

/**
 * The same, for words that come and go.
 * @param {{label: string, choices: string[], title?: string, names?: Object<string, string>, none?: string|null}} options
 *   `none`: what an empty word is called, null where there is none
 * @returns {{element: HTMLElement, refill: (words: string[]) => void}}
 */
export function listBox(store, address, { label, choices, title = '', names = {}, none = null }) {
  const select = h('select', {
    'aria-label': label, title: title || null, 'data-address': address, onchange: () => store.set(address, select.value),
  });
  const fill = (words) => {
    const value = String(store.one(address, words[0] ?? ''));
    const all = value && !words.includes(value) ? [value, ...words] : words;
    select.replaceChildren(
      ...(none === null ? [] : [h('option', { value: '', text: none })]),
      ...all.filter((word) => word !== '').map((word) => h('option', { value: word, text: names[word] ?? word })));
    select.value = value;
  };
  fill(choices);
  let words = choices;
  store.watch(address, ([value]) => {
    if (![...select.options].some((option) => option.value === String(value))) fill(words);
    select.value = String(value);
  });
  return {
    element: h('label.read', {}, h('span.label', { text: label }), select),
    refill(next) { words = next; fill(next); },
  };
}

/** Buttons side by side, of which one is chosen. @returns {HTMLElement} */
export function pickBox(store, address, { label, choices, names = {}, title = '' }) {
  const pick = picker({ label, choices, names, onpick: (word) => store.set(address, word) });
  pick.element.dataset.address = address;
  store.watch(address, ([value]) => pick.choose(String(value)));
  return h('div.read', { title: title || null }, h('span.label', { text: label, 'aria-hidden': 'true' }), pick.element);
}

/** The same without an address. */
export function picker({ label, choices, names = {}, onpick }) {
  const buttons = choices.map((word) => h('button', {
    type: 'button', role: 'radio', 'aria-checked': 'false', tabindex: -1, text: names[word] ?? word, onclick: () => onpick(word),
  }));
  const element = h('div.pick', { role: 'radiogroup', 'aria-label': label }, ...buttons);
  element.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = (buttons.findIndex((button) => button.tabIndex === 0) + by + buttons.length) % buttons.length;
    onpick(choices[at]);
    buttons[at].focus();
  });
  const choose = (word) => buttons.forEach((button, at) => {
    const on = choices[at] === word;
    button.setAttribute('aria-checked', String(on));
    button.tabIndex = on || (!choices.includes(word) && at === 0) ? 0 : -1;
  });
  choose(choices[0]);
  return { element, choose };
}

/** Yes or no. @returns {HTMLElement} */
export function switchBox(store, address, { label, title = '' }) {
  const button = h('button.switch', {
    type: 'button', role: 'switch', 'aria-checked': 'false', text: label, title: title || null, 'data-address': address,
    onclick: () => store.set(address, button.getAttribute('aria-checked') === 'true' ? 0 : 1),
  });
  store.watch(address, ([value]) => button.setAttribute('aria-checked', String(Boolean(value))));
  return button;
}

/** A line of text, sent when it is left or Enter is pressed. @returns {HTMLElement} */
export function textBox(store, address, { label, title = '', clean = (text) => text }) {
  const input = h('input.text', {
    'aria-label': label, title: title || null, autocomplete: 'off', spellcheck: 'false', 'data-address': address,
    onchange: () => store.set(address, clean(input.value)),
    onkeydown: (event) => { if (event.key === 'Enter') input.blur(); },
  });
  store.watch(address, ([value]) => { if (document.activeElement !== input) input.value = String(value); });
  return h('label.read', {}, h('span.label', { text: label }), input);
}
