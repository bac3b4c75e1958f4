import { memoryStore, type SessionRecord, type TokenStore } from 'latchkey';
import { tokenStoreContract } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';

/** What a store that keeps text can do wrong. Each is the whole store, but for the methods named. */
function textStore(broken: (texts: Map<string, string>) => Partial<TokenStore>): () => TokenStore {
  const texts = new Map<string, string>();
  const store: TokenStore = {
    scope: 'tab',
    synchronous: true,
    load: (name) => texts.get(name),
    save: (name, record) => void texts.set(name, JSON.stringify(record)),
    clear: (name) => void texts.delete(name),
    ...broken(texts),
  };
  return () => store;
}

/** The titles of the cases that a store fails. */
async function failures(create: () => TokenStore): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { title, check } of tokenStoreContract(create)) {
    await check().catch(() => failed.push(title));
  }
  return failed;
}

const SCOPE = 'says who sees it, and whether it is synchronous';
const EMPTY = 'shows nothing before anything was saved';
const WHOLE = 'gives back what was saved, to the last field';
const REPLACED = 'replaces the record before';
const APART = 'keeps names apart';
const CLEARED = 'shows nothing after a clear, and clears twice';
const BARE = 'keeps a record without a refresh token, and one of an opaque token';
const SUBSCRIPTION = 'lets go of a subscription, also twice';

describe('tokenStoreContract', () => {
  it('is content with a store that does what it must', async () => {
    expect(await failures(textStore(() => ({})))).toEqual([]);
  });

  it('names each of its cases once', () => {
    const titles = tokenStoreContract(() => memoryStore()).map(({ title }) => title);
    expect(titles).toEqual([SCOPE, EMPTY, WHOLE, REPLACED, APART, CLEARED, BARE, SUBSCRIPTION]);
  });

  it('says in its error what is wrong', async () => {
    const cases = tokenStoreContract(textStore(() => ({ clear() {} })));
    const cleared = cases.find(({ title }) => title === CLEARED);
    await expect(cleared?.check()).rejects.toThrow('load must give undefined after clear');
  });

  const forgets = (field: string) =>
    textStore((texts) => ({
      save: (name, record) => void texts.set(name, JSON.stringify({ ...record, [field]: undefined })),
    }));
  const broken: readonly (readonly [what: string, create: () => TokenStore, caughtBy: string])[] = [
    ['forgets who is signed in', forgets('subject'), WHOLE],
    ['forgets whether to remember', forgets('remember'), WHOLE],
    ['forgets the tokens', forgets('tokens'), WHOLE],
    ['does not keep anything', textStore(() => ({ save() {} })), WHOLE],
    [
      'loses what is not Latin-1',
      textStore((texts) => ({
        save: (name, record) => void texts.set(name, JSON.stringify(record).replace(/[^\0-\xff]/g, '?')),
      })),
      WHOLE,
    ],
    [
      'appends',
      textStore((texts) => ({
        save: (name, record) => void texts.set(name, (texts.get(name) ?? '') + JSON.stringify(record)),
      })),
      REPLACED,
    ],
    [
      'keeps the first record for ever',
      textStore((texts) => ({
        save: (name, record) => void texts.set(name, texts.get(name) ?? JSON.stringify(record)),
      })),
      REPLACED,
    ],
    [
      'mixes names',
      textStore((texts) => ({
        load: () => texts.get('one'),
        save: (_, record) => void texts.set('one', JSON.stringify(record)),
        clear: () => void texts.delete('one'),
      })),
      APART,
    ],
    [
      'clears by the beginning of a name',
      textStore((texts) => ({
        clear(name) {
          for (const key of texts.keys()) if (key.startsWith(name)) texts.delete(key);
        },
      })),
      APART,
    ],
    ['clears nothing', textStore(() => ({ clear() {} })), CLEARED],
    ['throws when there is nothing to clear', strictClear(), CLEARED],
    ['has a record for every name', textStore(() => ({ load: () => sample() })), EMPTY],
    [
      'makes an absent refresh token an empty one',
      textStore((texts) => ({
        save: (name, record) =>
          void texts.set(
            name,
            JSON.stringify({ ...record, tokens: { ...record.tokens, refreshToken: record.tokens.refreshToken ?? '' } }),
          ),
      })),
      BARE,
    ],
    [
      'takes a plus for a space, as a form does',
      textStore((texts) => ({
        save: (name, record) => void texts.set(name, JSON.stringify(record).replaceAll('+', ' ')),
      })),
      BARE,
    ],
    ['says nothing of who sees it', textStore(() => ({ scope: undefined as never })), SCOPE],
    ['says nothing of promises', textStore(() => ({ synchronous: undefined as never })), SCOPE],
    ['loads a promise, though synchronous', textStore((texts) => ({ load: async (name) => texts.get(name) })), SCOPE],
    ['saves later, though synchronous', textStore(() => ({ save: async () => {} })), SCOPE],
    ['clears later, though synchronous', textStore(() => ({ clear: async () => {} })), SCOPE],
    ['gives no way to unsubscribe', textStore(() => ({ subscribe: () => undefined as never })), SUBSCRIPTION],
  ];

  it.each(broken)('catches a store that %s', async (_, create, caughtBy) => {
    expect(await failures(create)).toContain(caughtBy);
  });
});

function strictClear(): () => TokenStore {
  return textStore((texts) => ({
    clear(name) {
      if (texts.size > 0 && !texts.delete(name)) throw new Error('nothing is kept under that name');
    },
  }));
}

function sample(): Partial<SessionRecord> {
  return { version: 1, sessionId: 'somebody', generation: 1, receivedAt: 0, tokens: { accessToken: 'x' } as never };
}
