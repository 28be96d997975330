/** Somebody commits between the engine's look and its commit: what they brought is never undone. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPlugins } from '../../src/config.ts';
import { CONFIG_PATH } from '../../src/model/layout.ts';
import { readConfig } from '../../src/model/store-config.ts';
import { ParseThreads } from '../../src/parse-threads.ts';
import { Memo } from '../../src/pipeline/memo.ts';
import { SettlingStore } from '../../src/settling-store.ts';
import { knownFromIndex } from '../../src/store/known-from-index.ts';
import { openStore } from '../../src/store/open.ts';
import { readFile } from '../../src/store/read-file.ts';
import { git } from '../support/native-git.ts';
import { exampleStore, put } from '../support/store-tree.ts';

const THEIRS = 'projects/p05-interferometer/sources/notes/theirs.md';
const OURS = 'projects/p05-interferometer/sources/notes/ours.md';

async function settlingStore(t: { after: (work: () => unknown) => void }, folder: string) {
  const store = await openStore(folder);
  const config = readConfig((await readFile(store, CONFIG_PATH)).bytes.toString('utf8'));
  const threads = new ParseThreads({ config, operatorPlugins: {} }, 1);
  t.after(() => threads.close());
  return new SettlingStore({
    store,
    config,
    plugins: await loadPlugins(config, {}),
    threads,
    person: { name: 'Ada', email: 'ada@example.org' },
    memo: new Memo(),
    known: await knownFromIndex(store),
    standing: new Map(),
  });
}

async function commitTheirs(folder: string, text: string): Promise<void> {
  await put(folder, THEIRS, text);
  await git(folder, ['add', THEIRS]);
  await git(folder, ['commit', '-qm', `theirs: ${text.trim()}`]);
}

test('a commit that came after the look is followed, and none of ours takes its files back', async (t) => {
  const folder = await exampleStore(t);
  await commitTheirs(folder, '# First\n');
  const settling = await settlingStore(t, folder);
  await settling.look();
  await settling.settle();
  for (const text of ['# Second\n', '# Third\n', '# Second\n']) {
    await put(folder, OURS, `# Ours beside ${text}`);
    await settling.look([OURS]);
    await commitTheirs(folder, text);
    await settling.settle();
    await put(folder, OURS, `# Ours after ${text}`);
    await settling.look([OURS]);
    await settling.settle();
  }
  const theirs = await git(folder, ['log', '--format=%s', '--', THEIRS]);
  assert.deepEqual(theirs.trim().split('\n'), [
    'theirs: # Second',
    'theirs: # Third',
    'theirs: # Second',
    'theirs: # First',
  ]);
  assert.equal(await git(folder, ['status', '--porcelain']), '');
});

test('what settling wrote while a merge began is committed afterwards, by AtoCore and nobody else', async (t) => {
  const folder = await exampleStore(t);
  const settling = await settlingStore(t, folder);
  await settling.look();
  await settling.settle();
  await put(folder, OURS, '# Ours\n\n## Fact: mirror mount\n\nThe mirror mount is of Invar.\n');
  await settling.look([OURS]);
  await settling.commitInputs();
  const mergeHead = join(folder, '.git/MERGE_HEAD');
  await put(folder, '.git/MERGE_HEAD', await git(folder, ['rev-parse', 'HEAD']));
  await assert.rejects(settling.settle(), /merge is under way/);
  await rm(mergeHead);
  await settling.look([]);
  await settling.settle();
  assert.match(await git(folder, ['log', '-1', '--format=%an %B']), /^AtoCore .*Act: settle/s);
  assert.equal(await git(folder, ['status', '--porcelain']), '');
});
