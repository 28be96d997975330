/** Bad files in a real store: each is a problem that says what to do; nothing else is disturbed, nothing is lost. */
import assert from 'node:assert/strict';
import {
  chmod,
  chown,
  lchown,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Engine } from '../../src/engine.ts';
import { query } from '../../src/view/query.ts';
import { git } from '../support/native-git.ts';
import { ANN, exampleStore, openEngine, put, readTree } from '../support/store-tree.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const SOURCES = 'projects/p05-interferometer/sources/notes';
const RECORDS = 'projects/p05-interferometer/records/decision';
const ID = 'dec-0123456789ab';
const RECORD = `${RECORDS}/pads--${ID}.md`;

function record(fields: string, body = 'The pads are made of bronze.'): string {
  return `---\nid: "${ID}"\ntype: entity\nkind: decision\nproject: p05-interferometer\nstatus: active\nsubject: pads\nhand_authored: true\n${fields}---\n\n${body}\n`;
}

interface Case {
  readonly name: string;
  readonly path: string;
  readonly bytes: string | Uint8Array;
  /** The problem that names it; none where the file is fine as it is. */
  readonly rule: string | undefined;
  /** What of the message a person needs. */
  readonly says?: RegExp;
}

const BOMB = ['a: &a [x,x,x,x,x,x,x,x,x]', 'b: &b [*a,*a,*a,*a,*a]', 'c: [*b,*b,*b]'].join('\n');

