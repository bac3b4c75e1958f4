import { find } from './dom.ts';

/** Says one sentence, to the eye and to a screen reader; the same one again is not repeated. */
export function say(text: string): void {
  const said = find('#said', HTMLElement);
  if (said.textContent !== text) said.textContent = text;
}
