import { describe, expect, it } from 'vitest';
import { own } from '../../src/token/own.ts';

describe('own', () => {
  it('reads what an object itself has, also where its value is nothing', () => {
    expect(own({ token: 'a' }, 'token')).toBe('a');
    expect(own({ token: null }, 'token')).toBeNull();
    expect(own({ __proto__: null, token: 'a' }, 'token')).toBe('a');
    expect(own(['a'], '0')).toBe('a');
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['nothing', undefined],
    ['a text', 'token'],
    ['a number', 5],
    ['a function', (): void => {}],
    ['an object that only inherits it', Object.create({ length: 1 })],
  ])('reads nothing of %s (PPL-1)', (_, value) => {
    expect(own(value, 'length')).toBeUndefined();
  });
});
