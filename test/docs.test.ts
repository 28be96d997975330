/** Holds the pages to the code: what they show is read by what reads a store. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import adr from '../plugins/adr/index.ts';
import markdown from '../plugins/markdown/index.ts';
import { formatCapture, readCapture, TURN_SCHEMA } from '../src/model/captures.ts';
import { splitFrontMatter } from '../src/model/front-matter.ts';
import { ENTITY_KINDS, MEMORY_KINDS, STATE_CATEGORIES } from '../src/model/kinds.ts';
import { TRANSITIONS } from '../src/model/lifecycle.ts';
import { readProject } from '../src/model/projects.ts';
import { readRecord } from '../src/model/records.ts';
import { readState } from '../src/model/states.ts';
import { DEFAULT_PLUGINS, readConfig } from '../src/model/store-config.ts';
import type { StorePath } from '../src/plugin.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const page = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

function example(name: string, mark: string): string {
  const found = new RegExp(`\`\`\`\\w+ ${mark}\\n([\\s\\S]*?)\`\`\``).exec(page(name));
  assert.ok(found?.[1], `${name} shows a ${mark}`);
  return found[1];
}

test('the record, state, project and capture that the records page shows are read as they stand', () => {
  const recordPath = 'projects/p05-interferometer/records/decision/lateral--dec-5a137db50b58.md';
  const record = readRecord(recordPath as StorePath, example('docs/records.md', 'record'));
  assert.ok('record' in record, JSON.stringify(record));
  const place = { project: 'p05' as never, category: 'status', key: 'phase' };
  const state = readState(
    'projects/p05/state/status/phase.md' as StorePath,
    place,
    example('docs/records.md', 'state'),
  );
  assert.ok('record' in state, JSON.stringify(state));
  const project = readProject(
    'projects/p05-interferometer/project.md' as StorePath,
    'p05-interferometer' as never,
    example('docs/records.md', 'project'),
  );
  assert.ok(
    'project' in project && project.problems.length === 0 && project.project.roots.length === 2,
    JSON.stringify(project),
  );
  assert.ok(TURN_SCHEMA.safeParse(JSON.parse(example('docs/records.md', 'capture'))).success);
});

test('the records page names every kind, category and lawful change of status', () => {
  const text = page('docs/records.md');
  assert.ok(text.includes(`\`${MEMORY_KINDS.join(' ')}\``));
  assert.ok(text.includes(`\`${ENTITY_KINDS.join(' ')}\``));
  assert.ok(text.includes(`\`${STATE_CATEGORIES.join(' ')}\``));
  for (const { act } of TRANSITIONS) assert.ok(text.includes(act), act);
});

test('the plugin that the plugins page shows compiles and finds what it says', async () => {
  const source = example('docs/plugins.md', 'plugin');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const module = (await import(`data:text/javascript,${encodeURIComponent(outputText)}`)) as {
    default: {
      create: () => { extract: (document: { text: string }) => readonly { statement: string }[] };
    };
  };
  const claims = module.default.create().extract({ text: 'FACT bolts They are M6.\nno' });
  assert.deepEqual(
    claims.map(({ statement }) => statement),
    ['They are M6.'],
  );
});

test('the plugins page lists every plugin of a new store, each with its page', () => {
  for (const name of Object.keys(DEFAULT_PLUGINS)) {
    assert.ok(page('docs/plugins.md').includes(`plugins/${name}/README.md`), name);
    assert.ok(existsSync(join(ROOT, 'plugins', name, 'README.md')), name);
  }
});

test('every link between pages leads somewhere', () => {
  const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];
  for (const name of pages.filter((each) => each.endsWith('.md'))) {
    for (const [, target = ''] of page(name).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      assert.ok(existsSync(join(ROOT, dirname(name), target)), `${name} links to ${target}`);
    }
  }
});

test('our own decision records are decision records', () => {
  const parse = markdown.create(undefined).parse ?? assert.fail();
  const extract = adr.create(undefined).extract ?? assert.fail();
  const names = readdirSync(join(ROOT, 'docs/decisions'));
  assert.ok(names.length > 0);
  for (const name of names) {
    const text = page(`docs/decisions/${name}`);
    const document = parse({
      path: `projects/x/sources/${name}` as StorePath,
      bytes: Buffer.from(text),
      text,
      frontMatter: {},
    });
    assert.ok(document);
    const [claim] = extract(document, () => undefined);
    assert.equal(claim?.stated?.stated_status, 'accepted', name);
  }
});

test('the capture of the worked example is one that the engine writes', () => {
  const folder = join(ROOT, 'store-template/captures/2026/04/09');
  for (const name of readdirSync(folder)) {
    const path = `captures/2026/04/09/${name}` as StorePath;
    const text = readFileSync(join(folder, name), 'utf8');
    const read = readCapture(path, text);
    assert.ok('capture' in read, JSON.stringify(read));
    assert.deepEqual(formatCapture(read.capture, read.capture.at), { capture: read.capture, text });
  }
});

test('every file of the template is what its place says', () => {
  const folder = join(ROOT, 'store-template');
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.md')) continue;
    const split = splitFrontMatter(readFileSync(join(folder, entry), 'utf8'));
    assert.ok('parts' in split, entry);
  }
});

test('the patterns of secrets that the page on hooks shows are settings of a store', () => {
  const { secrets } = JSON.parse(example('docs/hooks.md', 'secrets')) as { secrets: unknown };
  const base = { format: 1, store: '0123-abcd', plugins: {} };
  const read = readConfig(JSON.stringify({ ...base, secrets }));
  assert.equal(read.secrets.patterns.length, 1);
});
