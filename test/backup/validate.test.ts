import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { encodeBundleHeader } from '../../src/backup/bundle.ts';
import type { Backup } from '../../src/backup/create.ts';
import {
  BUNDLE_NAME,
  encodeManifest,
  MANIFEST_NAME,
  type Manifest,
} from '../../src/backup/manifest.ts';
import { openBundle, sha256 } from '../../src/backup/open-backup.ts';
import { validateBackup } from '../../src/backup/validate.ts';
import { type ErrorCode, isAtoError } from '../../src/errors.ts';
import type { Oid } from '../../src/plugin.ts';
import { proveTree } from '../../src/prove-tree.ts';
import { planRestoreOf, restoreStore } from '../../src/restore-flow.ts';
import { encodeCommit } from '../../src/store/commit-object.ts';
import { blobOid, encodeTree, objectOid } from '../../src/store/objects.ts';
import { git, tryGit } from '../support/native-git.ts';
import { ANN } from '../support/store-tree.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { type BackedUp, backUp, commitNote, digestOf, settledStore } from './backed-up.ts';

const NOTE = 'projects/p05-interferometer/sources/notes/added.md';
const SEED = 20260409;

let store: BackedUp;
let backup: Backup;
let untouched: string;
let bundle: Buffer;

before(async (t) => {
  store = await settledStore(t as never);
  await git(store.folder, ['repack', '-adfq']);
  backup = await backUp(store);
  bundle = await readFile(join(backup.folder, BUNDLE_NAME));
  await commitNote(store.folder, NOTE, '# Since then\n');
  untouched = await digestOf(store.folder);
});

async function assertRefused(place: string, stamp: string, code: ErrorCode, what: string) {
  const request = { place, stamp, person: ANN };
  await assert.rejects(
    restoreStore(store.folder, request),
    (error) => {
      assert.ok(isAtoError(error, code), `${what}: ${error}`);
      assert.match(error.message, /[Nn]othing was changed/, what);
      return true;
    },
    what,
  );
  assert.equal(await digestOf(store.folder), untouched, `${what}: the store was touched`);
}

/** The backup's folder with other bytes for its bundle, the manifest made to agree if wanted. */
async function changed(
  place: string,
  bytes: Buffer,
  manifest?: (given: Manifest) => Manifest,
): Promise<void> {
  const folder = join(place, backup.stamp);
  await writeFile(join(folder, BUNDLE_NAME), bytes);
  if (manifest === undefined) return;
  const stated = { ...backup.manifest.bundle, bytes: bytes.length, sha256: sha256(bytes) };
  const text = encodeManifest(manifest({ ...backup.manifest, bundle: stated }));
  await writeFile(join(folder, MANIFEST_NAME), text);
}

async function copyOfPlace(t: Parameters<typeof temporaryFolder>[0]): Promise<string> {
  const place = join(await temporaryFolder(t), 'backups');
  await cp(store.place, place, { recursive: true });
  return place;
}

/** The same every time for one seed. */
function pick(n: number, below: number): number {
  return createHash('sha256').update(`${SEED} ${n}`).digest().readUInt32BE(0) % below;
}

test('113: a bundle cut at any of 50 places is refused, and the store is byte for byte as it was', async (t) => {
  const place = await copyOfPlace(t);
  for (let n = 0; n < 50; n++) {
    const length = Math.floor((bundle.length * n) / 50);
    await changed(place, bundle.subarray(0, length));
    await assertRefused(place, backup.stamp, 'verification-failed', `cut to ${length}`);
  }
});

test('113: a bundle with any of 200 flipped bits is refused, and the store is as it was', async (t) => {
  const place = await copyOfPlace(t);
  t.diagnostic(`seed ${SEED}`);
  for (let n = 0; n < 200; n++) {
    const flipped = Buffer.from(bundle);
    const at = pick(n, bundle.length);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << pick(n + 1000, 8));
    await changed(place, flipped);
    await assertRefused(place, backup.stamp, 'verification-failed', `bit at ${at}`);
  }
});

test('113: the same damage is found where the manifest was made to agree with it', async (t) => {
  const place = await copyOfPlace(t);
  for (let n = 0; n < 250; n++) {
    const bytes = Buffer.from(bundle.subarray(0, n < 50 ? (bundle.length * n) / 50 : undefined));
    const at = pick(n, bytes.length || 1);
    if (n >= 50) bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(n + 1000, 8));
    await changed(place, bytes, (manifest) => manifest);
    const report = await validateBackup(place, backup.stamp, { level: 2 });
    assert.equal(report.isValid, false, `${n} at ${at}`);
    assert.ok(report.fault?.message !== undefined);
  }
});

