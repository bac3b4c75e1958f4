import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { pythonOf } from '../support/blocks.ts';

const run = promisify(execFile);

/** The Django of the quick starts, running. */
export interface TryDjango {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts the `server.py` of docs/quick-start/django.md, as the page says, in a folder and on a port of its own. */
export async function startTryDjango(): Promise<TryDjango> {
  const python = await findPython();
  const [script] = await pythonOf('docs/quick-start/django.md');
  if (python === '' || !script) throw new Error('There is no Python with Django, or no server.py.');
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-try-'));
  await writeFile(join(folder, script.file), script.code);
  const port = await freePort();
  const child = spawn(python, ['-B', script.file, String(port)], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilItListens(port, child, () => said);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}

/** A Python that has Django: asked for in a process of its own, because a test that is a page cannot import who knows. */
export async function findPython(): Promise<string> {
  const system = join(import.meta.dirname, '../support/system.mjs');
  const script = `import(${JSON.stringify(system)}).then(({ findPython }) => console.log(findPython() ?? ''))`;
  return (await run(process.execPath, ['-e', script])).stdout.trim();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilItListens(port: number, child: ChildProcess, said: () => string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) break;
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
      socket.unref();
      socket.once('connect', () => socket.end());
    });
    if (isThere) return;
    await wait(100);
  }
  throw new Error(`server.py does not listen. It said: ${said()}`);
}
