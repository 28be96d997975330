/** Two stores and one upstream: what each side did is in both, and what differs is left to a person. */
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { checkStore } from '../../src/check.ts';
import { Ground } from '../../src/check-ground.ts';
import { oneAtATime } from '../../src/one-at-a-time.ts';
import type { RecordId, StorePath } from '../../src/plugin.ts';
import { jobsOf } from '../../src/scheduled.ts';
import { blobOid } from '../../src/store/objects.ts';
import { openStore } from '../../src/store/open.ts';
import { queueOf } from '../../src/view/queue.ts';
import { gitOverHttp } from '../support/git-over-http.ts';
import { git, tryGit } from '../support/native-git.ts';
import { exampleStore, openEngine, put } from '../support/store-tree.ts';
import {
  ADA,
  BO,
  faultsOf,
  type Side,
  storeFrom,
  syncToRest,
  twoStores,
} from '../support/two-stores.ts';
import { until } from '../support/until.ts';

const NOTES = 'projects/p05-interferometer/sources/notes';
const LATERAL = 'dec-8ec229964fab' as RecordId;

const served = ({ engine }: Side, id: RecordId) => {
  const found = engine.view?.settlement.records.get(id);
  assert.ok(found, id);
  return found.record;
};

const text = ({ folder }: Side, path: string): Promise<string> =>
  readFile(join(folder, path), 'utf8');

const openConflicts = ({ engine }: Side) =>
  engine.view?.settlement.conflicts.filter(({ status }) => status === 'open') ?? [];

/** A record of each side's own to decide on, beside the one that both do. */
const candidates = ({ engine }: Side): readonly RecordId[] =>
  [...(engine.view?.settlement.records.values() ?? [])]
    .filter(({ record }) => record.status === 'candidate' && record.id !== LATERAL)
    .map(({ record }) => record.id)
    .sort();

test('one merge takes what each side changed alone and leaves the rest to a person', async (t) => {
  const stores = await twoStores(t);
  const { a, b } = stores;
  const [both = LATERAL] = candidates(a);
  await a.engine.decide({ act: 'promote', id: LATERAL, by: ADA });
  await put(a.folder, `${NOTES}/far.md`, '# Far\n\nOne.\n\nTwo.\n\nThree.\n');
  await put(a.folder, `${NOTES}/same.md`, '# Same\n\nOf both.\n');
  await put(a.folder, `${NOTES}/gone.md`, '# Gone\n');
  await syncToRest(stores);
  assert.equal(served(b, LATERAL).status, 'active');

  const edit = (side: Side, change: object, by: typeof ADA) =>
    side.engine.decide({ act: 'edit', id: LATERAL, edit: change, by });
  await edit(a, { tags: ['optics'] }, ADA);
  await edit(b, { validUntil: '2031-12-31' }, BO);
  await edit(b, { tags: ['stiffness'] }, BO);
  await a.engine.decide({ act: 'promote', id: both, by: ADA });
  await b.engine.decide({ act: 'reject', id: both, by: BO, note: 'not so' });
  await put(a.folder, `${NOTES}/far.md`, '# Far\n\nOne of A.\n\nTwo.\n\nThree.\n');
  await put(b.folder, `${NOTES}/far.md`, '# Far\n\nOne.\n\nTwo.\n\nThree of B.\n');
  await put(a.folder, `${NOTES}/same.md`, '# Same\n\nOf A.\n');
  await put(b.folder, `${NOTES}/same.md`, '# Same\n\nOf B.\n');
  await rm(join(a.folder, `${NOTES}/gone.md`));
  await put(b.folder, `${NOTES}/gone.md`, '# Gone\n\nStill needed.\n');
  const bytes = Buffer.from([0, 1, 2, 255]);
  await put(a.folder, `${NOTES}/plot.png`, bytes);
  await put(b.folder, `${NOTES}/plot.png`, Buffer.from([0, 3]));
  const { capture } = await b.engine.capture({ prompt: 'What of the plot?', project: 'p05' });

  await a.engine.sync.run(ADA);
  const report = await b.engine.sync.run(BO);
  assert.deepEqual([report.disputes.length, report.copies.length], [2, 2]);
  await syncToRest(stores);
  const [plot = '', copy = ''] = [...report.copies].sort();
  for (const side of [a, b]) {
    const record = served(side, LATERAL);
    assert.deepEqual(
      [record.validUntil, ...[...record.tags].sort()],
      ['2031-12-31', 'optics', 'stiffness'],
    );
    assert.equal(
      await text(side, `${NOTES}/far.md`),
      '# Far\n\nOne of A.\n\nTwo.\n\nThree of B.\n',
    );
    // B merged, so what stood in B stands, and what A says is there as well.
    assert.equal(served(side, both).status, 'invalid');
    const disputed = openConflicts(side).find(({ conflict }) => conflict.members[0]?.id === both);
    assert.deepEqual(
      disputed?.conflict.members.map(({ value }) => value),
      ['status invalid', 'status active'],
    );
    assert.match(await text(side, disputed?.path ?? ''), /status: active/);
    assert.ok(served(side, both).conflicts.includes(disputed?.id ?? ''));
    assert.equal(await text(side, `${NOTES}/same.md`), '# Same\n\nOf B.\n');
    assert.equal(await text(side, copy), '# Same\n\nOf A.\n');
    assert.deepEqual(await readFile(join(side.folder, plot)), bytes);
    const rules = side.engine.status().problems.map(({ path, rule }) => [path, rule]);
    assert.deepEqual(rules, [
      [plot, 'conflict-copy'],
      [copy, 'conflict-copy'],
    ]);
    assert.match(await text(side, `${NOTES}/gone.md`), /Still needed/);
    assert.ok(openConflicts(side).some(({ conflict }) => conflict.slot.includes('gone.md')));
    assert.ok(side.engine.view);
    assert.equal(queueOf(side.engine.view).openConflicts, openConflicts(side).length);
    assert.equal(openConflicts(side).length, 2);
    const tree = await git(side.folder, ['ls-tree', '-r', '--name-only', 'HEAD']);
    assert.ok(tree.includes(capture.id.slice('cap-'.length)));
  }
  assert.deepEqual(await faultsOf(stores), []);

  const { checks } = await checkStore(new Ground(await openStore(a.folder)), {
    backups: { folder: `${a.folder}-backups`, isDefault: true },
    now: new Date(),
  });
  // Nothing but the copies that await a person: each is named.
  const wrong = checks.filter(({ state }) => state === 'error');
  const found = wrong.flatMap(({ findings }) => findings.map(({ path }) => path));
  assert.deepEqual(found.sort(), [...report.copies].sort());

  const audit = await a.engine.past.audit(LATERAL);
  assert.deepEqual(audit.map(({ act }) => act).slice(-2), ['promote', 'born']);
  for (const { id } of openConflicts(a)) {
    await a.engine.resolveConflict({ id, how: { dismiss: true }, by: ADA });
  }
  for (const path of report.copies) await rm(join(a.folder, path));
  await syncToRest(stores);
  assert.deepEqual([openConflicts(b), b.engine.status().problems], [[], []]);
  assert.deepEqual(await faultsOf(stores), []);
});

