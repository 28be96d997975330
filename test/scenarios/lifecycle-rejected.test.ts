/** A rejected claim never comes back, whatever becomes of its words' places. */
import assert from 'node:assert/strict';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Engine } from '../../src/engine.ts';
import {
  P05,
  queueTexts,
  type Reviewing,
  recordSaying,
  reviewing,
  statusOf,
} from '../support/reviewing.ts';
import { ANN, freshlySettled, groundOf, openEngine, put, readTree } from '../support/store-tree.ts';

const NOTE = `${P05}/sources/notes/pump.md`;
const OTHER = `${P05}/sources/decisions/pump.md`;
const TEXT = '# Pump\n\n## Decision: vacuum pump\n\nThe vacuum pump is a scroll pump.\n';

const WAYS: readonly {
  readonly name: string;
  readonly go: (at: Reviewing, t: TestContext) => Promise<Engine | undefined>;
}[] = [
  {
    name: 'worded in other white space, case and closing punctuation',
    go: async ({ folder }) => {
      const text = TEXT.replace(
        'The vacuum pump is a scroll pump.',
        'the  Vacuum PUMP is a\nscroll pump!!',
      );
      await put(folder, NOTE, text);
      return undefined;
    },
  },
  {
    name: 'under another heading',
    go: async ({ folder }) => {
      await put(folder, NOTE, TEXT.replace('Decision: vacuum pump', 'Decision: roughing'));
      return undefined;
    },
  },
  {
    name: 'in another file',
    go: async ({ folder }) => {
      await put(folder, OTHER, TEXT);
      return undefined;
    },
  },
  {
    name: 'in a file that was renamed',
    go: async ({ folder }) => {
      await mkdir(dirname(join(folder, OTHER)), { recursive: true });
      await rename(join(folder, NOTE), join(folder, OTHER));
      return undefined;
    },
  },
  {
    name: 'gone and written again',
    go: async ({ folder, engine }) => {
      for (const path of [NOTE, OTHER]) await rm(join(folder, path), { force: true });
      await engine.settle();
      await put(folder, NOTE, TEXT);
      return undefined;
    },
  },
  {
    name: 'said in a capture that asks for extraction',
    go: async ({ engine }) => {
      await engine.capture({ prompt: TEXT, project: 'p05', extract: true });
      return undefined;
    },
  },
  {
    name: 'after all that is derived was thrown away',
    go: async ({ folder, engine }, t) => {
      await engine.close();
      await rm(join(folder, '.atocore'), { recursive: true, force: true });
      return openEngine(t, folder, false);
    },
  },
];

test('a rejected claim stays out of the queue', async (t) => {
  const at = await reviewing(t, { [NOTE]: TEXT });
  const { id } = recordSaying(at.engine, 'scroll pump').record;
  await at.engine.decide({ act: 'reject', id, by: ANN });
  let { engine } = at;
  for (const { name, go } of WAYS) {
    engine = (await go({ ...at, engine }, t)) ?? engine;
    await engine.settle();
    assert.equal(statusOf(engine, id), 'invalid', name);
    const back = queueTexts(engine).filter((text) => /scroll\s+pump/i.test(text));
    assert.deepEqual(back, [], name);
  }
  const tree = await readTree(at.folder);
  assert.deepEqual(await freshlySettled(t, groundOf(tree)), tree, 'nor in a store settled anew');
});

test('an edited candidate that is rejected stays away in its old words and its new ones', async (t) => {
  const { folder, engine } = await reviewing(t, { [NOTE]: TEXT });
  const { id } = recordSaying(engine, 'scroll pump').record;
  const text = 'The vacuum pump is a turbo pump.';
  await engine.decide({ act: 'edit', id, edit: { text }, by: ANN });
  await engine.decide({ act: 'reject', id, by: ANN });
  await put(folder, OTHER, TEXT.replace('scroll', 'turbo'));
  await engine.settle();
  assert.deepEqual(
    queueTexts(engine).filter((each) => each.includes('pump')),
    [],
  );
});
