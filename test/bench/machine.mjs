import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { VERSION as axios } from 'axios';
import { peerVersions } from './peers.mjs';

/** What numbers were measured on, and when, without a name of the machine. */
export function machineOf() {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cores: cpus().length,
    model: cpus()[0]?.model.trim() ?? 'unknown',
    versions: { latchkey: version, axios, ...peerVersions() },
  };
}
