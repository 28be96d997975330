/** Two stores changed and merged at random: they end at one commit, without a marker, with every word kept. */
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readRecord } from '../src/model/records.ts';
import type { Oid, StorePath } from '../src/plugin.ts';
import { createStore } from '../src/store/open.ts';
import { ADA, CONFIG, mergeInto } from './support/merging.ts';
import { git } from './support/native-git.ts';
import { put, readTree } from './support/store-tree.ts';
import { temporaryFolder } from './support/temp-folder.ts';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const STEPS = Number(process.env.STEPS ?? 24);

const RECORD = 'projects/p05/records/decision/pads--dec-5a137db50b58.md' as StorePath;
const STATE = 'projects/p05/state/status/phase.md' as StorePath;
const NOTES = ['a', 'b', 'c'].map((name) => `projects/p05/sources/notes/${name}.md` as StorePath);
const STATUSES = ['candidate', 'active', 'invalid'];

/** A sequence of numbers below a bound, the same for the same seed. */
function chance(from: number): (below: number) => number {
  let state = from >>> 0 || 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const record = (next: (below: number) => number): string =>
  `---\nid: "dec-5a137db50b58"\ntype: entity\nkind: decision\nproject: p05\nstatus: ${STATUSES[next(3)]}\nsubject: pads\nvalue: v${next(3)}\ntags: [t${next(4)}]\nhand_authored: true\n---\nOne ${next(3)}.\n\nTwo.\n\nThree ${next(3)}.\n`;
const note = (next: (below: number) => number): string =>
  Array.from(
    { length: 9 },
    (_, n) => `Line ${n}${next(4) === 0 ? ` of ${next(50)}` : ''}.\n\n`,
  ).join('');

test(`random changes and merges end at one commit (SEED=${seed})`, async (t) => {
  const next = chance(seed);
  const place = await temporaryFolder(t);
  const [a, b] = [join(place, 'a'), join(place, 'b')];
  const files = new Map<StorePath, string>([['atocore.json' as StorePath, CONFIG]]);
  files.set(RECORD, record(next)).set(STATE, '---\nvalue: s0\n---\n');
  for (const path of NOTES) files.set(path, note(next));
  await createStore(a, files, { author: ADA, message: 'base', timestamp: 1_700_000_000 });
  await git('/', ['clone', '-q', a, b]);

  const written = new Set<string>();
  const change = async (dir: string): Promise<void> => {
    const path = [RECORD, STATE, ...NOTES][next(5)] as StorePath;
    if (path !== RECORD && next(6) === 0) await rm(join(dir, path), { force: true });
    else {
      const text =
        path === RECORD
          ? record(next)
          : path === STATE
            ? `---\nvalue: s${next(4)}\n---\n`
            : note(next);
      await put(dir, path, text);
    }
    await git(dir, ['add', '-A']);
    await git(dir, ['commit', '-q', '--allow-empty', '-m', 'a change']);
    const text = await readFile(join(dir, path), 'utf8').catch(() => '');
    if (text !== '') written.add((await git(dir, ['hash-object', path])).trim());
  };
  const merge = async (into: string, from: string): Promise<void> => {
    await git(into, ['fetch', '-q', from, 'main']);
    await mergeInto(into, (await git(from, ['rev-parse', 'main'])).trim() as Oid);
    const texts = [...(await readTree(into))];
    const marked = texts.filter(([, text]) => /^(?:<{7}|>{7}|={7}|\|{7})/m.test(text));
    assert.deepEqual(marked, []);
    const found = readRecord(RECORD, await readFile(join(into, RECORD), 'utf8'));
    assert.ok('record' in found, JSON.stringify(found));
    assert.equal(await git(into, ['status', '--porcelain']), '');
  };
  for (let step = 0; step < STEPS; step += 1) {
    const [here, there] = next(2) === 0 ? [a, b] : [b, a];
    if (next(3) === 0) await merge(here, there);
    else await change(here);
  }
  // Once more: a change of status that nobody had judged is said in a commit of who judges it.
  for (const [into, from] of [
    [a, b],
    [b, a],
    [a, b],
  ] as const)
    await merge(into, from);
  assert.equal(await git(a, ['rev-parse', 'main']), await git(b, ['rev-parse', 'main']));
  for (const dir of [a, b]) assert.equal(await git(dir, ['fsck', '--strict', '--no-dangling']), '');
  const objects = new Set(
    (await git(a, ['rev-list', '--objects', 'main'])).split('\n').map((line) => line.slice(0, 40)),
  );
  assert.deepEqual(
    [...written].filter((oid) => !objects.has(oid)),
    [],
  );
});
