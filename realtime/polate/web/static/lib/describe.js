/** Ask the server once for the notes of a pattern on the present tonic. */

const cache = new Map();
const MOST = 2000;

/**
 * @param {import('../net/store.js').Store} store
 * @returns {(text: string) => Promise<{text: string, class: string, notes: number[], spelled: Object<string, string>}|null>}
 */
export function describer(store) {
  return (text) => {
    const key = `${store.one('/polate/tonic')} ${text}`;
    if (!cache.has(key)) {
      if (cache.size > MOST) cache.clear();
      cache.set(key, store.link.ask({ t: 'describe', text }).then((found) => {
        if (!found) cache.delete(key);
        return found;
      }));
    }
    return cache.get(key);
  };
}
