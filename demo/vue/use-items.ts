import { createAuthorizedFetch } from 'latchkey/fetch';
import { useUser } from 'latchkey/vue';
import { onScopeDispose, type Ref, readonly, ref, type ShallowRef, shallowReadonly, shallowRef, watch } from 'vue';
import { type ItemsPage, itemsUrl } from '../shared/items.ts';
import { session } from '../shared/session.ts';
import { burstText, problemText } from '../shared/texts.ts';

/** The list of the user, one page of it at a time. */
export interface Items {
  /** Undefined until there is one. */
  readonly items: Readonly<ShallowRef<ItemsPage | undefined>>;
  readonly isLoading: Readonly<Ref<boolean>>;
  readonly problem: Readonly<Ref<string>>;
  /** How far a burst has come. */
  readonly told: Readonly<Ref<string>>;
  /** Asks for the page so many times at once. */
  burst(times: number): Promise<void>;
}

const authorizedFetch = createAuthorizedFetch(session);

/** Loads a page, another when `page` says so, and all anew when somebody else is signed in. */
export function useItems(page: Readonly<Ref<number>>): Items {
  const user = useUser();
  const items = shallowRef<ItemsPage>();
  const isLoading = ref(false);
  const problem = ref('');
  const told = ref('');
  let current = new AbortController();

  /** One request. What comes of it too late is not shown. */
  async function load({ signal }: AbortController): Promise<boolean> {
    try {
      const page = await read(signal);
      if (!signal.aborted) items.value = page;
      return true;
    } catch (error) {
      if (!signal.aborted) problem.value ||= problemText(error);
      return false;
    }
  }
  async function read(signal: AbortSignal): Promise<ItemsPage> {
    const response = await authorizedFetch(itemsUrl(page.value), { signal });
    if (!response.ok) throw new Error(`The list answered ${response.status}`);
    return response.json();
  }
  /** Does this in the place of whatever is under way. */
  async function instead(work: (mine: AbortController) => Promise<unknown>): Promise<void> {
    current.abort();
    const mine = new AbortController();
    current = mine;
    problem.value = '';
    told.value = '';
    isLoading.value = true;
    await work(mine);
    if (mine === current) isLoading.value = false;
  }
  function burst(times: number): Promise<void> {
    return instead(async (mine) => {
      let answered = 0;
      const tell = (): void => {
        if (mine === current) told.value = burstText(answered, times);
      };
      tell();
      const one = async (): Promise<void> => {
        if (await load(mine)) answered += 1;
        tell();
      };
      await Promise.all(Array.from({ length: times }, one));
    });
  }

  watch(page, () => instead(load), { immediate: true });
  watch(
    () => user.value?.id,
    (_, before) => {
      // From nobody on it is the user for whom the list was loaded.
      if (before === undefined) return;
      items.value = undefined;
      void instead(load);
    },
  );
  onScopeDispose(() => current.abort());

  return {
    items: shallowReadonly(items),
    isLoading: readonly(isLoading),
    problem: readonly(problem),
    told: readonly(told),
    burst,
  };
}
