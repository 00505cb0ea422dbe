/** Sound on or off, undo, redo, share, light and dark, stage, panic. */

import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { toggleTheme } from '../lib/theme.js';
import { say } from '../lib/messages.js';
import { link as stateLink } from '../lib/share.js';
import { toggleStage } from '../lib/stage.js';
import { slide } from '../widgets/slide.js';

/** @returns {HTMLElement} */
function tool(name, label, onclick, props = {}) {
  return h('button.icon', { type: 'button', 'aria-label': label, title: label, onclick, ...props }, icon(name));
}

export function tools(host, store, player) {
  const { engine } = player;
  const mute = tool('sound', 'Mute the sound of this page', () => { engine.setMuted(!engine.muted); show(); }, { 'aria-pressed': 'false' });
  const show = () => {
    mute.replaceChildren(icon(engine.muted ? 'mute' : 'sound'));
    mute.setAttribute('aria-pressed', String(engine.muted));
  };
  const level = slide({
    label: 'Level of the sound of this page', value: engine.level, onset: (value) => {
      engine.setLevel(value);
      if (engine.muted && value > 0) { engine.setMuted(false); show(); }
    },
  });
  level.element.classList.add('level');
  const undo = tool('undo', 'Undo', () => store.link.send({ t: 'undo' }));
  const redo = tool('redo', 'Redo', () => store.link.send({ t: 'redo' }));
  store.watchMore('undo', (count) => { undo.disabled = !count; });
  store.watchMore('redo', (count) => { redo.disabled = !count; });
  const share = tool('share', 'Copy a link to this state', async () => {
    const address = stateLink(store);
    history.replaceState(null, '', address);
    try {
      await navigator.clipboard.writeText(address);
      say('A link to this state is copied.');
    } catch { say('The link to this state is in the address bar.'); }
  });
  const panic = tool('panic', 'Panic: end all notes', () => { engine.releaseAll(true); store.act('/polate/panic'); });
  host.replaceChildren(mute, level.element, panic, undo, redo, share,
    tool('theme', 'Light or dark', toggleTheme), tool('stage', 'Stage: full screen', toggleStage));
  show();
}
