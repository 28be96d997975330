/** The doctor: damaged in one way, a store fails in exactly that check; nothing is ever written. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CHECKS, type CheckName, type CheckOptions } from '../../src/check.ts';
import type { Oid } from '../../src/plugin.ts';
import { noteRefused, setAside, spool, storeKey } from '../../src/spool.ts';
import { SearchIndex } from '../../src/view/search-index.ts';
import { git } from '../support/native-git.ts';
import { put } from '../support/store-tree.ts';
import {
  commitAll,
  copyOf,
  type Examinee,
  editAndCommit,
  examine,
  examinee,
  NOW,
  said,
} from './examined-store.ts';

const HEALTHY = await examinee({ after: (end: unknown) => after(end as () => Promise<void>) });
/** On one disk, and never drilled: what is said of every store here. */
const ALWAYS = { backups: 'warning' };

interface Damage {
  readonly check: CheckName;
  readonly what: string;
  readonly state: 'error' | 'warning';
  /** What the message names. */
  readonly names: RegExp;
  /** Gives what the doctor is told besides. */
  readonly damage: (store: Examinee) => Promise<unknown>;
}

const loose = (folder: string, oid: string): string =>
  join(folder, '.git/objects', oid.slice(0, 2), oid.slice(2));
const bitFlipped = async (file: string): Promise<void> => {
  const bytes = await readFile(file);
  const at = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
  await rm(file, { force: true });
  await writeFile(file, bytes);
};
const noRoom = { freeBytes: 50 * 1024 * 1024, bytes: 1e12, freeInodes: 1e6, inodes: 2e6 };

