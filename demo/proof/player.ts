import { beginningOf } from '../../test/model/protocol/setting.ts';
import { find } from '../view/dom.ts';
import { addressOf } from './address.ts';
import { boardOf } from './board.ts';
import { element } from './element.ts';
import { invariants } from './invariants.ts';
import type { Step } from './schedule.ts';
import { beginning, sentenceOf } from './sentences.ts';
import type { Variant } from './variants.ts';
import { nameOf } from './words.ts';

/** What plays a schedule: it shows one, from a step on, and tells who listens where it is. */
export interface Player {
  play(variant: Variant, steps: readonly Step[], at: number): void;
  goTo(at: number): void;
}

const buttons = ['first', 'previous', 'next', 'last'] as const;

/** Makes the buttons, the slider, the arrow keys and the list of steps work. */
export function attachPlayer(onStep: (at: number) => void): Player {
  const slider = find('#slider', HTMLInputElement);
  const list = find('#steps', HTMLOListElement);
  let variant: Variant;
  let steps: readonly Step[] = [];
  let at = 0;

  function goTo(wanted: number): void {
    at = Math.min(Math.max(wanted, 0), steps.length);
    const step = steps[at - 1];
    const first = beginningOf(variant.setting);
    slider.value = String(at);
    slider.ariaValueText = positionText(at, steps);
    find('#position', HTMLElement).textContent = positionText(at, steps);
    find('#sentence', HTMLElement).textContent = step ? sentenceOf(step, variant) : beginning;
    find('#board', HTMLElement).replaceChildren(...boardOf(step?.after ?? first, step?.before ?? first, variant));
    showVerdict(step, variant, at === steps.length);
    for (const [index, item] of [...list.querySelectorAll('a')].entries()) {
      item.ariaCurrent = index === at ? 'step' : null;
    }
    // Not `disabled`, which would take the keyboard's focus away.
    const isAtEnd = { first: at === 0, previous: at === 0, next: at === steps.length, last: at === steps.length };
    for (const name of buttons) find(`#${name}`, HTMLButtonElement).ariaDisabled = isAtEnd[name] ? 'true' : null;
  }
  function step(to: number): void {
    if (to < 0 || to > steps.length) return;
    goTo(to);
    onStep(at);
  }

  const targets = { first: () => 0, previous: () => at - 1, next: () => at + 1, last: () => steps.length };
  for (const name of buttons)
    find(`#${name}`, HTMLButtonElement).addEventListener('click', () => step(targets[name]()));
  slider.addEventListener('input', () => step(Number(slider.value)));
  list.addEventListener('click', (event) => {
    const link = (event.target as Element).closest('a');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    step(Number(link.dataset.step));
  });
  addEventListener('keydown', (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    // The slider and the choice of a variant have arrow keys of their own, and so has a table that scrolls.
    const isTaken = event.target instanceof HTMLInputElement || (event.target as Element).closest?.('#spaces');
    if (by === undefined || isTaken || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    step(at + by);
  });

  return {
    play(newVariant, newSteps, from) {
      variant = newVariant;
      steps = newSteps;
      slider.max = String(steps.length);
      list.replaceChildren(...itemsOf(variant, steps));
      goTo(from);
    },
    goTo,
  };
}

function positionText(at: number, { length }: readonly Step[]): string {
  return at === 0 ? `The beginning, before ${length} steps` : `Step ${at} of ${length}`;
}

/** What is broken by this very step; at the end also what the user sees of it. */
function showVerdict(step: Step | undefined, { harm }: Variant, isLast: boolean): void {
  const verdict = find('#verdict', HTMLElement);
  const last = find('#harm', HTMLElement);
  verdict.hidden = step?.breaks === undefined;
  verdict.textContent = step?.breaks ? `${step.breaks} is broken: ${invariants[step.breaks] ?? ''}` : '';
  last.hidden = !isLast;
  last.replaceChildren(...(isLast ? [element('strong', 'What the user sees: '), harm] : []));
}

function itemsOf(variant: Variant, steps: readonly Step[]): HTMLLIElement[] {
  return [undefined, ...steps].map((step, at) => {
    const item = element('li');
    const link = element('a', step ? sentenceOf(step, variant) : beginning);
    link.href = addressOf({ variant, step: at });
    link.dataset.step = String(at);
    item.append(link);
    if (step) item.dataset.tab = nameOf(step.index);
    if (step?.breaks) item.append(' ', element('strong', `breaks ${step.breaks}`));
    return item;
  });
}