const CASES: readonly Case[] = [
  {
    name: '1 a JavaScript fence',
    path: RECORD,
    bytes: '---js\n{ x: require("fs").writeFileSync("/tmp/atocore-pwned", "") }\n---\n',
    rule: 'bad-fence',
    says: /exactly "---"/,
  },
  {
    name: '1 a JavaScript fence in a source',
    path: `${SOURCES}/js.md`,
    bytes: '---javascript\nmodule.exports = {}\n---\n# Title\n',
    rule: 'bad-fence',
  },
  {
    name: '4 a fence named after a property of objects',
    path: RECORD,
    bytes: '---constructor\na: 1\n---\n',
    rule: 'bad-fence',
  },
  {
    name: '5 100 KB of blank lines',
    path: RECORD,
    bytes: `---\n${'\n'.repeat(100_000)}---\nx\n`,
    rule: 'front-matter-open',
  },
  {
    name: '8 an opening fence alone',
    path: RECORD,
    bytes: '---\nid: "x"\n',
    rule: 'front-matter-open',
  },
  {
    name: '11 a list for a mapping',
    path: RECORD,
    bytes: '---\n- a\n---\nx\n',
    rule: 'not-a-mapping',
  },
  {
    name: '12 duplicate keys',
    path: RECORD,
    bytes: record('subject: again\n'),
    rule: 'duplicate-key',
    says: /`?"subject"`? twice/,
  },
  { name: '13 an alias bomb', path: RECORD, bytes: record(`${BOMB}\n`), rule: 'alias' },
  {
    name: '18 a __proto__ key',
    path: RECORD,
    bytes: record('__proto__: {x: 1}\n'),
    rule: 'bad-key',
  },
  {
    name: '20 an unquoted id that is a number',
    path: RECORD,
    bytes:
      '---\nid: 0123\ntype: entity\nkind: decision\nproject: p05-interferometer\nstatus: active\nsubject: x\n---\ny\n',
    rule: 'id-mismatch',
  },
  {
    name: 'a list where text belongs',
    path: RECORD,
    bytes: record('value: [a, b]\n'),
    rule: 'bad-field',
    says: /`value`/,
  },
  {
    name: 'an unknown kind',
    path: `projects/p05-interferometer/records/gadget/x--${ID}.md`,
    bytes: record('').replace('kind: decision', 'kind: gadget'),
    rule: 'unknown-kind',
    says: /system, subsystem/,
  },
  {
    name: 'an unknown status',
    path: RECORD,
    bytes: record('').replace('status: active', 'status: blessed'),
    rule: 'bad-field',
    says: /candidate, active/,
  },
  {
    name: '23 merge markers in a record',
    path: RECORD,
    bytes: record('', '<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs'),
    rule: 'merge-markers',
  },
  {
    name: '23 merge markers in a source',
    path: `${SOURCES}/merge.md`,
    bytes: '<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n',
    rule: 'merge-markers',
  },
  { name: '24 CRLF', path: RECORD, bytes: record('').replaceAll('\n', '\r\n'), rule: undefined },
  { name: '25 a byte order mark', path: RECORD, bytes: `\ufeff${record('')}`, rule: undefined },
  {
    name: '27 UTF-16',
    path: `${SOURCES}/wide.md`,
    bytes: Buffer.from('\ufeff# Wide\n', 'utf16le'),
    rule: 'not-text',
    says: /UTF-16/,
  },
  {
    name: '28 invalid UTF-8',
    path: `${SOURCES}/latin.md`,
    bytes: Buffer.from('caf\xe9 au lait\n', 'latin1'),
    rule: 'not-text',
  },
  { name: '29 a NUL byte', path: RECORD, bytes: record('', 'a\0b'), rule: 'not-text' },
  {
    name: '31 20 MB of Markdown',
    path: `${SOURCES}/huge.md`,
    bytes: Buffer.alloc(20_000_000, 'huge words here\n'),
    rule: 'too-large',
  },
  {
    name: '32 a picture named .md',
    path: `${SOURCES}/picture.md`,
    bytes: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]),
    rule: 'not-text',
  },
  { name: '33 an empty record', path: RECORD, bytes: '', rule: 'no-front-matter' },
  {
    name: '43 an id that is not the file name',
    path: RECORD,
    bytes: record('').replace(ID, 'dec-ffffffffffff'),
    rule: 'id-mismatch',
    says: /dec-ffffffffffff/,
  },
  {
    name: '45 a record in a folder of another kind',
    path: `projects/p05-interferometer/records/requirement/x--${ID}.md`,
    bytes: record(''),
    rule: 'misplaced',
  },
  {
    name: '56 a project folder that is no id',
    path: 'projects/Bad Name/sources/a.md',
    bytes: '# A\n',
    rule: 'misplaced',
  },
  {
    name: '59 names that differ in case alone',
    path: `${SOURCES}/SUPPORTS.md`,
    bytes: '# Other\n',
    rule: 'name-collision',
  },
  {
    name: '64 a copy that a sync program made of a conflict',
    path: `${SOURCES}/a (conflicted copy 2026-01-01).md`,
    bytes: '# Copy\n\n## Decision: copies\n\nCopies are made of paper.\n',
    rule: 'conflict-copy',
  },
  {
    name: 'a record without provenance',
    path: RECORD,
    bytes: record('').replace('hand_authored: true\n', ''),
    rule: 'no-provenance',
  },
  {
    name: 'an unregistered project in a capture',
    path: 'captures/2026/01/01/000000-00112233445566aa.md',
    bytes:
      '---\nid: "cap-00112233445566aa"\nat: 2026-01-01T00:00:00Z\nproject: nowhere\nprompt_lines: 1\ndigest: "sha256-0"\n---\n\n## Prompt\n\nHello there\n',
    rule: 'unknown-project',
  },
  {
    name: 'half a JSON file in the inbox',
    path: 'inbox/half.json',
    bytes: '{"prompt": "We should',
    rule: 'bad-json',
  },
  {
    name: 'a state entry of an unknown category',
    path: 'projects/p05-interferometer/state/mood/today.md',
    bytes: 'good\n',
    rule: 'misplaced',
  },
  {
    name: '77 something that looks like a plugin',
    path: 'plugins/x.js',
    bytes: 'throw new Error("loaded")\n',
    rule: undefined,
  },
];

function problemsOf(engine: Engine) {
  return engine.status().problems;
}

