// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** The floors of the house; a module imports its own folder and lower floors only. */
const FLOORS: Readonly<Record<string, number>> = {
  'errors.ts': 0,
  token: 1,
  platform: 1,
  stores: 2,
  backends: 2,
  session: 3,
  transports: 4,
  react: 5,
  vue: 5,
  angular: 5,
  devtools: 5,
  oauth2: 5,
  testing: 5,
};

/** The packages that are imported at all, and the one place from which each is. */
const IMPORTERS: Readonly<Record<string, string>> = {
  'jwt-decode': 'token/claims.ts',
  mitt: 'session/emitter.ts',
  axios: 'transports/',
  react: 'react/',
  vue: 'vue/',
  '@angular/core': 'angular/',
  '@angular/common/http': 'angular/',
  '@angular/router': 'angular/',
  rxjs: 'angular/',
  oauth4webapi: 'oauth2/',
  msw: 'testing/msw/',
};

/** What of the platform may be touched only at its edge. */
const PLATFORM =
  /(?<![\w$.])(?:Date\.now|performance\.now|setTimeout|setInterval|localStorage|sessionStorage|document|navigator|location|indexedDB|XMLHttpRequest|BroadcastChannel|fetch(?=\s*\())\b|globalThis\.(?!crypto\b)[\w[]+/g;
const EDGE = ['platform/', 'stores/', 'backends/token-endpoint.ts', 'transports/'];
/** What the doubles and the contracts are made of. */
const TESTING = ['setTimeout', 'Date.now', 'globalThis.fetch'];

const MEDIAN_LINES = 90;
const MOST_LINES = 250;

interface Import {
  readonly from: string;
  readonly isType: boolean;
}

interface Module {
  readonly path: string;
  readonly text: string;
  /** Without comments, texts and patterns. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const modules: readonly Module[] = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => /\.tsx?$/.test(path))
  .sort()
  .map((path) => read(path));
const doors = modules.filter(({ path }) => !path.includes('/') && path !== 'errors.ts');
const rooms = modules.filter((module) => !doors.includes(module));

function read(path: string): Module {
  const text = readFileSync(`src/${path}`, 'utf8');
  return { path, text, code: bare(text), imports: importsOf(text) };
}

function bare(text: string): string {
  const comment = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/.source;
  const pattern = /(?<=[=(,:[!&|?{}\s])\/(?![*/\s])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*/.source;
  const quoted = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/.source;
  return text.replace(new RegExp(`${comment}|${pattern}|${quoted}`, 'g'), (match) =>
    "''".padEnd(match.length > 2 ? 2 : 0),
  );
}