const DAMAGES: readonly Damage[] = [
  {
    check: 'objects',
    what: 'a flipped bit in an old object',
    state: 'error',
    names: /hashes to its name/,
    damage: ({ folder, oldBlob }) => bitFlipped(loose(folder, oldBlob)),
  },
  {
    check: 'objects',
    what: 'an old object that is gone',
    state: 'error',
    names: /Expected blob [0-9a-f]{40}, which [0-9a-f]{40} needs, found none/,
    damage: ({ folder, oldBlob }) => rm(loose(folder, oldBlob)),
  },
  {
    check: 'objects',
    what: 'a flipped bit in a pack',
    state: 'error',
    names: /whole pack/,
    async damage({ folder, oldBlob }) {
      // Only the old object is packed; everything else stays readable beside the damage.
      const packs = join(folder, '.git/objects/pack');
      await mkdir(packs, { recursive: true });
      const input = `${oldBlob}\n`;
      const name = (
        await git(folder, ['pack-objects', '-q', join(packs, 'pack')], { input })
      ).trim();
      await rm(loose(folder, oldBlob));
      await bitFlipped(join(packs, `pack-${name}.pack`));
    },
  },
  {
    check: 'refs',
    what: 'a reference with something else in it',
    state: 'error',
    names: /40 hexadecimal digits, found "nonsense"/,
    damage: ({ folder }) => writeFile(join(folder, '.git/refs/tags/old'), 'nonsense\n'),
  },
  {
    check: 'refs',
    what: 'a merge that nobody finished',
    state: 'warning',
    names: /git merge --abort/,
    damage: async ({ folder }) =>
      writeFile(join(folder, '.git/MERGE_HEAD'), await git(folder, ['rev-parse', 'HEAD'])),
  },
  {
    check: 'git-index',
    what: 'an index cut short',
    state: 'error',
    names: /git reset/,
    async damage({ folder }) {
      const file = join(folder, '.git/index');
      await writeFile(file, (await readFile(file)).subarray(0, 400));
    },
  },
  {
    check: 'layout',
    what: 'settings that are no JSON',
    state: 'error',
    names: /atocore\.json/,
    async damage({ folder }) {
      await writeFile(join(folder, 'atocore.json'), '{ "format": 1, ');
      await commitAll(folder);
    },
  },
  {
    check: 'layout',
    what: 'a file in the wrong place',
    state: 'error',
    names: /Expected a place such as projects\//,
    async damage({ folder }) {
      await put(folder, 'projects/Not A Project/notes.md', '# Notes\n');
      await commitAll(folder);
    },
  },
  {
    check: 'frontmatter',
    what: 'a record whose YAML is broken',
    state: 'error',
    names: /Expected/,
    damage: ({ folder, active }) =>
      editAndCommit(folder, active, (text) => text.replace(/^kind: .*$/m, 'kind: "unclosed')),
  },
  {
    check: 'ids',
    what: 'two files of one id',
    state: 'error',
    names: /Expected an id of one record/,
    async damage({ folder, active }) {
      const other = active.replace(/[^/]*(--[a-z]+-[0-9a-f]+\.md)$/, 'zz-another$1');
      await put(folder, other, await readFile(join(folder, active)));
      await commitAll(folder);
    },
  },
  {
    check: 'ids',
    what: 'an id that is not that of the file name',
    state: 'error',
    names: /Expected/,
    damage: ({ folder, rejected }) =>
      editAndCommit(folder, rejected, (text) =>
        text.replace(/^(id: "[a-z]+)-[^"]*/m, '$1-0123456789ab'),
      ),
  },
  {
    check: 'lifecycle',
    what: 'a status set by git alone that the table does not lead to',
    state: 'error',
    names: /found invalid to superseded in commit/,
    damage: ({ folder, rejected }) =>
      editAndCommit(folder, rejected, (text) =>
        text.replace(/^status: .*$/m, 'status: superseded'),
      ),
  },
  {
    check: 'provenance',
    what: 'an origin that is gone',
    state: 'warning',
    names: /the origin memory:mem-0123456789ab, found none/,
    damage: ({ folder, active }) =>
      editAndCommit(folder, active, (text) =>
        text.replace(/^origins:$/m, 'origins:\n  - "memory:mem-0123456789ab"'),
      ),
  },
  {
    check: 'relations',
    what: 'a relation to nobody',
    state: 'warning',
    names: /behind depends_on, found "dec-0123456789ab"/,
    damage: ({ folder, active }) =>
      editAndCommit(folder, active, (text) =>
        text.replace(/^relations: .*$/m, 'relations:\n  - "depends_on: dec-0123456789ab"'),
      ),
  },
  {
    check: 'pipeline',
    what: 'a source that claims too little',
    state: 'warning',
    names: /8 to 280 characters/,
    async damage({ folder }) {
      await put(folder, 'projects/p05-interferometer/sources/notes/odd.md', ODD_SOURCE);
      await commitAll(folder);
    },
  },
  {
    check: 'conflicts',
    what: 'a conflict file that was deleted',
    state: 'error',
    names: /a conflict as the sweep describes it/,
    async damage({ folder, conflict }) {
      await rm(join(folder, conflict));
      await commitAll(folder);
    },
  },
  {
    check: 'settled',
    what: 'a generated page edited by hand',
    state: 'error',
    names: /the file that follows from the others/,
    damage: ({ folder, mirror }) => editAndCommit(folder, mirror, (text) => `${text}By hand.\n`),
  },
  {
    check: 'settled',
    what: 'an edit in no commit',
    state: 'warning',
    names: /found 1 that are not/,
    damage: ({ folder }) => put(folder, 'README.md', 'Edited.\n'),
  },
  {
    check: 'index',
    what: 'a kept index with a flipped bit',
    state: 'error',
    names: /Expected a whole index/,
    async damage({ folder }) {
      const index = join(folder, '.atocore/memo/index');
      const [largest] = await largestFirst(index);
      await bitFlipped(join(index, largest ?? ''));
    },
  },
  {
    check: 'index',
    what: 'a kept index that lacks a document',
    state: 'error',
    names: /found 1 missing/,
    async damage({ folder }) {
      const index = join(folder, '.atocore/memo/index');
      const shards = new Map<string, Uint8Array>();
      for (const name of await readdir(index)) shards.set(name, await readFile(join(index, name)));
      const kept = SearchIndex.fromShards(shards);
      assert.ok('index' in kept);
      await kept.index.apply({ removals: kept.index.ids().slice(0, 1) });
      kept.index.publish(kept.index.revision as Oid);
      await rm(index, { recursive: true });
      await mkdir(index);
      for (const { name, bytes } of kept.index.toShards())
        await writeFile(join(index, name), bytes);
    },
  },
  {
    check: 'spool',
    what: 'a capture that waits for two hours',
    state: 'warning',
    names: /the oldest from/,
    async damage({ folder }) {
      const folderOfSpool = join(folder, '../spool');
      const given = { store: storeKey(folder), nowMs: NOW.getTime() - 7_200_000 };
      spool(folderOfSpool, { version: 1, body: { prompt: 'one that waits' } }, given);
      return { spool: folderOfSpool };
    },
  },
  {
    check: 'spool',
    what: 'a capture that was set aside',
    state: 'error',
    names: /set aside/,
    async damage({ folder }) {
      const folderOfSpool = join(folder, '../spool');
      const given = { store: storeKey(folder), nowMs: NOW.getTime() };
      const kept = spool(folderOfSpool, { version: 1, body: {} }, given);
      assert.ok('name' in kept);
      setAside(folderOfSpool, kept.name);
      return { spool: folderOfSpool };
    },
  },
  {
    check: 'spool',
    what: 'a capture that was not kept',
    state: 'warning',
    names: /spool full/,
    async damage({ folder }) {
      const folderOfSpool = join(folder, '../spool');
      noteRefused(folderOfSpool, 'spool full', NOW.getTime());
      return { spool: folderOfSpool };
    },
  },
  {
    check: 'spool',
    what: 'a spool that is no folder',
    state: 'error',
    names: /ENOTDIR/,
    async damage({ folder }) {
      await writeFile(join(folder, '../spool'), '');
      return { spool: join(folder, '../spool') };
    },
  },
  {
    check: 'backups',
    what: 'a manifest that was tampered with',
    state: 'error',
    names: /manifest/,
    async damage({ backups }) {
      const [stamp = ''] = await readdir(backups);
      await bitFlipped(join(backups, stamp, 'manifest.json'));
    },
  },
  {
    check: 'disk',
    what: 'a disk that is nearly full',
    state: 'error',
    names: /found 50 MB/,
    damage: async () => ({ room: async () => noRoom }),
  },
  {
    check: 'disk',
    what: 'a disk without inodes',
    state: 'error',
    names: /inodes.*found 10\./,
    damage: async () => ({ room: async () => ({ ...noRoom, freeBytes: 1e11, freeInodes: 10 }) }),
  },
  {
    check: 'watcher',
    what: 'a watcher that failed its self-test',
    state: 'warning',
    names: /no event came/,
    damage: async () => ({ serving: { watcher: { state: 'degraded', reason: 'no event came' } } }),
  },
  {
    check: 'locks',
    what: 'the lock of a process that is gone',
    state: 'warning',
    names: /pid 4194303, which is gone/,
    damage: ({ folder }) => writeFile(join(folder, '.atocore/lock'), `${JSON.stringify(GONE)}\n`),
  },
  {
    check: 'locks',
    what: "git's lock, left behind long ago",
    state: 'error',
    names: /delete it/,
    async damage({ folder }) {
      const lock = join(folder, '.git/HEAD.lock');
      await writeFile(lock, '');
      const then = new Date(Date.now() - 7_200_000);
      await utimes(lock, then, then);
    },
  },
];

