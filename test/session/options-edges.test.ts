// @vitest-environment node
import { memoryStore } from 'latchkey';
import { createFakeBackend } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';
import { normalizeOptions } from '../../src/session/options.ts';

const take = (options: Readonly<Record<string, unknown>>): unknown =>
  normalizeOptions({ backend: createFakeBackend(), store: memoryStore(), ...options } as never);

describe('an option of createSession', () => {
  it.each([
    { settleTime: 0 },
    { settleTime: 5000 },
    { patience: 1 },
    { name: 'my-app_2.0' },
    { refreshWindow: 0 },
    { refreshWindow: { fraction: 0.5 } },
    { restore: 'trust' },
    { restore: 'verify' },
  ])('is taken as it is: %o', (options) => {
    expect(take(options)).toMatchObject(options);
  });

  it.each([
    { settleTime: -1 },
    { settleTime: '5000' },
    { settleTime: Number.NaN },
    { patience: '1000' },
    { name: 5 },
    { refreshWindow: { fraction: 0 } },
    { refreshWindow: { fraction: 1 } },
    { refreshWindow: { fraction: -0.5 } },
    { refreshWindow: { fraction: '0.5' } },
  ])('that makes no sense is refused by its name: %o', (options) => {
    expect(() => take(options)).toThrow(TypeError);
    expect(() => take(options)).toThrow(Object.keys(options)[0]);
  });
});
