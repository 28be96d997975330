import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeBundleHeader, isRefName, parseBundleHeader } from '../../src/backup/bundle.ts';
import { importBundle } from '../../src/backup/create.ts';
import { applyDelta } from '../../src/backup/delta.ts';
import { BUNDLE_NAME } from '../../src/backup/manifest.ts';
import { openBundle } from '../../src/backup/open-backup.ts';
import { validateBackup } from '../../src/backup/validate.ts';
import { isAtoError } from '../../src/errors.ts';
import type { Oid } from '../../src/plugin.ts';
import { proveTree } from '../../src/prove-tree.ts';
import { restoreElsewhere } from '../../src/restore-flow.ts';
import { git, tryGit } from '../support/native-git.ts';
import { readTree } from '../support/store-tree.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { backUp, commitNote, settledStore } from './backed-up.ts';

const OID = fc.stringMatching(/^[0-9a-f]{40}$/).map((text) => text as Oid);
const REF = fc.stringMatching(/^refs\/[a-z]{1,8}\/[a-zA-Z0-9ä_-]{1,12}$/).filter(isRefName);

test('a header that is written is read as it was, whatever follows it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(2 as const, 3 as const),
      fc.array(OID, { maxLength: 3 }),
      fc.uniqueArray(REF, { minLength: 1, maxLength: 5 }),
      OID,
      fc.uint8Array({ maxLength: 64 }),
      (version, prerequisites, names, oid, pack) => {
        const refs = new Map(['HEAD', ...names].map((name) => [name, oid]));
        const header = encodeBundleHeader({ version, prerequisites, refs });
        const read = parseBundleHeader(Buffer.concat([header, pack]));
        assert.deepEqual(read.header, { version, prerequisites, refs });
        assert.equal(read.packAt, header.length);
      },
    ),
    { verbose: 1 },
  );
});

const HEADERS: readonly { readonly name: string; readonly text: string; readonly code?: string }[] =
  [
    { name: 'nothing', text: '' },
    { name: 'no bundle', text: 'PACK\n\n' },
    { name: 'no end', text: `# v2 git bundle\n${'a'.repeat(40)} HEAD\n` },
    { name: 'no reference', text: '# v2 git bundle\n\n' },
    { name: 'a newer version', text: '# v4 git bundle\n\n', code: 'newer-format' },
    {
      name: 'a filter',
      text: `# v3 git bundle\n@filter=blob:none\n${'a'.repeat(40)} HEAD\n\n`,
      code: 'newer-format',
    },
    { name: 'SHA-256', text: '# v3 git bundle\n@object-format=sha256\n\n', code: 'newer-format' },
    ...['refs/heads/../../x', 'refs/heads/x.lock', '/etc/passwd', 'refs//x', 'refs/.x/y'].map(
      (name) => ({ name, text: `# v2 git bundle\n${'a'.repeat(40)} ${name}\n\n` }),
    ),
  ];

test('113: a header that is not one is refused, and a newer one says so', () => {
  for (const { name, text, code = 'verification-failed' } of HEADERS) {
    assert.throws(
      () => parseBundleHeader(Buffer.from(text)),
      (error) => isAtoError(error, code as 'newer-format'),
      name,
    );
  }
});

test('any bytes for a delta give content or nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (base, delta) => {
      const result = applyDelta(Buffer.from(base), Buffer.from(delta), 1000);
      assert.ok(result === undefined || result.length <= 1000);
    }),
    { verbose: 1 },
  );
});

test('native git verifies, clones and checks what both roads write, and both hold the same', async (t) => {
  const store = await settledStore(t);
  await git(store.folder, ['tag', '-a', '-m', 'a tag', 'v1']);
  await git(store.folder, ['branch', 'side']);
  const contents: unknown[] = [];
  for (const useNativeGit of [true, false]) {
    const { folder, manifest } = await backUp(store, { useNativeGit });
    const bundle = join(folder, BUNDLE_NAME);
    const verified = await tryGit(store.folder, ['bundle', 'verify', bundle]);
    assert.equal(verified.code, 0, verified.stderr);
    const clone = join(await temporaryFolder(t), 'clone');
    await git(store.folder, ['clone', '-q', '-c', 'transfer.fsckObjects=true', bundle, clone]);
    assert.equal(await git(clone, ['fsck', '--strict', '--full']), '');
    assert.equal((await git(clone, ['rev-parse', 'HEAD'])).trim(), manifest.head);
    assert.deepEqual(await readTree(clone), await readTree(store.folder));
    const opened = await openBundle(await readFile(bundle));
    contents.push([[...opened.pack.entries.keys()].sort(), [...opened.header.refs]]);
  }
  assert.deepEqual(contents[0], contents[1]);
});

test('what native git bundled is taken in, validated to its tree and restored', async (t) => {
  const store = await settledStore(t);
  const path = 'projects/p05-interferometer/sources/notes/long.md';
  // Many versions of one long file, so that native git makes chains of differences.
  for (let n = 0; n < 12; n++) {
    await commitNote(store.folder, path, `# Long\n\n${'A line of text.\n'.repeat(400)}${n}\n`);
  }
  await git(store.folder, ['repack', '-adfq', '--depth=50', '--window=50']);
  const file = join(await temporaryFolder(t), 'native.bundle');
  for (const version of ['2', '3']) {
    await git(store.folder, [
      'bundle',
      'create',
      '-q',
      `--version=${version}`,
      file,
      'HEAD',
      'main',
    ]);
    const { stamp, manifest } = await importBundle(file, {
      place: store.place,
      mayMakePlace: true,
    });
    const report = await validateBackup(store.place, stamp, { level: 3, prove: proveTree });
    assert.deepEqual([report.isValid, report.reached, report.fault], [true, 3, undefined]);
    const target = join(await temporaryFolder(t), 'restored');
    await restoreElsewhere(target, { place: store.place, stamp });
    assert.equal((await git(target, ['rev-parse', 'HEAD'])).trim(), manifest.head);
    assert.equal(await git(target, ['status', '--porcelain']), '');
    assert.equal(await git(target, ['fsck', '--strict', '--full']), '');
    assert.deepEqual(await readTree(target), await readTree(store.folder));
  }
  const noHead = join(await temporaryFolder(t), 'no-head.bundle');
  await writeFile(noHead, 'not a bundle');
  await assert.rejects(importBundle(noHead, { place: store.place }), (error) =>
    isAtoError(error, 'verification-failed'),
  );
});
