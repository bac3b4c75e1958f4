import { IDENTITY } from './cases/identity.mjs';
import { OUTAGES } from './cases/outages.mjs';
import { REFRESH } from './cases/refresh.mjs';
import { REQUESTS } from './cases/requests.mjs';
import { TOKENS } from './cases/tokens.mjs';

/** @typedef {{ id: string, title: string, transport?: string, speed?: number, run(stage: object): Promise<void> }} Case */

/**
 * The hard cases that every client can be asked: `{ id, title, run(stage), transport?, speed? }`. `transport` is the only
 * one that can have the case; `speed` is how many times as fast time goes.
 *
 * @type {readonly Case[]}
 */
export const CASES = [...REFRESH, ...REQUESTS, ...OUTAGES, ...IDENTITY, ...TOKENS].sort(
  (one, other) => Number(one.id.slice(1)) - Number(other.id.slice(1)),
);

/** Why a contestant cannot have a case at all; undefined if it can. */
export function notFor(kind, { id, transport }) {
  if (transport !== undefined && kind.transport !== transport) return `about ${transport}`;
  return kind.cannot?.[id];
}
