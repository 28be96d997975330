/** Threads that parse: each file its own deadline, each answer in its place. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { newConfig, readConfig } from '../src/model/store-config.ts';
import { ParseThreads } from '../src/parse-threads.ts';
import type { StorePath } from '../src/plugin.ts';
import { blobOid } from '../src/store/objects.ts';

const threads = new ParseThreads(
  { config: readConfig(newConfig('0123-abcd')), operatorPlugins: {} },
  1,
);
after(() => threads.close());

function fileOf(name: string, text: string) {
  const bytes = new TextEncoder().encode(text);
  const path = `projects/p05-interferometer/sources/${name}.md` as StorePath;
  return { path, oid: blobOid(bytes), bytes };
}

test('of several files that a thread was given, one that takes too long costs the others nothing', async () => {
  const endless = Array.from({ length: 1_200 }, (_, at) => `${' '.repeat(at * 2)}- item ${at}`);
  const files = Array.from({ length: 12 }, (_, at) =>
    fileOf(`note-${at}`, at === 1 || at === 2 ? endless.join('\n') : `# Title ${at}\n\nText.\n`),
  );
  const parsed = await threads.parse(files);
  assert.deepEqual(
    parsed.map(({ path }) => path),
    files.map(({ path }) => path),
  );
  for (const [at, { document, problems, isWhole }] of parsed.entries()) {
    const isEndless = at === 1 || at === 2;
    assert.deepEqual(
      [isWhole, problems.map(({ rule }) => rule)],
      [!isEndless, isEndless ? ['too-slow'] : []],
    );
    assert.equal(document?.title, isEndless ? `note-${at}` : `Title ${at}`);
  }
  assert.equal(threads.restarts, 2);
});

test('what is asked while threads end is answered by new ones, or with nothing', async () => {
  const first = threads.parse([fileOf('a', '# A\n')]);
  await threads.close();
  assert.equal((await first).length, 1);
  const [again] = await threads.parse([fileOf('b', '# B\n')]);
  assert.equal(again?.document?.title, 'B');
});
