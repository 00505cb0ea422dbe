/** A control for a setting of the table that the server sends: its kind, its range, its words. */

import { numberBox } from '../widgets/number.js';
import { choiceBox, pickBox, switchBox, textBox } from '../widgets/choice.js';

const FEW = 4; // words that are shown side by side
const ELSEWHERE = new Set(['bpm', 'tonic', 'order', 'rate', 'rhythm', 'accents', 'euclid-pulses', 'euclid-steps', 'euclid-rotation', 'sequence', 'path-bars']);
const used = new Set(); // keys that have a control already

/**
 * @param {import('../net/store.js').Store} store
 * @param {string} key  of a setting
 * @param {Object<string, any>} [options]  label, unit, step, format, read, names
 * @returns {HTMLElement|null} null where the server has no such setting
 */
export function setting(store, key, options = {}) {
  const spec = store.welcome.settings.find((each) => each.key === key);
  if (!spec) return null;
  used.add(key);
  return control(store, `/polate/${key === 'bpm' ? 'tempo' : key}`, spec, options);
}

/** Controls for the settings that no panel knows: one that is new in the table appears here. */
export function otherSettings(store) {
  const left = store.welcome.settings.filter(({ key }) => !used.has(key) && !ELSEWHERE.has(key));
  return left.map(({ key }) => setting(store, key));
}

/** The same for a setting of what moves an axis. */
export function motionSetting(store, axis, key, options = {}) {
  const spec = store.welcome.motions.find((each) => each.key === key);
  return spec && control(store, `/polate/motion/${axis + 1}/${key}`, spec, options);
}

function control(store, address, spec, options) {
  const label = options.label ?? spec.key.replace('-', ' ').replace(/^./, (letter) => letter.toUpperCase());
  const title = options.title ?? spec.doc.replace(/^./, (letter) => letter.toUpperCase());
  if (spec.choices?.length) {
    const few = spec.choices.length <= (options.few ?? FEW);
    return (few ? pickBox : choiceBox)(store, address, { label, title, choices: spec.choices, names: options.names });
  }
  if (spec.type === 'bool') return switchBox(store, address, { label, title });
  if (spec.low !== null && spec.low !== undefined) {
    return numberBox(store, address, { label, title, low: spec.low, high: spec.high, whole: spec.type === 'int' || spec.key === 'tonic', ...options });
  }
  return textBox(store, address, { label, title });
}
