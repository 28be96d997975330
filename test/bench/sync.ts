/** A merge of two sides of a store of many files, beside `git merge` on the same commits: `node --import tsx test/bench/sync.ts`. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Oid, StorePath } from '../../src/plugin.ts';
import { createStore } from '../../src/store/open.ts';
import { ADA, CONFIG, mergeInto } from '../support/merging.ts';
import { git } from '../support/native-git.ts';
import { put } from '../support/store-tree.ts';

const FILES = Number(process.env.FILES ?? 10_000);
const CHANGED = Number(process.env.CHANGED ?? 500);

const path = (n: number): StorePath =>
  `projects/p${n % 20}/sources/notes/${Math.floor(n / 400)}/n${n}.md` as StorePath;
const text = (n: number, first = '', last = ''): string =>
  `# Note ${n}\n\nOne${first}.\n\nTwo.\n\nThree${last}.\n`;

async function changed(dir: string, from: number, write: (n: number) => string): Promise<Oid> {
  for (let n = from; n < from + CHANGED; n += 1) await put(dir, path(n), write(n));
  await git(dir, ['add', '-A']);
  await git(dir, ['commit', '-qm', 'changes']);
  return (await git(dir, ['rev-parse', 'HEAD'])).trim() as Oid;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return Math.round(performance.now() - from);
}

const place = await mkdtemp(join(tmpdir(), 'atocore-bench-'));
try {
  const dir = join(place, 'store');
  const files = new Map<StorePath, string>([['atocore.json' as StorePath, CONFIG]]);
  for (let n = 0; n < FILES; n += 1) files.set(path(n), text(n));
  await createStore(dir, files, { author: ADA, message: 'base', timestamp: 1_700_000_000 });
  await git(dir, ['gc', '-q']);
  await git(dir, ['checkout', '-qb', 'theirs']);
  const theirs = await changed(dir, 0, (n) => text(n, ' of theirs'));
  await git(dir, ['checkout', '-q', 'main']);
  // Half of what we change they change too, elsewhere in the file.
  await changed(dir, CHANGED / 2, (n) => text(n, '', ' of ours'));
  const beside = join(place, 'beside');
  await cp(dir, beside, { recursive: true });
  const oursMs = await timed(() => mergeInto(dir, theirs));
  const gitMs = await timed(() => git(beside, ['merge', '-q', '-m', 'merge', theirs]));
  const trees = await Promise.all([dir, beside].map((at) => git(at, ['rev-parse', 'HEAD^{tree}'])));
  console.log(`${FILES} files, ${CHANGED} changed on each side, half of them on both`);
  console.log(
    `ours, durable, the look at the folder included: ${oursMs} ms; git merge: ${gitMs} ms`,
  );
  console.log(trees[0] === trees[1] ? 'the same tree' : 'DIFFERENT TREES');
} finally {
  await rm(place, { recursive: true, force: true });
}
