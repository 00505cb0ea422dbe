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
  level.element.append(meter(player));
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
  const panic = tool('panic', 'Panic: end all notes', () => { engine.releaseAll(true); store.act('/polate/panic'); }, { 'data-target': 'panic' });
  document.addEventListener('polate-muted', show);
  host.replaceChildren(mute, level.element, panic, undo, redo, share,
    tool('theme', 'Light or dark', toggleTheme), tool('stage', 'Stage: full screen', toggleStage));
  show();
}

/** What this page sounds like in decibels, below the level: where it moves and nothing is heard, look to the loudspeaker. */
function meter(player) {
  const bar = h('div.meter'), { engine } = player, block = new Float32Array(1024);
  let running = false, shown = 0;
  const frame = () => { // fifteen times a second are enough to see that there is sound
    let peak = 0;
    if (engine.running) {
      engine.analyser.getFloatTimeDomainData(block);
      for (const sample of block) peak = Math.max(peak, Math.abs(sample));
    }
    shown = Math.max(peak, shown * 0.65);
    bar.style.transform = `scaleX(${shown > 0.001 ? Math.max(0, 1 + Math.log10(shown) / 2.5) : 0})`;
    running = shown > 0.001 || engine.all.size > 0;
    if (running) setTimeout(frame, 66);
  };
  player.listen(() => { if (!running && engine.running) { running = true; frame(); } });
  return bar;
}