test('both merge at once while captures arrive: nothing is lost, and both end at one tree', async (t) => {
  const stores = await twoStores(t, { watch: true });
  const { a, b } = stores;
  // B has no git of its own, and comes over HTTP.
  const server = await gitOverHttp(t, dirname(stores.upstream));
  const url = `${server.url}/${basename(stores.upstream)}`;
  await git(b.folder, ['remote', 'set-url', 'origin', url]);
  const ids: string[] = [];
  const captures = async (side: Side, name: string): Promise<void> => {
    for (let n = 0; n < 15; n += 1) {
      const { capture } = await side.engine.capture({
        prompt: `${name} asks ${n}`,
        project: 'p05',
      });
      ids.push(capture.id);
      const line = `# Of ${name}\n\n## Fact: bolt ${n}\n\nBolt ${n} of ${name} is of grade ${n}.\n`;
      await put(side.folder, `${NOTES}/of-${name}.md`, line);
      await put(side.folder, `${NOTES}/shared.md`, `# Shared\n\n${name} ${n}.\n`);
    }
  };
  const syncs = async (side: Side, by: typeof ADA): Promise<void> => {
    for (let n = 0; n < 3; n += 1) {
      // One that the other overtakes each time is told to sync again.
      const options = side === b ? { useNativeGit: false } : {};
      await side.engine.sync.run(by, options).catch((error: { code?: string }) => {
        if (error.code !== 'changed') throw error;
      });
    }
  };
  await Promise.all([captures(a, 'a'), captures(b, 'b'), syncs(a, ADA), syncs(b, BO)]);
  await syncToRest(stores);
  const tree = await git(b.folder, ['ls-tree', '-r', '--name-only', 'HEAD']);
  assert.deepEqual(
    ids.filter((id) => !tree.includes(id.slice('cap-'.length))),
    [],
  );
  // The last word of each side is in the history, whichever stands in the note.
  const objects = await git(a.folder, ['rev-list', '--objects', 'HEAD']);
  for (const name of ['a', 'b']) {
    assert.ok(objects.includes(blobOid(`# Shared\n\n${name} 14.\n`)), name);
  }
  assert.deepEqual(await faultsOf(stores), []);
});