const GONE = {
  program: 'atocore',
  pid: 4194303,
  thread: 0,
  host: hostname(),
  boot: 'another boot',
  pidNamespace: '',
  started: '1',
  since: '2026-01-01T00:00:00.000Z',
};

const ODD_SOURCE = `# Odd

## Decision: x

y

## Fact: torque

ok.
`;

async function isReadable({ folder }: Examinee): Promise<boolean> {
  return (await readFile(join(folder, 'atocore.json'), 'utf8')).trimEnd().endsWith('}');
}

async function largestFirst(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  const sized = await Promise.all(
    names.map(async (name) => ({ name, size: (await lstat(join(folder, name))).size })),
  );
  return sized.sort((a, b) => b.size - a.size).map(({ name }) => name);
}

/** Every file below a folder with its bytes and the time of its last change; folders with theirs. */
async function printOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const prints = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const { mtimeNs, size } = await lstat(path, { bigint: true });
    const bytes = entry.isFile() ? await readFile(path) : '';
    prints.set(path, `${mtimeNs} ${size} ${createHash('sha1').update(bytes).digest('hex')}`);
  }
  return prints;
}

test('a healthy store is sound, and the doctor leaves every byte and time as it was', async () => {
  const above = join(HEALTHY.folder, '..');
  const before = await printOf(above);
  const report = await examine(HEALTHY);
  assert.deepEqual(said(report), ALWAYS);
  assert.equal(report.isSound, true);
  assert.deepEqual(
    report.checks.map(({ name }) => name),
    Object.keys(CHECKS),
  );
  assert.deepEqual(await printOf(above), before);
});

for (const { check, what, state, names, damage } of DAMAGES) {
  test(`${check} alone finds ${what}`, async (t) => {
    const store = await copyOf(t, HEALTHY);
    const told = ((await damage(store)) ?? {}) as Partial<CheckOptions>;
    const report = await examine(store, told);
    // Without settings nobody knows whose backups are meant.
    const besides = (await isReadable(store)) ? ALWAYS : {};
    assert.deepEqual(said(report), { ...besides, [check]: state });
    const result = report.checks.find(({ name }) => name === check);
    assert.match(result?.findings.map(({ message }) => message).join('\n') ?? '', names);
    assert.equal(report.isSound, state === 'warning');
  });
}

test('every check has a store that makes it fail', () => {
  const damaged = new Set(DAMAGES.map(({ check }) => check));
  assert.deepEqual([...damaged].sort(), Object.keys(CHECKS).sort());
});

test('the page on running lists every check as it is called', async () => {
  const page = await readFile(new URL('../../docs/running.md', import.meta.url), 'utf8');
  const [, table = ''] = /^\| check \|.*\n\|[-|]+\n((?:\|.*\n)+)/m.exec(page) ?? [];
  const rows = [...table.matchAll(/^\| `([\w-]+)` \| (.+?) \|/gm)].map(([, ...row]) => row);
  assert.deepEqual(
    rows,
    Object.entries(CHECKS).map(([name, { title }]) => [name, title]),
  );
});
