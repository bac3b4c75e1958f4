import { useEffect, useState } from 'react';
import { type ItemsPage, itemsUrl } from '../shared/items.ts';
import { problemText } from '../shared/texts.ts';
import { api } from './api.ts';

/** What is there to show of the list. */
export interface Items {
  /** The page before stays while another one is loaded. */
  readonly shown: ItemsPage | undefined;
  readonly isBusy: boolean;
  readonly problem: string;
  /** Asks for the page so often, at once. */
  burst(times: number, onAnswer: (answered: number) => void): void;
}

/** A page of the list. What comes after it was left is not shown: the request is aborted. */
export function useItems(page: number): Items {
  const [shown, setShown] = useState<ItemsPage>();
  const [isBusy, setBusy] = useState(true);
  const [problem, setProblem] = useState('');
  const [visit, setVisit] = useState<AbortController>();

  useEffect(() => {
    const controller = new AbortController();
    setVisit(controller);
    setBusy(true);
    setProblem('');
    void load(page, controller.signal, setShown, setProblem).then(() => {
      if (!controller.signal.aborted) setBusy(false);
    });
    return () => controller.abort();
  }, [page]);

  function burst(times: number, onAnswer: (answered: number) => void): void {
    if (!visit) return;
    let answered = 0;
    setProblem('');
    for (let sent = 0; sent < times; sent += 1) {
      const show = (items: ItemsPage): void => {
        answered += 1;
        setShown(items);
        onAnswer(answered);
      };
      // The first failure is told; it explains the others.
      void load(page, visit.signal, show, (text) => setProblem((first) => first || text));
    }
  }

  return { shown, isBusy, problem, burst };
}

async function load(
  page: number,
  signal: AbortSignal,
  onItems: (items: ItemsPage) => void,
  onProblem: (text: string) => void,
): Promise<void> {
  try {
    const { data } = await api.get<ItemsPage>(itemsUrl(page), { signal });
    if (!signal.aborted) onItems(data);
  } catch (error) {
    if (!signal.aborted) onProblem(problemText(error));
  }
}
