import { HttpClient } from '@angular/common/http';
import { computed, DestroyRef, effect, inject, type Signal, signal, untracked } from '@angular/core';
import { injectUser } from 'latchkey/angular';
import { Subscription } from 'rxjs';
import { type ItemsPage, itemsUrl } from '../shared/items.ts';
import { burstText, problemText } from '../shared/texts.ts';

/** The list of the user, one page of it at a time. */
export interface ItemList {
  /** Undefined until there is one. The page before stays while another is loaded. */
  readonly shown: Signal<ItemsPage | undefined>;
  readonly isBusy: Signal<boolean>;
  readonly problem: Signal<string>;
  /** How far a burst has come. */
  readonly progress: Signal<string>;
  /** Asks for the page so many times at once. */
  burst(times: number): void;
}

/** Loads a page, another when `page` says so, and all anew when somebody else is signed in. */
export function injectItemList(page: Signal<number>): ItemList {
  const http = inject(HttpClient);
  const user = injectUser();
  const userId = computed(() => user()?.id);
  const shown = signal<ItemsPage | undefined>(undefined);
  const isBusy = signal(true);
  const problem = signal('');
  const progress = signal('');
  let owner: number | undefined;
  /** All that is under way: whoever leaves it has it aborted. */
  let visit = new Subscription();

  function begin(): void {
    visit.unsubscribe();
    visit = new Subscription();
    problem.set('');
    progress.set('');
    isBusy.set(true);
  }

  function load(onEnd: (isAnswered: boolean) => void): void {
    visit.add(
      http.get<ItemsPage>(itemsUrl(page())).subscribe({
        next: (items) => shown.set(items),
        error: (error: unknown) => {
          // The first failure is told; it explains the others.
          problem.update((first) => first || problemText(error));
          onEnd(false);
        },
        complete: () => onEnd(true),
      }),
    );
  }

  function start(): void {
    begin();
    load(() => isBusy.set(false));
  }

  effect(() => {
    page();
    untracked(start);
  });
  effect(() => {
    const id = userId();
    // From nobody on it is the user for whom the list was loaded.
    if (id !== undefined && owner !== undefined && id !== owner) {
      shown.set(undefined);
      untracked(start);
    }
    owner = id ?? owner;
  });
  inject(DestroyRef).onDestroy(() => visit.unsubscribe());

  function burst(times: number): void {
    begin();
    let answered = 0;
    let ended = 0;
    progress.set(burstText(answered, times));
    for (let sent = 0; sent < times; sent += 1) {
      load((isAnswered) => {
        ended += 1;
        if (isAnswered) answered += 1;
        progress.set(burstText(answered, times));
        isBusy.set(ended < times);
      });
    }
  }

  return { shown, isBusy, problem, progress, burst };
}
