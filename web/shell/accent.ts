// The platform's one colour. It comes with enough contrast for each ground; set as properties of the root, which the strict
// Content-Security-Policy lets scripts do and markup not.
import type { Session } from './session';

export function paintAccent(accent: Session['platform']['accent']): void {
  if (accent === undefined) return;
  const { style } = document.documentElement;
  for (const theme of ['light', 'dark'] as const) {
    style.setProperty(`--accent-${theme}`, accent[theme].color);
    style.setProperty(`--on-accent-${theme}`, accent[theme].on);
  }
}