test('faults: each bad file is named, left as it is, and costs nothing else', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  const before = await readTree(folder);
  for (const { name, path, bytes, rule, says } of CASES) {
    await t.test(`fault ${name}`, async (each) => {
      each.after(() => rm(join(folder, path), { force: true }));
      await put(folder, path, bytes);
      await engine.settle();
      const found = problemsOf(engine).filter((problem) => problem.path === path);
      if (rule === undefined) assert.deepEqual(found, []);
      else {
        assert.ok(
          found.some((problem) => problem.rule === rule),
          `expected ${rule}, found ${JSON.stringify(found)}`,
        );
        const message = found.find((problem) => problem.rule === rule)?.message ?? '';
        assert.match(message, /^Expected .+\bfound\b.+/s, 'it says what was expected and found');
        if (says !== undefined) assert.match(message, says);
      }
      assert.deepEqual(await readFile(join(folder, path)), Buffer.from(bytes), 'left as it is');
      const { view } = engine;
      assert.ok(
        view &&
          query(view, { text: 'lateral supports', limit: 3, today: '2026-11-22' }).hits.length > 0,
      );
      // What waits in the drop box was not searched for secrets yet, and git forgets nothing.
      const outside = path.startsWith('inbox/') ? `?? ${path}\n` : '';
      assert.equal(await git(folder, ['status', '--porcelain']), outside, 'kept in git');
      await rm(join(folder, path));
      await engine.settle();
      assert.deepEqual(problemsOf(engine), [], 'mended without a restart');
      assert.deepEqual(await readTree(folder), before, 'and nothing else has changed');
    });
  }
  assert.equal(await git(folder, ['fsck', '--strict', '--no-dangling']), '');
});

test('fault 41: of two records with one id, one is served and both are named', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  await put(folder, RECORD, record(''));
  await put(folder, `${RECORDS}/z--${ID}.md`, record(''));
  await engine.settle();
  const [problem] = problemsOf(engine).filter(({ rule }) => rule === 'duplicate-id');
  assert.equal(problem?.path, `${RECORDS}/z--${ID}.md`);
  assert.match(problem?.message ?? '', /pads--dec-0123456789ab\.md/);
});

test('fault 42: a status that a hand edit may not give is named, and the last lawful one is served, also after a restart', async (t) => {
  const folder = await exampleStore(t);
  let engine = await openEngine(t, folder, false);
  await put(folder, RECORD, record(''));
  await engine.settle();
  const unlawful = record('').replace('status: active', 'status: candidate');
  await put(folder, RECORD, unlawful);
  await engine.settle();
  for (const isRemembered of [true, false]) {
    const [problem] = problemsOf(engine).filter(({ rule }) => rule === 'illegal-transition');
    assert.equal(problem?.path, RECORD);
    assert.match(problem?.message ?? '', /active to candidate/);
    const served = engine.view?.settlement.records.get(ID as never);
    assert.equal(served?.record.status, 'active');
    assert.equal(await readFile(join(folder, RECORD), 'utf8'), unlawful);
    await engine.close();
    if (!isRemembered) await rm(join(folder, '.atocore'), { recursive: true });
    engine = await openEngine(t, folder, false);
  }
  assert.ok(problemsOf(engine).some(({ rule }) => rule === 'illegal-transition'));
  await put(folder, RECORD, record('').replace('status: active', 'status: invalid'));
  await engine.settle();
  assert.deepEqual(problemsOf(engine), []);
  assert.equal(engine.view?.settlement.records.get(ID as never)?.record.status, 'invalid');
});

test('fault 53: a link that leaves the store is named and not followed', async (t) => {
  const folder = await exampleStore(t);
  const outside = await temporaryFolder(t);
  await writeFile(join(outside, 'secret.md'), '# Secret\n\nThe password is swordfish.\n');
  const engine = await openEngine(t, folder, false);
  await symlink(outside, join(folder, SOURCES, 'away'));
  await symlink(join(outside, 'secret.md'), join(folder, SOURCES, 'one.md'));
  await engine.settle();
  const { view } = engine;
  assert.ok(view);
  assert.deepEqual(query(view, { text: 'swordfish', limit: 3, today: '2026-11-22' }).hits, []);
  const named = problemsOf(engine).map(({ path }) => path);
  assert.ok(
    named.includes(`${SOURCES}/away` as never) && named.includes(`${SOURCES}/one.md` as never),
    String(named),
  );
});

