import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The longest time that a case may take, in milliseconds. */
const LIMIT = 60_000;
const cases = new URL('./cases.mjs', import.meta.url).href;
const alone = fileURLToPath(new URL('./alone.mjs', import.meta.url));

/**
 * Runs one case against one contestant in a process of its own, and ends that after a minute at most.
 *
 * @param url The contestant's file.
 * @param list The file whose `CASES` has it. Default is the conformance table's.
 * @returns `{ verdict: 'pass' | 'fail', why?, value? }`, where `value` is what the case gave.
 */
export function runIsolated(url, id, list = cases) {
  return new Promise((resolve) => {
    const child = fork(alone, [url, id, list], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-2000);
    });
    const end = (outcome) => {
      clearTimeout(timer);
      resolve(outcome);
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => end({ verdict: 'fail', why: `did not end within ${LIMIT / 1000} s` }), LIMIT);
    child.once('message', end);
    child.once('error', (error) => end({ verdict: 'fail', why: error.message }));
    child.once('exit', () =>
      end({ verdict: 'fail', why: `ended without a verdict: ${said.trim().split('\n').at(-1)}` }),
    );
  });
}
