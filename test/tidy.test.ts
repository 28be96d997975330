/** Holds the house in order: which file may import what, and what stays out of the pure middle. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LINES_MAX = 420;

interface SourceText {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly { readonly from: string; readonly isType: boolean }[];
}

function read(folder: string): readonly SourceText[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const text = readFileSync(file, 'utf8');
      return { path: relative(ROOT, file).split(sep).join('/'), text, imports: importsOf(text) };
    });
}

function importsOf(text: string): SourceText['imports'] {
  const found = text.matchAll(
    /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)';|\bimport\('([^']+)'\)/gm,
  );
  return [...found].map((match) => ({
    from: match[2] ?? match[3] ?? '',
    isType: match[1] !== undefined,
  }));
}

/** The table of the architecture: rows may import the rows above them, never a sibling. */
interface Part {
  readonly name: string;
  readonly owns: (path: string) => boolean;
  readonly row: number;
  /** Parts of the same row that it may use all the same. */
  readonly besides?: readonly string[];
  readonly packages: readonly string[];
}

const PARTS: readonly Part[] = [
  { name: 'plugin.ts', owns: (path) => path === 'src/plugin.ts', row: 0, packages: ['mdast'] },
  { name: 'errors.ts', owns: (path) => path === 'src/errors.ts', row: 0, packages: [] },
  {
    name: 'model/',
    owns: (path) => path.startsWith('src/model/'),
    row: 1,
    packages: ['gray-matter', 'yaml', 'zod', 'node-diff3', 'node:crypto'],
  },
  { name: 'pipeline/', owns: (path) => path.startsWith('src/pipeline/'), row: 2, packages: [] },
  {
    name: 'view/',
    owns: (path) => path.startsWith('src/view/'),
    row: 2,
    // node:module loads the tokenizer's table when a first text is counted.
    packages: ['@orama/orama', 'stemmer', 'gpt-tokenizer/encoding/o200k_base', 'node:module'],
  },
  {
    name: 'store/',
    owns: (path) => path.startsWith('src/store/'),
    row: 2,
    packages: ['isomorphic-git', 'isomorphic-git/http/node', 'chokidar', 'node:*'],
  },
  {
    name: 'backup/',
    owns: (path) => path.startsWith('src/backup/'),
    row: 3,
    packages: ['isomorphic-git', 'node:*'],
  },
  {
    name: 'sources/',
    owns: (path) => path.startsWith('src/sources/'),
    row: 3,
    packages: ['isomorphic-git', 'node:*'],
  },
  {
    name: 'secrets/',
    owns: (path) => path.startsWith('src/secrets/'),
    row: 3,
    packages: ['@secretlint/*'],
  },
  {
    name: 'agents/',
    owns: (path) => path.startsWith('src/agents/'),
    row: 3,
    packages: ['jsonc-parser', 'smol-toml', 'node:*'],
  },
  {
    name: 'plugins/',
    owns: (path) => path.startsWith('plugins/'),
    row: 3,
    packages: ['unified', 'remark-*', 'mdast*', 'unist*', 'vfile*'],
  },
  {
    name: 'the engine (src/*.ts)',
    owns: (path) => /^src\/[^/]+\.ts$/.test(path) && path !== 'src/index.ts',
    row: 4,
    packages: ['isomorphic-git', 'croner', 'zod', 'node:*', 'tsx/*'],
  },
  {
    name: 'http/',
    owns: (path) => path.startsWith('src/http/'),
    row: 5,
    packages: ['hono', 'hono/*', '@hono/*', 'zod', 'env-paths', 'prom-client', 'node:*'],
  },
  {
    name: 'mcp/',
    owns: (path) => path.startsWith('src/mcp/'),
    row: 5,
    packages: ['@modelcontextprotocol/*', 'zod', 'node:*'],
  },
  {
    name: 'web/',
    owns: (path) => path.startsWith('src/web/'),
    row: 5,
    packages: ['hono', 'hono/*', 'node:*'],
  },
  {
    name: 'cli/ and index.ts',
    owns: (path) => path.startsWith('src/cli/') || path === 'src/index.ts',
    row: 6,
    packages: ['commander', '@clack/*', 'diff', 'env-paths', 'rotating-file-stream', 'node:*'],
  },
];

/** What plugins/ may import of ours: the contract and nothing else. */
const PLUGIN_MAY_IMPORT = /^(?:src\/plugin\.ts|plugins\/)/;
/** Only this file may: gray-matter runs code in frontmatter unless everything is checked first. */
const GRAY_MATTER_HOME = 'src/model/front-matter.ts';
const ONE_HOME: Readonly<Record<string, string>> = {
  'gray-matter': GRAY_MATTER_HOME,
  yaml: 'src/model/yaml-fields.ts',
};

const SOURCES = [...read('src'), ...read('plugins')];

function partOf(path: string): Part {
  const part = PARTS.find((each) => each.owns(path));
  assert.ok(part, `${path} belongs to no part of the architecture; add it to a folder of design`);
  return part;
}

function matches(from: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? from.startsWith(pattern.slice(0, -1)) : from === pattern,
  );
}