const MANIFESTS: readonly {
  readonly name: string;
  readonly code: ErrorCode;
  readonly text: (manifest: Manifest) => string | undefined;
}[] = [
  { name: 'missing', code: 'not-found', text: () => undefined },
  { name: 'empty', code: 'verification-failed', text: () => '' },
  { name: 'not a mapping', code: 'verification-failed', text: () => '[]' },
  {
    name: 'of a newer format',
    code: 'newer-format',
    text: (manifest) => encodeManifest({ ...manifest, format: 2 }),
  },
  {
    name: 'changed in one figure',
    code: 'verification-failed',
    text: (manifest) => encodeManifest(manifest).replace('"files": ', '"files": 1'),
  },
  {
    name: 'of another stamp',
    code: 'verification-failed',
    text: (manifest) => encodeManifest({ ...manifest, stamp: '20200101T000000Z' }),
  },
  {
    name: 'with another head',
    code: 'verification-failed',
    text: (manifest) => encodeManifest({ ...manifest, head: '1'.repeat(40) as Oid }),
  },
  {
    name: 'with other references',
    code: 'verification-failed',
    text: (manifest) => encodeManifest({ ...manifest, refs: {} }),
  },
  {
    name: 'with other counts',
    code: 'verification-failed',
    text: (manifest) => encodeManifest({ ...manifest, counts: { 'decision/active': 2 } }),
  },
  {
    name: 'with a parent that is not there',
    code: 'not-found',
    text: (manifest) => encodeManifest({ ...manifest, parent: '20200101T000000Z' }),
  },
  {
    name: 'that builds upon itself',
    code: 'verification-failed',
    text: (manifest) => encodeManifest({ ...manifest, parent: manifest.stamp }),
  },
];

test('113: a manifest that is missing, damaged, newer or untrue is refused', async (t) => {
  const place = await copyOfPlace(t);
  const path = join(place, backup.stamp, MANIFEST_NAME);
  for (const { name, code, text } of MANIFESTS) {
    const content = text(backup.manifest);
    if (content === undefined) await rm(path);
    else await writeFile(path, content);
    await assertRefused(place, backup.stamp, code, `a manifest ${name}`);
  }
});

test('113: a bundle that is missing, and one that is not there at all', async (t) => {
  const place = await copyOfPlace(t);
  await assertRefused(place, '20200101T000000Z', 'not-found', 'no such backup');
  await rm(join(place, backup.stamp, BUNDLE_NAME));
  await assertRefused(place, backup.stamp, 'not-found', 'no bundle');
  await assert.rejects(
    restoreStore(store.folder, { place, stamp: '../../etc', person: ANN }),
    (error) => isAtoError(error, 'usage'),
  );
});

test("113: another store's backup is refused unless it is asked for", async (t) => {
  const other = await settledStore(t);
  const config = await readFile(join(other.folder, 'atocore.json'), 'utf8');
  const id = (JSON.parse(config) as { store: string }).store;
  const changedId = `${id.slice(0, -4)}0000`;
  await commitNote(other.folder, 'atocore.json', config.replace(id, changedId));
  const made = await backUp(other);
  await assertRefused(other.place, made.stamp, 'wrong-state', "another store's");
  const asked = { place: other.place, stamp: made.stamp, person: ANN, acceptOtherStore: true };
  const plan = await planRestoreOf(store.folder, asked);
  assert.ok(plan.missingObjects > 0);
  assert.equal(await digestOf(store.folder), untouched);
});

test('113: too little room and a target that cannot be written are refused before anything', async () => {
  const request = { place: store.place, stamp: backup.stamp, person: ANN };
  for (const free of [0, 1000, 8_000_000]) {
    await assert.rejects(
      restoreStore(store.folder, { ...request, free: async () => free }),
      (error) => isAtoError(error, 'disk-full'),
    );
    assert.equal(await digestOf(store.folder), untouched);
  }
});

interface Made {
  readonly type: 'commit' | 'tree' | 'blob';
  readonly bytes: Buffer;
}

/** A bundle of a commit with one file and whatever stands in its tree besides. */
function handMade(
  extra: readonly { mode: string; name: string; bytes: Buffer; type: 'blob' | 'tree' }[],
  leaveOut: readonly string[] = [],
): Buffer {
  const config = Buffer.from(`{"format":1,"store":"${backup.manifest.store}"}\n`);
  const objects: Made[] = [{ type: 'blob', bytes: config }];
  const entries = [{ mode: '100644', name: 'atocore.json', oid: blobOid(config) }];
  for (const { mode, name, bytes, type } of extra) {
    objects.push({ type, bytes });
    entries.push({ mode, name, oid: objectOid(type, bytes) });
  }
  const tree = encodeTree(entries);
  const who = { ...ANN, timestamp: 1_750_000_000, timezoneOffset: 0 };
  const commit = encodeCommit({
    tree: objectOid('tree', tree),
    parents: [],
    author: who,
    committer: who,
    message: 'made by hand\n',
  });
  objects.push({ type: 'tree', bytes: tree }, { type: 'commit', bytes: commit });
  const head = objectOid('commit', commit);
  const refs = new Map([
    ['HEAD', head],
    ['refs/heads/main', head],
  ]);
  const kept = objects.filter(({ type, bytes }) => !leaveOut.includes(objectOid(type, bytes)));
  return Buffer.concat([encodeBundleHeader({ version: 2, prerequisites: [], refs }), packOf(kept)]);
}