function importsOf(text: string): Import[] {
  const statements = /^(?:import|export)\s+(type\s+)?(?:[\w$*{][^'";]*?\sfrom\s+)?'([^']+)'/gm;
  const later = /\bimport\(\s*'([^']+)'/g;
  return [
    ...Array.from(text.matchAll(statements), ([, type, from = '']) => ({ from, isType: type !== undefined })),
    ...Array.from(text.matchAll(later), ([, from = '']) => ({ from, isType: false })),
  ];
}

/** What a relative import names, from `src`. */
function target(path: string, from: string): string {
  return new URL(from, `file:///${path}`).pathname.slice(1);
}

function roomOf(path: string): string {
  return path.split('/')[0] ?? '';
}

/** Every place where a pattern stands in code, as `path: what`. */
function places(pattern: RegExp, where: readonly Module[] = modules): string[] {
  return where.flatMap(({ path, code }) => Array.from(code.matchAll(pattern), ([what]) => `${path}: ${what.trim()}`));
}

describe('the house', () => {
  it('is read: its imports and its code are seen', () => {
    expect(modules.length).toBeGreaterThan(40);
    const claims = modules.find(({ path }) => path === 'token/claims.ts');
    expect(claims?.imports).toContainEqual({ from: 'jwt-decode', isType: false });
    expect(claims?.code).toContain('jwtDecode(token)');
    expect(bare("a = /['`/]/.test('x'); // b\nlet c = `d` / e; /* f */ g('//h')")).toBe(
      "a = ''.test(''); ''\nlet c = '' / e; '' g('')",
    );
    const wire = modules.find(({ path }) => path === 'transports/fetch.ts');
    expect(wire?.imports.some(({ isType }) => isType) || wire?.imports.length).toBeTruthy();
    expect(places(PLATFORM, [read('platform/clock.ts')])).toContain('platform/clock.ts: setTimeout');
  });

  it('has a floor for every room', () => {
    expect(rooms.filter(({ path }) => FLOORS[roomOf(path)] === undefined).map(({ path }) => path)).toEqual([]);
  });

  it('has no stairs that lead up: a module imports its own folder and lower floors only', () => {
    const wrong: string[] = [];
    for (const { path, imports } of rooms) {
      const floor = FLOORS[roomOf(path)] ?? -1;
      for (const { from } of imports) {
        if (!from.startsWith('.')) continue;
        const other = target(path, from);
        const isRight = roomOf(other) === roomOf(path) || (FLOORS[roomOf(other)] ?? 99) < floor;
        if (!isRight) wrong.push(`${path} imports ${other}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('has doors that only open: they re-export, and hold nothing themselves', () => {
    const statements = /^export (?:type )?\{[^}]*\} from '';|^export (?:type )?\* from '';/gm;
    for (const { path, code } of doors) {
      const rest = code.replace(statements, '').replaceAll("''", '').trim();
      expect(`${path}: ${rest}`).toBe(`${path}: `);
    }
    expect(doors.length).toBeGreaterThan(4);
  });

  it('lets each package in by one place', () => {
    const wrong: string[] = [];
    for (const { path, imports } of modules) {
      for (const { from, isType } of imports) {
        if (from.startsWith('.')) continue;
        const importer = IMPORTERS[from];
        // A type costs nothing at run time, but still only a folder that may know the package names it.
        if (importer === undefined || !path.startsWith(importer))
          wrong.push(`${path} imports ${from}${isType ? ' (type)' : ''}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('touches the platform only at its edge', () => {
    const inside = modules.filter(({ path }) => !EDGE.some((edge) => path.startsWith(edge)));
    const touched = places(PLATFORM, inside).filter((place) => {
      const [path = '', what = ''] = place.split(': ');
      return !(path.startsWith('testing/') && TESTING.includes(what));
    });
    expect(touched).toEqual([]);
  });

  it('has classes for errors and the custom element alone, and no enums, namespaces, default exports or decorators', () => {
    expect(
      places(
        /\bclass\s+\w|\bclass\s*\{|\bextends\s+\w+Error\s*\{/g,
        // The platform wants a class for a custom element.
        modules.filter(({ path }) => !['errors.ts', 'devtools/define-timeline.ts'].includes(path)),
      ),
    ).toEqual([]);
    expect(places(/\benum\s+\w+|\bnamespace\s+\w+|\bexport\s+default\b|\bas\s+default\b|^\s*@\w+/gm)).toEqual([]);
  });

  it('keeps nothing between two sessions: no module has state of its own but the table of locks in a tab', () => {
    const state =
      /^(?:export\s+)?(?:let|var)\s+\w+|^(?:export\s+)?const\s+\w+\b(?!\s*:\s*Readonly)[^=\n]*=\s*new\s+(?:Map|Set|WeakMap|WeakSet|WeakRef|Array)\b/gm;
    expect(places(state)).toEqual(['platform/lock.ts: const tails = new Map']);
  });

  it('starts nothing when it is imported', () => {
    expect(places(/^(?:void\s+|await\s+)?[A-Za-z_$][\w$.]*\s*\([^)]*\)\s*;|^(?:if|for|while|try|new)\b/gm)).toEqual([]);
  });

  it('speaks to no console, evaluates no text, and leaves no work for later', () => {
    expect(
      places(/\bconsole\b|\beval\s*\(|\bnew\s+Function\b|\bcreateObjectURL\b|\btrustedTypes\b|\bdebugger\b/g),
    ).toEqual([]);
    expect(
      modules
        .filter(({ text }) => /\b(?:TODO|FIXME|XXX|HACK)\b|@ts-(?:ignore|nocheck)/.test(text))
        .map(({ path }) => path),
    ).toEqual([]);
  });

  it('is of small rooms: one idea in each', () => {
    const sizes = modules.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
    expect(sizes.filter(({ lines }) => lines > MOST_LINES)).toEqual([]);
    const sorted = sizes
      .filter(({ path }) => path.includes('/'))
      .map(({ lines }) => lines)
      .sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(MEDIAN_LINES);
  });

  it('names its files in kebab-case', () => {
    const kebab = /^(?:[a-z\d]+(?:-[a-z\d]+)*\/)*[a-z\d]+(?:-[a-z\d]+)*\.tsx?$/;
    expect(modules.map(({ path }) => path).filter((path) => !kebab.test(path))).toEqual([]);
  });
});
