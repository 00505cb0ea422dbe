/** The stage: full screen, dark, large; the same page with another grid. */

import { setStage } from './theme.js';

const root = document.documentElement;

export function toggleStage() {
  const on = !('stage' in root.dataset);
  apply(on);
  if (on) root.requestFullscreen?.().catch(() => {});
  else if (document.fullscreenElement) document.exitFullscreen();
}

function apply(on) {
  if (on) root.dataset.stage = '';
  else delete root.dataset.stage;
  setStage(on);
  document.dispatchEvent(new CustomEvent('polate-stage', { detail: on }));
}

document.addEventListener('fullscreenchange', () => {
  if (!document.fullscreenElement && 'stage' in root.dataset) apply(false);
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && 'stage' in root.dataset && !document.fullscreenElement) apply(false);
});