function packOf(objects: readonly Made[]): Buffer {
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  head.writeUInt32BE(objects.length, 8);
  const parts = objects.map(({ type, bytes }) => {
    const number = { commit: 1, tree: 2, blob: 3 }[type];
    const first = (number << 4) | (bytes.length & 15) | 0x80;
    const second = (bytes.length >> 4) & 0x7f;
    const third = bytes.length >> 11;
    return Buffer.concat([Buffer.from([first, second | 0x80, third]), deflateSync(bytes)]);
  });
  const body = Buffer.concat([head, ...parts]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

const BLOB = Buffer.from('payload\n');

test('113: trees that would be written outside of their folder, or into .git, are refused', async (t) => {
  assert.equal((await openBundle(handMade([]))).content.files, 1, 'the plain one is sound');
  const names = ['..', '.', '.git', '.GIT', 'git~1', '.git ', '.git.', '.g\u200cit', 'a/b', ''];
  for (const name of names) {
    const key = Buffer.from(name, 'utf8').toString('latin1');
    for (const entry of [
      { mode: '100644', name: key, bytes: BLOB, type: 'blob' as const },
      { mode: '40000', name: key, bytes: Buffer.alloc(0), type: 'tree' as const },
    ]) {
      await assert.rejects(openBundle(handMade([entry])), (error) =>
        isAtoError(error, 'verification-failed'),
      );
    }
  }
  // Native git says the same of those that it knows how to refuse.
  const file = join(await temporaryFolder(t), 'hostile.bundle');
  await writeFile(file, handMade([{ mode: '100644', name: '..', bytes: BLOB, type: 'blob' }]));
  const clone = ['clone', '-q', '-c', 'transfer.fsckObjects=true', file, `${file}-clone`];
  assert.notEqual((await tryGit(store.folder, clone)).code, 0);
});

const UNSOUND: readonly { readonly name: string; readonly make: () => Buffer }[] = [
  {
    name: 'an unknown mode',
    make: () => handMade([{ mode: '123456', name: 'x', bytes: BLOB, type: 'blob' }]),
  },
  {
    name: 'a folder that is a file',
    make: () => handMade([{ mode: '40000', name: 'x', bytes: BLOB, type: 'blob' }]),
  },
  {
    name: 'two entries of one name',
    make: () =>
      handMade([
        { mode: '100644', name: 'x', bytes: BLOB, type: 'blob' },
        { mode: '100644', name: 'x', bytes: Buffer.from('other\n'), type: 'blob' },
      ]),
  },
  {
    name: 'a file that is not there',
    make: () =>
      handMade([{ mode: '100644', name: 'x', bytes: BLOB, type: 'blob' }], [blobOid(BLOB)]),
  },
  {
    name: 'prerequisites that are not there',
    make: () => {
      const header = {
        version: 2 as const,
        prerequisites: ['1'.repeat(40) as Oid],
        refs: new Map([['HEAD', '1'.repeat(40) as Oid]]),
      };
      return Buffer.concat([encodeBundleHeader(header), packOf([])]);
    },
  },
  {
    name: 'more objects than it says',
    make: () => {
      const pack = packOf([{ type: 'blob', bytes: BLOB }]);
      pack.writeUInt32BE(0, 8);
      const body = pack.subarray(0, -20);
      const sum = createHash('sha1').update(body).digest();
      return Buffer.concat([handMade([]).subarray(0, 120), body, sum]);
    },
  },
  {
    name: 'an object that unpacks to more than it says',
    make: () => {
      const head = Buffer.from('PACK\0\0\0\x02\0\0\0\x01', 'latin1');
      const bomb = deflateSync(Buffer.alloc(10_000_000));
      const body = Buffer.concat([head, Buffer.from([0x3f]), bomb]);
      const sum = createHash('sha1').update(body).digest();
      const header = encodeBundleHeader({
        version: 2,
        prerequisites: [],
        refs: new Map([['HEAD', blobOid(BLOB)]]),
      });
      return Buffer.concat([header, body, sum]);
    },
  },
];

test('113: packs that are not whole or not sound are refused', async () => {
  for (const { name, make } of UNSOUND) {
    await assert.rejects(
      openBundle(make()),
      (error) => isAtoError(error, 'verification-failed'),
      name,
    );
  }
});

test('a tree that settling would change is no level 3, and says which file', async (t) => {
  const unsettled = await settledStore(t);
  await commitNote(
    unsettled.folder,
    NOTE,
    '# New\n\n## Decision: x\n\nThe frame is of steel now.\n',
  );
  const made = await backUp(unsettled);
  const options = { level: 3, prove: proveTree } as const;
  const report = await validateBackup(unsettled.place, made.stamp, options);
  assert.deepEqual([report.isValid, report.reached], [false, 2]);
  assert.match(
    report.fault?.message ?? '',
    /settling changes: projects\/p05-interferometer\/records/,
  );
});
