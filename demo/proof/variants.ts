import { plain, type Setting } from '../../test/model/protocol/setting.ts';
import { wrongWays } from '../../test/model/protocol/wrong-ways.ts';

/** A set of rules that two tabs go by, and what is to be seen when they do. */
export interface Variant {
  /** As in the address. */
  readonly id: string;
  readonly title: string;
  /** What the tabs do, in plain words. */
  readonly rules: string;
  readonly setting: Setting;
  /** What must break first, and in how many steps, as the tests of the model found; nothing for ours. */
  readonly breaks: string | undefined;
  readonly steps: number | undefined;
  /** The invariants that are broken next because of that, in this order. */
  readonly leadsTo: readonly string[];
  /** What the user sees of it in the end. */
  readonly harm: string;
  /** What a tab looks at before it sends. */
  readonly asks: 'fence' | 'store' | 'nothing';
  /** Whether there is a fence at all; the model keeps its account there in any case. */
  readonly hasFence: boolean;
}

const signedOut =
  'The sign-in page, in the middle of work, in this tab and soon in the other one. Nobody signed out, no time was up, ' +
  'and the server had no reason to say no but the one that the tabs gave it.';

/** All of them, in the order in which the page offers them. */
export const variants: readonly Variant[] = [
  wrong('copied', 'A copied interceptor', 'a copied interceptor: no lock, no fence', {
    rules:
      'One refresh at a time in each tab, and no word to the other tabs: the forty lines that many apps copy. A no from the server ends the session at once.',
    leadsTo: ['I4', 'I5'],
    harm: signedOut,
    asks: 'nothing',
    hasFence: false,
  }),
  wrong('copied-sign-out', 'A copied interceptor, and a sign-out', 'a copied interceptor, and somebody signs out', {
    rules: 'The same interceptor, while somebody signs out: it saves whatever is answered, whenever that comes.',
    leadsTo: [],
    harm:
      'Nothing, and that is worse: tokens are in the store again after the user signed out. Here the server revoked the ' +
      'whole session; one that revokes only the token that it was shown lets whoever opens the page next go on as that user.',
    asks: 'nothing',
    hasFence: false,
  }),
  wrong('lock', 'A lock, and nothing read again', 'a lock, and nothing read again', {
    rules:
      'The tabs refresh one after the other, under a lock. But who comes second sends the token that it remembers from before it waited. All else is as in latchkey.',
    leadsTo: ['I4', 'I5'],
    harm: signedOut,
    asks: 'nothing',
    hasFence: true,
  }),
  wrong('stale', 'A lock, and a stale store', 'a lock, and a stale store read again', {
    rules:
      'Under the lock a tab first reads the store again. But localStorage may show it an old value for a while after another tab has written: measured in 4 to 26 % of all hand-overs. All else is as in latchkey.',
    leadsTo: ['I4', 'I5'],
    harm: signedOut,
    asks: 'store',
    hasFence: true,
  }),
  wrong('stolen', 'A lock that is stolen', 'a lock that is stolen on time-out', {
    rules:
      'All as in latchkey, with a lock and a fence. But a tab that has waited too long takes the lock away from the one that has it.',
    leadsTo: ['I4', 'I5'],
    harm: signedOut,
    asks: 'fence',
    hasFence: true,
  }),
  {
    id: 'ours',
    title: 'latchkey',
    rules:
      'One lock that is never stolen. Under it a tab asks the fence, a few facts in IndexedDB, and sends nothing that the fence does not call the newest. Saving and noting are one transaction.',
    setting: plain,
    breaks: undefined,
    steps: undefined,
    leadsTo: [],
    harm: 'Nothing. One request was sent for two tabs, both have generation 2, and generation 1 is never sent again.',
    asks: 'fence',
    hasFence: true,
  },
];

/** What the two tabs of the other variants wish for, under our rules: a schedule that was chosen, not found. */
export const ourSchedule: readonly string[] = [
  'wish (1)',
  'wish (2)',
  'enter (1)',
  'readFacts (1)',
  'openAttempt (1)',
  'send (1)',
  'server answers (1)',
  'commit (1)',
  'leave (1)',
  'enter (2)',
  'store catches up (2)',
  'readFacts (2)',
  'leave (2)',
];

/** The variant of that name in the address; without one, or with one that there is not, the first. */
export function variantOf(id: string | null): Variant {
  return variants.find((variant) => variant.id === id) ?? (variants[0] as Variant);
}

function wrong(
  id: string,
  title: string,
  name: string,
  words: Pick<Variant, 'rules' | 'leadsTo' | 'harm' | 'asks' | 'hasFence'>,
): Variant {
  const way = wrongWays.find((one) => one.name === name);
  if (!way) throw new Error(`The model has no: ${name}`);
  return { id, title, setting: way.setting, breaks: way.breaks, steps: way.steps, ...words };
}