test('faults 36 and 37: a document that parses for minutes is plain text within seconds', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  const nested = Array.from({ length: 1_200 }, (_, at) => `${' '.repeat(at * 2)}- item ${at}`);
  const path = `${SOURCES}/nested.md`;
  await put(folder, path, `The needle is here.\n\n${nested.join('\n')}\n`);
  await engine.settle();
  const [problem] = problemsOf(engine);
  assert.equal(problem?.rule, 'too-slow');
  const { view } = engine;
  assert.ok(
    view &&
      query(view, { text: 'needle', limit: 3, today: '2026-11-22' }).hits.some(
        ({ document }) => document.path === path,
      ),
  );
});

test('a folder that is not a store, and a store of a newer format, are refused and untouched', async (t) => {
  const empty = await temporaryFolder(t);
  await assert.rejects(Engine.open({ folder: empty, watch: false }), { code: 'not-a-store' });
  const missing = join(empty, 'nothing-here');
  await assert.rejects(Engine.open({ folder: missing, watch: false }), {
    code: 'not-a-store',
  });
  const file = join(empty, 'file');
  await writeFile(file, 'x');
  await assert.rejects(Engine.open({ folder: file, watch: false }), { code: 'not-a-store' });
  const folder = await exampleStore(t);
  const config = JSON.parse(await readFile(join(folder, 'atocore.json'), 'utf8')) as object;
  await put(folder, 'atocore.json', JSON.stringify({ ...config, format: 2 }));
  const before = await readTree(folder);
  await assert.rejects(Engine.open({ folder, watch: false }), {
    code: 'newer-format',
    message: /Update atocore/,
  });
  assert.deepEqual(await readTree(folder), before);
  await put(folder, 'atocore.json', '{"format": 1,');
  await assert.rejects(Engine.open({ folder, watch: false }), { code: 'invalid' });
  await put(folder, 'atocore.json', JSON.stringify({ ...config, plugins: { './x.js': {} } }));
  await assert.rejects(Engine.open({ folder, watch: false }), { message: /ATOCORE_PLUGINS/ });
});

test('fault 111: a second engine on one store is told who has it', async (t) => {
  const folder = await exampleStore(t);
  await openEngine(t, folder, false);
  await assert.rejects(Engine.open({ folder, watch: false }), {
    code: 'locked',
    message: new RegExp(`pid ${process.pid}`),
  });
});

test('fault 75: a folder without rights withdraws nothing', async (t) => {
  const folder = await exampleStore(t);
  await asSomebody(t, dirname(folder));
  const engine = await openEngine(t, folder, false);
  const before = await readTree(folder);
  await chmod(join(folder, SOURCES), 0o000);
  await engine.settle();
  assert.ok(problemsOf(engine).some(({ path }) => path === SOURCES));
  await chmod(join(folder, SOURCES), 0o755);
  assert.deepEqual(await readTree(folder), before);
  await engine.settle();
  assert.deepEqual(problemsOf(engine), []);
});

/** Root may read everything: where the tests run as root, this one goes on as nobody. */
async function asSomebody(t: TestContext, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const nobody = 65_534;
  await chown(folder, nobody, nobody);
  for (const entry of await readdir(folder, { recursive: true })) {
    await lchown(join(folder, entry), nobody, nobody);
  }
  process.seteuid?.(nobody);
  t.after(() => process.seteuid?.(0));
}

test('fault 73: a store whose folder vanished is an error, never a deletion of everything', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  const size = engine.view?.index.size;
  await rename(folder, `${folder}-away`);
  await assert.rejects(engine.settle());
  await mkdir(folder);
  await assert.rejects(engine.settle());
  await rm(folder, { recursive: true });
  await rename(`${folder}-away`, folder);
  await engine.settle();
  assert.equal(engine.view?.index.size, size);
});

test('promotion of what its source no longer says is refused with the reason', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  const served = [...(engine.view?.settlement.records.values() ?? [])].find(
    ({ record: { status } }) => status === 'candidate',
  );
  assert.ok(served);
  // Touched by a person, it stays when its evidence goes.
  const text = await readFile(join(folder, served.record.path), 'utf8');
  await put(folder, served.record.path, text.replace('tags: [', 'tags: [ mine,'));
  const [origin = ''] = served.record.origins;
  await rm(join(folder, origin.split('#')[0] ?? ''));
  await engine.settle();
  await assert.rejects(engine.decide({ act: 'promote', id: served.record.id, by: ANN }), {
    code: 'wrong-state',
    message: /found none/,
  });
});
