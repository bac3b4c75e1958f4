// @vitest-environment node
import { AxiosError, AxiosHeaders } from 'axios';
import { describe, expect, it } from 'vitest';
import { leaksIn } from './leaks.ts';

function nested(depth: number, value: unknown): unknown {
  return depth === 0 ? value : { inner: nested(depth - 1, value) };
}

describe('the search for leaks sees a canary that is planted', () => {
  it.each<[string, unknown]>([
    ['in a text', 'a CANARY b'],
    ['in a message', new Error('CANARY')],
    ['in a stack', Object.assign(new Error('x'), { stack: 'at CANARY' })],
    ['in a cause', new Error('x', { cause: new Error('y', { cause: 'CANARY' }) })],
    ['in several errors', new AggregateError([new Error('CANARY')])],
    ['in what is not enumerable', Object.defineProperty(new Error('x'), 'hidden', { value: 'CANARY' })],
    ['under a symbol', Object.assign(new Error('x'), { [Symbol('s')]: { a: 'CANARY' } })],
    ['in a getter of its own', Object.defineProperty({}, 'late', { get: () => 'CANARY' })],
    ['in a key', { CANARY: 1 }],
    ['in a map', new Map([['a', { b: 'CANARY' }]])],
    ['in a set', new Set(['CANARY'])],
    ['in bytes', { body: new TextEncoder().encode('x CANARY y') }],
    ['in the headers of a Request', { request: new Request('http://x/', { headers: { Authorization: 'CANARY' } }) }],
    ['in axios’ headers', new AxiosError('x', 'C', { headers: new AxiosHeaders({ Authorization: 'CANARY' }) })],
    ['by toJSON', { toJSON: () => 'CANARY' }],
    ['eight levels deep', nested(8, 'CANARY')],
    ['on a function', Object.assign(() => {}, { token: 'CANARY' })],
  ])('%s (LOG-1)', (_, value) => {
    expect(leaksIn('value', value)).not.toEqual([]);
  });

  it('also in what contains itself, and tells the place (LOG-1)', () => {
    const loop: Record<string, unknown> = { config: { headers: { Authorization: 'Bearer CANARY' } } };
    loop.self = loop;
    expect(leaksIn('error', loop)).toContain('error.config.headers.Authorization');
  });

  it('and nothing where there is none', () => {
    expect(leaksIn('error', new AxiosError('x', 'C', { headers: new AxiosHeaders({ 'X-A': 'b' }) }))).toEqual([]);
  });
});
