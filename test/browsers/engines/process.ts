import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';

/** A program, with all that it starts. */
export interface Program {
  /** Its home, temporary folder and profile. It goes when the program has ended. */
  readonly folder: string;
  /** Waits for a line, on either output, and gives what its first group matched. */
  said(pattern: RegExp): Promise<string>;
  /** Rejects when the program ends. */
  readonly ended: Promise<never>;
  stop(): Promise<void>;
}

/**
 * A shell stands between, at the head of a process group. Its input closes when this process ends, however that ends:
 * then it ends the group, and removes the folder. No browser is ever left behind. The shell must outlive its own signal,
 * and its own word about who ended, which nobody may hear any more. It looks at the folder twice because a program may
 * write until it is dead.
 */
const KEEPER = `
folder=$1
shift
exec 3<&0 </dev/null
trap : TERM PIPE
{ cat <&3; kill 0; } >/dev/null 2>&1 &
"$@" 3<&-
kill 0
rm -rf "$folder"
{ sleep 1; rm -rf "$folder"; } >/dev/null 2>&1 &
`;

/** How long a program may take to go when it was asked to, in milliseconds. */
const PATIENCE = 5_000;

/** Starts a program with a home of its own, so that it neither reads nor leaves anything in that of a person. */
export async function startProgram(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const name = basename(command);
  const folder = await mkdtemp(join(tmpdir(), `latchkey-${name}-`));
  const home = { HOME: folder, TMPDIR: folder, XDG_CACHE_HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
  const child = spawn('sh', ['-c', KEEPER, 'sh', folder, command, ...args], {
    env: { ...process.env, ...home, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  for (const output of [child.stdout, child.stderr]) {
    createInterface(output).on('line', (line) => {
      // Enough to tell why it did not start; a browser that runs for long says much.
      if (lines.length < 100) lines.push(line);
      for (const listener of listeners) listener();
    });
  }
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ended = closed.then(() => Promise.reject(new Error(`${name} ended by itself. It said:\n${lines.join('\n')}`)));
  // Everybody who waits for something of the program hears of it; nobody has to.
  ended.catch(() => {});

  const heard = (pattern: RegExp): Promise<string> =>
    new Promise((resolve) => {
      const listen = (): void => {
        const match = lines.map((line) => pattern.exec(line)).find(Boolean);
        if (!match) return;
        listeners.delete(listen);
        resolve(match[1] ?? match[0]);
      };
      listeners.add(listen);
      listen();
    });
  return {
    folder,
    ended,
    said: (pattern) => Promise.race([heard(pattern), ended]),
    async stop() {
      child.stdin.end();
      const last = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), PATIENCE);
      await closed;
      clearTimeout(last);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
