/** The letters of a computer's keyboard as piano keys, in the octave of the tonic, while the keyboard has the focus. */

const LETTERS = 'awsedftgyhujk'; // from C up, as on most software keyboards

/**
 * @param {HTMLElement} element
 * @param {import('../net/store.js').Store} store
 * @param {(note: number) => void} press
 * @param {(note: number) => void} letGo
 */
export function typedKeys(element, store, press, letGo) {
  const held = new Map(); // the key's place on the keyboard -> its note
  element.addEventListener('keydown', (event) => {
    const at = LETTERS.indexOf(event.key.toLowerCase());
    if (at < 0 || event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (event.repeat || held.has(event.code)) return;
    const note = Math.min(127, Math.floor(store.one('/polate/tonic', 60) / 12) * 12 + at);
    held.set(event.code, note);
    press(note);
  });
  const end = (code) => {
    if (!held.has(code)) return;
    letGo(held.get(code));
    held.delete(code);
  };
  element.addEventListener('keyup', (event) => end(event.code));
  element.addEventListener('blur', () => { for (const code of [...held.keys()]) end(code); });
}
