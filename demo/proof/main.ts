import { find } from '../view/dom.ts';
import { addressOf, type Place, placeOf } from './address.ts';
import { element } from './element.ts';
import { invariants } from './invariants.ts';
import { attachPlayer } from './player.ts';
import { type Found, stepsOf } from './schedule.ts';
import { attachSearched } from './searched.ts';
import { type Variant, variants } from './variants.ts';
import type { Answer, Question } from './worker.ts';

const page = find('#page', HTMLElement);
const finding = new Map<string, Promise<Found>>();
let place: Place = placeOf(location.search);

const player = attachPlayer((step) => {
  place = { ...place, step };
  history.replaceState(undefined, '', addressOf(place));
});

/** Searches each variant once, away from the page's own thread. */
function search({ id }: Variant): Promise<Found> {
  const known = finding.get(id);
  if (known) return known;
  const worker = startWorker();
  const found = new Promise<Found>((resolve, reject) => {
    worker.onerror = reject;
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if ('found' in data) resolve(data.found);
    };
    worker.postMessage({ find: id } satisfies Question);
  });
  finding.set(id, found);
  return found.finally(() => worker.terminate());
}

function startWorker(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
}

async function show(): Promise<void> {
  const { variant } = place;
  const title = find('#player-title', HTMLElement);
  find(`#variant-${variant.id}`, HTMLInputElement).checked = true;
  find('#rules', HTMLElement).textContent = variant.rules;
  find('#searched', HTMLElement).hidden = variant.id !== 'ours';
  page.ariaBusy = 'true';
  try {
    const found = await search(variant);
    // Somebody chose another one meanwhile.
    if (place.variant !== variant) return;
    const steps = stepsOf(variant, found);
    const broken = steps.find(({ breaks }) => breaks !== undefined);
    title.textContent = broken
      ? `Breaks ${broken.breaks} in ${steps.indexOf(broken) + 1} steps`
      : 'The same two wishes, under our rules';
    find('#found', HTMLElement).textContent = broken
      ? `Found just now, after ${found.states.toLocaleString('en')} worlds, the nearest first: there is no shorter way.` +
        (broken === steps.at(-1) ? '' : ' The steps after that are the shortest way to what the user sees.')
      : 'One schedule of many, chosen to compare. What was searched is below.';
    player.play(variant, steps, place.step);
  } catch {
    title.textContent = 'The search did not start';
    find('#found', HTMLElement).textContent = 'It runs in a module worker, and this browser started none here.';
  }
  page.ariaBusy = 'false';
}

find('#variants', HTMLElement).append(
  ...variants.map((variant) => {
    const label = element('label');
    const radio = element('input');
    radio.type = 'radio';
    radio.name = 'variant';
    radio.id = `variant-${variant.id}`;
    radio.addEventListener('change', async () => {
      place = { variant, step: 0 };
      history.pushState(undefined, '', addressOf(place));
      await show();
    });
    label.append(radio, ` ${variant.title}`);
    return label;
  }),
);
find('#invariants', HTMLElement).append(
  ...Object.entries(invariants).map(([name, sentence]) => {
    const row = element('div');
    row.append(element('dt', name), element('dd', sentence));
    return row;
  }),
);
addEventListener('popstate', async () => {
  place = placeOf(location.search);
  await show();
});
attachSearched(startWorker);
await show();
