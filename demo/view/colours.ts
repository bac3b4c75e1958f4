import type { BarState } from '../bars.ts';
import { find } from './dom.ts';

/** The colours of the picture, as the style sheet has them at present: light or dark. */
export interface Colours {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly lane: string;
  readonly states: Readonly<Record<BarState, string>>;
}

/** Each is the computed colour of a piece of the legend, so that picture and legend cannot disagree. */
export function coloursOf(): Colours {
  const of = (name: string): string =>
    getComputedStyle(find(`#legend [data-colour=${name}]`, HTMLElement)).backgroundColor;
  return {
    text: getComputedStyle(document.body).color,
    muted: getComputedStyle(find('#legend', HTMLElement)).color,
    line: of('line'),
    lane: of('lane'),
    states: {
      waiting: of('waiting'),
      sent: of('sent'),
      refused: of('waiting'),
      answered: of('answered'),
      failed: of('failed'),
    },
  };
}