test('every import goes up the table of layers, never sideways or down', () => {
  const faults: string[] = [];
  for (const { path, imports } of SOURCES) {
    const part = partOf(path);
    for (const { from } of imports.filter((each) => each.from.startsWith('.'))) {
      const target = normalize(join(dirname(path), from))
        .split(sep)
        .join('/');
      const other = partOf(target);
      if (part.name === 'plugins/') {
        if (!PLUGIN_MAY_IMPORT.test(target)) {
          faults.push(
            `${path} imports ${target}: a plugin imports src/plugin.ts only; move what it needs into plugins/`,
          );
        }
        continue;
      }
      const isOwn = other.name === part.name;
      const isAbove =
        other.row < part.row && (other.name !== 'plugins/' || path === 'src/config.ts');
      if (!isOwn && !isAbove) {
        faults.push(
          `${path} (${part.name}) imports ${target} (${other.name}): pass the value in, or move the shared part to a row above both`,
        );
      }
    }
  }
  assert.deepEqual(faults, []);
});

test('outside packages are imported only where the table allows them', () => {
  const faults: string[] = [];
  for (const { path, imports } of SOURCES) {
    const { packages, name } = partOf(path);
    for (const { from } of imports.filter((each) => !each.from.startsWith('.'))) {
      const isBuiltIn = from.startsWith('node:') || builtinModules.includes(from);
      const isAllowed = matches(
        isBuiltIn && !from.startsWith('node:') ? `node:${from}` : from,
        packages,
      );
      if (!isAllowed) faults.push(`${path} (${name}) imports ${from}`);
      const home = ONE_HOME[from];
      if (home !== undefined && path !== home) {
        faults.push(`${path} imports ${from}: use ${home}, which checks first`);
      }
    }
  }
  assert.deepEqual(faults, []);
});

test('the pure middle knows no clock, chance, disk, network, environment or console', () => {
  const banned = [
    /\bDate\.now\(/,
    /\bnew Date\(\s*\)/,
    /\bMath\.random\(/,
    /\bperformance\./,
    /\bprocess\./,
    /\bconsole\./,
    /\bfetch\(/,
    /\bset(?:Timeout|Interval|Immediate)\(/,
    /\bcrypto\.random/,
    /\brandom(?:UUID|Bytes|Int)\(/,
  ];
  const faults: string[] = [];
  for (const { path, text } of SOURCES) {
    const part = partOf(path);
    const isPure = (part.row <= 2 && part.name !== 'store/') || part.name === 'plugins/';
    if (!isPure) continue;
    for (const pattern of banned) {
      if (pattern.test(withoutComments(text))) {
        faults.push(`${path} uses ${pattern.source}: take the value as an argument`);
      }
    }
  }
  assert.deepEqual(faults, []);
});

test('a file opens with what it is for, stays short, and exports by name', () => {
  const faults: string[] = [];
  for (const { path, text } of SOURCES) {
    const opening = text.replace(/^#!.*\n/, '');
    if (!opening.startsWith('/**'))
      faults.push(`${path} opens without a sentence saying what it is for`);
    const lines = text.split('\n').length;
    if (lines > LINES_MAX)
      faults.push(`${path} has ${lines} lines: more than ${LINES_MAX}, so it is two files`);
    const isPlugin = /^plugins\/[^/]+\/index\.ts$/.test(path);
    if (!isPlugin && /^export default /m.test(text)) faults.push(`${path} exports by default`);
    if (/\bmatter\(/.test(text) && path !== GRAY_MATTER_HOME)
      faults.push(`${path} calls gray-matter`);
  }
  assert.deepEqual(faults, []);
});

test('names are those of the field, not of nothing in particular', () => {
  const vague =
    /(?:^|[-/])(?:utils?|helpers?|managers?|handlers?|misc|common|data|items?|infos?)(?:[-.]|$)/;
  const faults = SOURCES.filter(({ path }) => vague.test(path)).map(({ path }) => path);
  assert.deepEqual(faults, []);
  const notKebab = SOURCES.filter(({ path }) => !/^[a-z0-9/.-]+$/.test(path)).map(
    ({ path }) => path,
  );
  assert.deepEqual(notKebab, []);
});

test('invariant 12: no stage of the pipeline names a way into trusted state', () => {
  // formatState is the only function that makes a state file, and only a person's act calls it.
  const callers = SOURCES.filter(
    ({ text, path }) => /\bformatState\(/.test(text) && path !== 'src/model/states.ts',
  );
  assert.deepEqual(
    callers.map(({ path }) => path),
    ['src/plans.ts'],
  );
  const promoters = SOURCES.filter(
    ({ text, path }) => /\bwithStatus\(/.test(text) && path !== 'src/model/records.ts',
  );
  assert.deepEqual(
    promoters.map(({ path }) => path),
    ['src/decisions.ts'],
  );
  // A record that a person writes, active for a reviewer, a candidate for an agent.
  const authors = SOURCES.filter(
    ({ text, path }) => /\bformatDraft\(/.test(text) && path !== 'src/model/authored.ts',
  );
  assert.deepEqual(authors.map(({ path }) => path).sort(), [
    'src/creations.ts',
    'src/decisions.ts',
  ]);
});

test('invariant 11: a store holds data, never code: nothing loads a module from it', () => {
  const loaders = SOURCES.filter(({ text }) => /\bimport\((?!')/.test(withoutComments(text))).map(
    ({ path }) => path,
  );
  assert.deepEqual(loaders, ['src/config.ts', 'src/new-thread.ts']);
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
