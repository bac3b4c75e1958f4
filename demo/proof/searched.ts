import { type Configuration, large, small } from '../../test/model/protocol/configurations.ts';
import { find } from '../view/dom.ts';
import { element } from './element.ts';
import type { Answer, Question } from './worker.ts';

/** Says what was searched, as strongly as it was, and lets the visitor search it again. */
export function attachSearched(startWorker: () => Worker): void {
  const all = find('#search-all', HTMLButtonElement);
  const stop = find('#stop', HTMLButtonElement);
  const result = find('#result', HTMLElement);
  let worker: Worker | undefined;

  function end(text: string): void {
    worker?.terminate();
    worker = undefined;
    for (const button of [all, ...find('#rows', HTMLElement).querySelectorAll('button')]) button.ariaDisabled = null;
    stop.ariaDisabled = 'true';
    result.textContent = text;
    find('#progress-text', HTMLElement).textContent = 'Nothing is being searched.';
    find('#progress', HTMLProgressElement).value = 0;
  }
  async function run(indices: readonly number[]): Promise<void> {
    if (worker) return;
    const own = startWorker();
    worker = own;
    for (const button of [all, ...find('#rows', HTMLElement).querySelectorAll('button')]) button.ariaDisabled = 'true';
    stop.ariaDisabled = null;
    result.textContent = '';
    let total = 0;
    for (const index of indices) {
      const outcome = await searchOne(own, index);
      const { states } = small[index] as Configuration;
      total += outcome.states;
      const text = outcomeText(outcome, states);
      outcomeOf(index).textContent = text;
      if (outcome.broken !== undefined || outcome.states !== states) return end(`${small[index]?.name}: ${text}.`);
    }
    const searches = indices.length === 1 ? 'one setting' : `${indices.length} settings`;
    end(`${count(total)} worlds of ${searches} visited, all that can come about there: nothing is broken.`);
  }

  all.textContent = `Search all ${small.length}: ${count(sum(small))} worlds`;
  all.addEventListener('click', () => run([...small.keys()]));
  stop.addEventListener('click', () => {
    if (worker) end('Stopped. What was searched in part proves nothing.');
  });
  find('#rows', HTMLElement).replaceChildren(
    ...small.map((configuration, index) => rowOf(configuration, () => run([index]))),
  );
  sayStrength();
}

/** The last word of a search; on the way it shows how many worlds there are so far. */
function searchOne(worker: Worker, index: number): Promise<{ states: number; broken: string | undefined }> {
  const { name, states } = small[index] as Configuration;
  const progress = find('#progress', HTMLProgressElement);
  const text = find('#progress-text', HTMLElement);
  progress.max = states;
  return new Promise((resolve, reject) => {
    worker.onerror = reject;
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (!('states' in data)) return;
      text.textContent = `${name}: ${count(data.states)} worlds so far`;
      progress.value = data.states;
      if ('isDone' in data) resolve(data);
    };
    worker.postMessage({ search: index } satisfies Question);
  });
}

function outcomeText({ states, broken }: { states: number; broken: string | undefined }, expected: number): string {
  if (broken !== undefined) return `${broken} is broken`;
  return states === expected ? 'holds, in all of them' : `${count(states)} worlds: not the model that was published`;
}

function rowOf({ name, setting, states }: Configuration, onClick: () => void): HTMLTableRowElement {
  const row = element('tr');
  const heading = element('th', name);
  heading.scope = 'row';
  const cell = element('td', '', 'outcome');
  const button = element('button', 'Search');
  button.type = 'button';
  button.ariaLabel = `Search: ${name}`;
  button.addEventListener('click', onClick);
  cell.append(button, element('span'));
  row.append(heading, element('td', String(setting.generations)), element('td', count(states)), cell);
  return row;
}

function outcomeOf(index: number): HTMLElement {
  return find(`#rows tr:nth-child(${index + 1}) .outcome span`, HTMLElement);
}

function sayStrength(): void {
  find('#strength', HTMLElement).textContent =
    `The protocol is model-checked for 2 and 3 tabs: in ${small.length} settings with each run of the tests, in ` +
    `${large.length} larger ones in a longer run. Each setting has 2 or 3 generations of tokens (one or two refreshes ` +
    'in a session), no more than 2 faults, and at most one sign-out and one sign-in as somebody else; in two of the ' +
    'larger ones two of each. In every one, every order of events was visited, and none breaks an invariant.';
  const limits = [
    'It is the model that is proved, and at these sizes. That the code does the same is tested, with random schedules and in three browser engines, not proved.',
    'A fault is a crash, a reload, a page that freezes, a request or an answer that is lost, a 503, a store or a cookie that is behind. Not in the model: an IndexedDB that is cleared or missing, access tokens that outlive a rejected refresh, the same user signing in again.',
    'The request of a page that is gone is taken to be over once settleTime is. The model is exact when that is as long as a request may take, 30 seconds; the default is 5.',
    'Where a fault takes the newest token from everybody, as an answer that is lost, a server without a grace says no, and the session ends. No client can help that, and the model does not call it a breach. test/model/README.md has this and the other exceptions.',
  ];
  find('#limits', HTMLElement).replaceChildren(...limits.map((limit) => element('li', limit)));
  find('#long', HTMLElement).textContent =
    `The ${large.length} larger settings have ${count(sum(large))} worlds together, too many for the memory of a page: npm run soak.`;
}

function sum(configurations: readonly Configuration[]): number {
  return configurations.reduce((total, { states }) => total + states, 0);
}

function count(states: number): string {
  return states.toLocaleString('en');
}