test('what is not this store, and what no store can hold, is refused, and nothing changes', async (t) => {
  const stores = await twoStores(t);
  const { a, upstream } = stores;
  const before = await git(a.folder, ['rev-parse', 'HEAD']);
  const clone = `${upstream}-clone`;
  await git('/', ['clone', '-q', upstream, clone]);
  const cases: readonly (readonly [string, () => Promise<void>, RegExp])[] = [
    [
      'a link',
      async () => {
        await tryGit('/', ['-C', clone, 'config', 'core.symlinks', 'true']);
        const oid = (
          await git(clone, ['hash-object', '-w', '--stdin'], { input: '/etc/passwd' })
        ).trim();
        await git(clone, ['update-index', '--add', '--cacheinfo', `120000,${oid},notes-link`]);
        await git(clone, ['commit', '-qm', 'a link']);
      },
      /a link at "notes-link"/,
    ],
    [
      'another store',
      async () => {
        await git(clone, ['reset', '-q', '--hard', 'origin/main']);
        const config = JSON.parse(await readFile(join(clone, 'atocore.json'), 'utf8')) as object;
        const other = { ...config, store: '00000000-0000-4000-8000-000000000000' };
        await put(clone, 'atocore.json', JSON.stringify(other));
        await git(clone, ['commit', '-qam', 'another store']);
      },
      /of store 00000000/,
    ],
    [
      'a history of its own',
      async () => {
        await git(clone, ['reset', '-q', '--hard', 'origin/main']);
        await git(clone, ['checkout', '-q', '--orphan', 'new']);
        await git(clone, ['commit', '-qm', 'all new']);
        await git(clone, ['branch', '-qM', 'main']);
      },
      /nothing in common/,
    ],
  ];
  for (const [name, change, said] of cases) {
    await change();
    await git(clone, ['push', '-qf', 'origin', 'main']);
    await assert.rejects(a.engine.sync.run(ADA), said, name);
    assert.equal(await git(a.folder, ['rev-parse', 'HEAD']), before, name);
    assert.equal(await git(a.folder, ['status', '--porcelain']), '', name);
    const { state, last } = await a.engine.sync.standing();
    assert.equal(state, 'failed');
    assert.match(last?.why ?? '', said);
    await git(clone, ['push', '-qf', 'origin', `${before.trim()}:main`]);
    await git(clone, ['fetch', '-q']);
  }
  await put(upstream, 'hooks/pre-receive', '#!/bin/sh\necho closed today >&2\nexit 1\n');
  const { chmod } = await import('node:fs/promises');
  await chmod(join(upstream, 'hooks/pre-receive'), 0o755);
  await put(a.folder, `${NOTES}/more.md`, '# More\n');
  await assert.rejects(a.engine.sync.run(ADA), /closed today/);
  const path = `${NOTES}/more.md` as StorePath;
  assert.ok(a.engine.view?.settlement.documents.has(path));
});

test('a store that is served can be the upstream of another, and the schedule syncs it', async (t) => {
  const folder = await exampleStore(t);
  const upstream = await openEngine(t, folder, true);
  await until('it is watched', () => upstream.status().watcher.state === 'watching');
  const b = await storeFrom(t, folder, `${folder}-b`);
  const [job] = jobsOf(b.engine, {
    place: { folder: `${folder}-backups`, isDefault: true },
    second: undefined,
    alone: oneAtATime('the backups'),
    person: BO,
    build: '',
    now: () => new Date(),
  }).filter(({ name }) => name === 'sync');
  assert.equal(job?.pattern, 'off');
  const captures = async (): Promise<void> => {
    for (let n = 0; n < 10; n += 1) await upstream.capture({ prompt: `Asks ${n}`, project: 'p05' });
  };
  await put(b.folder, `${NOTES}/pushed.md`, '# Pushed\n');
  const [said] = await Promise.all([job?.run(), captures()]);
  assert.match(said ?? '', /^in step with .*: \d+ commits came, \d+ went/);
  await until('what was pushed is served', () =>
    [...(upstream.view?.settlement.documents.keys() ?? [])].some((path) =>
      path.endsWith('pushed.md'),
    ),
  );
  await upstream.settle();
  await b.engine.sync.run(BO);
  const heads = [folder, b.folder].map((dir) => git(dir, ['rev-parse', 'HEAD']));
  assert.equal(...((await Promise.all(heads)) as [string, string]));
  assert.deepEqual([upstream.status().faults, upstream.status().problems], [[], []]);
});
