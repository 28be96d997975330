import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAtoError } from '../../src/errors.ts';
import { Intake } from '../../src/intake.ts';
import { buildRegistry } from '../../src/model/projects.ts';
import { observers } from '../../src/observer.ts';
import { Redaction } from '../../src/redaction.ts';
import { assertRoomToCapture, diskRoom, leastBytes } from '../../src/store/disk-room.ts';
import { openStore } from '../../src/store/open.ts';
import { git } from '../support/native-git.ts';
import { exampleStore } from '../support/store-tree.ts';

const MB = 1024 * 1024;

test('102: the least room is 200 MB, or 1 % of a disk of which that is less; files count too', async () => {
  assert.equal(leastBytes({ bytes: 1e12 }), 200 * MB);
  assert.equal(leastBytes({ bytes: 1e9 }), 1e7);
  const ample = { freeBytes: 201 * MB, bytes: 1e12, freeInodes: 1e5, inodes: 1e6 };
  await assertRoomToCapture('/store', async () => ample);
  await assertRoomToCapture('/store', async () => ({ ...ample, freeInodes: 0, inodes: 0 }));
  await assert.rejects(
    assertRoomToCapture('/store', async () => ({ ...ample, freeInodes: 9_999 })),
    /Expected at least 10000 files \(inodes\) left on the disk of \/store .*found 9999/,
  );
  assert.ok((await diskRoom('.')).freeBytes > 0);
});

test('102: a capture is refused early, with nothing written, and taken when there is room again', async (t) => {
  const folder = await exampleStore(t);
  const store = await openStore(folder);
  let freeBytes = 199 * MB;
  const room = async () => ({ freeBytes, bytes: 1e12, freeInodes: 1, inodes: 1 });
  const redaction = new Redaction({});
  t.after(() => redaction.close());
  const observer = observers([]);
  const intake = new Intake({ store, redaction, observer, wake: () => undefined, room });
  const { registry } = buildRegistry([], []);
  await assert.rejects(
    intake.take(registry, { prompt: 'How stiff is the mount?' }),
    (error) =>
      isAtoError(error, 'disk-full') &&
      /Expected at least 200 MB.*found 199 MB/.test(error.message),
  );
  assert.equal(await git(folder, ['status', '--porcelain']), '');
  freeBytes = 300 * MB;
  assert.ok((await intake.take(registry, { prompt: 'How stiff is the mount?' })).isNew);
});
