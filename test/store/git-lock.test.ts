/** git's own locks, held in turn by us and by another program on the same files. */
import assert from 'node:assert/strict';
import { open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeDisk } from '../../src/store/durable-fs.ts';
import { gitLock } from '../../src/store/git-lock.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

test('whoever waits for a lock never takes away the one that another program took meanwhile', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'index');
  let isOver = false;
  const ours = async (): Promise<void> => {
    while (!isOver) {
      const lock = await gitLock(nodeDisk, path);
      await lock.release();
    }
  };
  const foreign = async (): Promise<void> => {
    for (let held = 0; held < 1_500; ) {
      try {
        const file = await open(`${path}.lock`, 'wx');
        await file.writeFile('an index');
        await file.close();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
        throw error;
      }
      await sleep(1);
      assert.equal(await readFile(`${path}.lock`, 'utf8'), 'an index');
      await unlink(`${path}.lock`);
      held += 1;
    }
  };
  const all = [ours(), ours(), ours()];
  await foreign().finally(() => {
    isOver = true;
  });
  await Promise.all(all);
});
