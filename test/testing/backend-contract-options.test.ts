import { backendContract, createFakeBackend } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';

const options = { right: { username: 'alice', password: 'right' }, wrong: { username: 'alice', password: 'wrong' } };

describe('backendContract', () => {
  it.each<[object, string]>([
    [{}, 'right is missing'],
    [{ right: options.right }, 'wrong is missing'],
    [{ wrong: options.wrong }, 'right is missing'],
    [{ tokens: async () => ({}), wrong: options.wrong }, 'right is missing'],
    [{ ...options, wrongs: [] }, 'there is no option "wrongs"'],
    [{ ...options, tokens: {} }, 'tokens must be a function'],
    [{ ...options, fetch: 'https://api.example.com' }, 'fetch must be a function'],
  ])('refuses %j, whose cases would say nothing', (given, named) => {
    const make = () => backendContract(createFakeBackend(), given as typeof options);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(`backendContract: ${named}`);
  });
});
