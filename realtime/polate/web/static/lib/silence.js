/** "I hear nothing": when Play was pressed and no sound came, say why, and what helps. */

import { say } from './messages.js';

const WAIT = 2500; // milliseconds

/** @param {import('../net/store.js').Store} store @param {import('../sound/player.js').Player} player */
export function watchSilence(store, player) {
  document.addEventListener('polate-played', () => {
    const before = player.notes;
    setTimeout(() => {
      const { engine } = player;
      if (!store.one('/polate/play')) return;
      if (engine.muted || engine.level === 0) {
        say('The sound of this page is muted.', { action: 'Sound on', onaction: () => { engine.setMuted(false); if (!engine.level) engine.setLevel(0.8); document.dispatchEvent(new CustomEvent('polate-muted')); } });
      } else if (!engine.running) {
        say('The browser does not let this page sound. Press Play once more.');
      } else if (player.notes === before) why(store);
    }, WAIT);
  });
}

function why(store) {
  const set = (address, value) => () => store.set(address, value);
  if (store.one('/polate/hold')) say('Polate plays only while a key is held.', { action: 'Play without keys', onaction: set('/polate/hold', 0) });
  else if (store.one('/polate/sync', 'internal') !== 'internal') say('Polate waits for another clock.', { action: 'Use its own', onaction: set('/polate/sync', 'internal') });
  else if (/^\.+$/.test(store.one('/polate/rhythm', ''))) say('All steps rest.', { action: 'Let all sound', onaction: set('/polate/rhythm', '') });
  else if (store.one('/polate/probability', 100) < 5) say('The probability is so low that steps hardly ever sound.', { action: 'Set it to 100 %', onaction: set('/polate/probability', 100) });
}
