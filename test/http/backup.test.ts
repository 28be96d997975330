/** Backups over HTTP: made, listed, validated, thinned out, proven; and what `/health` says of them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BUNDLE_NAME } from '../../src/backup/manifest.ts';
import { createApp } from '../../src/http/app.ts';
import type { Health } from '../../src/http/health.ts';
import { REVIEWER, siteUnderTest } from './site-under-test.ts';

const site = await siteUnderTest({ after });
const place = `${site.folder}-backups`;
const admin = (method: string, path: string, body?: unknown) =>
  site.ask({ method, path, scope: 'admin', ...(body === undefined ? {} : { body }) });
const health = async () => (await site.ask({ path: '/health', scope: 'none' })).body;

/** What another clock or another folder would make `/health` say. */
async function healthWith(settings: { readonly days?: number; readonly folder?: string }) {
  const { days = 0, folder } = settings;
  const app = createApp(site.engine, {
    person: REVIEWER,
    tokens: site.tokens,
    now: () => new Date(Date.now() + days * 86_400_000),
    backups: { folder: folder ?? place, isDefault: folder === undefined },
  });
  return (await (await app.request('/health')).json()) as Health;
}

test('a store without a backup says so, and its default folder is an empty one', async () => {
  const { status, last_backup, last_validation, last_drill } = await health();
  assert.equal(status, 'ok');
  for (const last of [last_backup, last_validation, last_drill]) {
    assert.equal(last.state, 'never');
    assert.match(last.message, /^Expected/);
  }
  const { body } = await admin('GET', '/admin/backup');
  assert.deepEqual(body, { items: [], count: 0, folder: place, is_default: true });
  assert.equal((await admin('POST', '/admin/backup/cleanup')).body.dry_run, true);
});

test('a backup holds what was edited a moment ago, and native git reads it', async () => {
  const note = 'projects/p05-interferometer/sources/notes/late.md';
  await writeFile(join(site.folder, note), '# Late\n\nJust before the backup.\n');
  const { status, body } = await admin('POST', '/admin/backup');
  assert.equal(status, 201);
  assert.deepEqual([body.store, body.reason], [site.engine.config.store, 'asked']);
  const bundle = join(body.folder, BUNDLE_NAME);
  const copy = join(place, '..', 'clone');
  execFileSync('git', ['clone', '-q', bundle, copy]);
  const text = execFileSync('git', ['-C', copy, 'show', `${body.head}:${note}`], {
    encoding: 'utf8',
  });
  assert.match(text, /Just before the backup/);
  const more = (await admin('POST', '/admin/backup', { incremental: true })).body;
  assert.equal(more.parent, body.stamp);
  const listed = (await admin('GET', '/admin/backup?limit=1')).body;
  assert.deepEqual([listed.items[0].stamp, listed.count], [more.stamp, 2]);
  const { last_backup: last } = await health();
  assert.deepEqual([last.state, last.stamp, last.message], ['ok', more.stamp, undefined]);
});

test('a validation is asked for by stamp and level, and a bad one shows in health', async () => {
  const { stamp, folder } = (await admin('POST', '/admin/backup')).body;
  const path = `/admin/backup/${stamp}/validate`;
  const { body } = await admin('GET', `${path}?level=3`);
  assert.deepEqual([body.valid, body.reached, body.recorded], [true, 3, true]);
  assert.deepEqual((await health()).last_validation.level, 3);

  const bundle = await readFile(join(folder, BUNDLE_NAME));
  const middle = bundle.length >> 1;
  bundle[middle] = (bundle[middle] ?? 0) ^ 1;
  await writeFile(join(folder, BUNDLE_NAME), bundle);
  const bad = (await admin('GET', path)).body;
  assert.deepEqual([bad.valid, bad.reached, bad.fault.code], [false, 0, 'verification-failed']);
  const { status, last_validation: last } = await health();
  assert.deepEqual([status, last.state], ['degraded', 'failed']);
  assert.match(last.message, new RegExp(stamp));

  const missing = await admin('GET', '/admin/backup/20200101T000000Z/validate');
  assert.equal(missing.status, 404);
  assert.equal((await admin('GET', '/admin/backup/..%2Fx/validate')).status, 400);
  assert.equal((await admin('GET', `${path}?level=4`)).status, 400);
  await rm(folder, { recursive: true });
});

test('a cleanup only plans until it is confirmed, and not over the backups of two stores', async () => {
  await admin('POST', '/admin/backup');
  const names = (await readdir(place)).sort();
  const ask = { days: 1, weeks: 1, months: 1 };
  const plan = (await admin('POST', '/admin/backup/cleanup', ask)).body;
  assert.deepEqual([plan.dry_run, plan.removed], [true, []]);
  assert.ok(plan.remove.length > 0);
  assert.deepEqual((await readdir(place)).sort(), names);

  const other = await siteUnderTest({ after: (end) => after(end) });
  const asked = { method: 'POST', path: '/admin/backup', scope: 'admin' } as const;
  const foreign = (await other.ask(asked)).body;
  const guest = join(place, foreign.stamp);
  await cp(foreign.folder, guest, { recursive: true });
  const refused = await admin('POST', '/admin/backup/cleanup', { confirm: true });
  assert.equal(refused.status, 409);
  assert.match(refused.body.detail, /folder of its own/);
  await rm(guest, { recursive: true });

  const done = (await admin('POST', '/admin/backup/cleanup', { ...ask, confirm: true })).body;
  assert.deepEqual(
    [...done.removed].sort(),
    plan.remove.map(({ stamp }: { stamp: string }) => stamp).sort(),
  );
});

test('a drill leaves its report, a second one beside it is told to wait, and health tells', async () => {
  const [one, two] = await Promise.all([
    admin('POST', '/admin/drill', { level: 1 }),
    admin('POST', '/admin/drill', { level: 1 }),
  ]);
  assert.deepEqual([one.status, two.status].sort(), [200, 503]);
  const { body } = one.status === 200 ? one : two;
  assert.equal(body.passed, true, JSON.stringify(body.steps));
  const { last_drill: last } = await health();
  assert.deepEqual([last.state, last.level, last.stamp], ['ok', 1, body.stamp]);
});

test('what is old, damaged or out of reach is shouted', async () => {
  assert.equal((await admin('POST', '/admin/backup')).status, 201);
  const old = await healthWith({ days: 40 });
  assert.equal(old.status, 'degraded');
  for (const last of [old.last_backup, old.last_validation, old.last_drill]) {
    assert.equal(last.state, 'old');
    assert.match(last.message ?? '', /days ago/);
  }
  const gone = await healthWith({ folder: join(place, 'not-mounted') });
  assert.equal(gone.last_backup.state, 'failed');
  assert.match(gone.last_backup.message ?? '', /Is its disk mounted/);
  await mkdir(join(place, '29990101T000000Z'));
  await writeFile(join(place, '29990101T000000Z', 'manifest.json'), '{}');
  await writeFile(join(place, 'validation.json'), 'null');
  await writeFile(join(place, 'drills', '29990101T000000Z.json'), 'null');
  const damaged = await health();
  assert.deepEqual([damaged.status, damaged.last_backup.state], ['degraded', 'failed']);
  assert.deepEqual([damaged.last_validation.state, damaged.last_drill.state], ['ok', 'ok']);
});

test('a backup folder inside the store is refused, by way of a link too', async () => {
  const link = `${site.folder}-link`;
  await symlink(site.folder, link);
  for (const folder of [join(site.folder, 'b'), join(link, 'deep/b')]) {
    const app = createApp(site.engine, {
      person: REVIEWER,
      tokens: site.tokens,
      backups: { folder, isDefault: true },
    });
    for (const path of ['/admin/backup', '/admin/drill']) {
      const headers = { authorization: `Bearer ${site.tokens.admin}` };
      const response = await app.request(path, { method: 'POST', headers });
      assert.equal(response.status, 422, folder);
      assert.match(JSON.stringify(await response.json()), /outside the store/);
    }
  }
});

test('114: a served store is restored through its daemon; a second restore meanwhile gets 409', async () => {
  const note = join(site.folder, 'projects/p05-interferometer/sources/notes/gone.md');
  const { stamp, head } = (await admin('POST', '/admin/backup')).body;
  await writeFile(note, '# Gone\n\nNot in the backup.\n');
  await site.engine.settle();
  const plan = (await admin('POST', '/admin/restore/plan', { stamp })).body;
  assert.deepEqual([plan.stamp, plan.backed_up, plan.removals], [stamp, head, 1]);
  assert.match(await readFile(note, 'utf8'), /Not in the backup/);

  const answers = await Promise.all([
    admin('POST', '/admin/restore', { stamp, actor: 'Ann <ann@example.org>' }),
    admin('POST', '/admin/restore', { stamp, actor: 'Ann <ann@example.org>' }),
  ]);
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [200, 409], JSON.stringify(answers.map(({ body }) => body)));
  const { body } = answers.find(({ status }) => status === 200) ?? { body: {} };
  assert.deepEqual([body.proven, body.removed], [true, 1]);
  assert.equal((await health()).store.revision, body.to);
  await assert.rejects(readFile(note), { code: 'ENOENT' });
  const author = execFileSync('git', ['-C', site.folder, 'log', '-1', '--format=%an', body.to]);
  assert.equal(author.toString().trim(), 'Ann');
  assert.equal((await admin('POST', '/admin/restore', { stamp: '20200101T000000Z' })).status, 404);
  assert.equal((await admin('POST', '/admin/restore', { stamp: '../x' })).status, 400);
});
