/** Push webhooks over a socket, in the shape in which each service sends them. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Deliveries, REMEMBERED_MAX, REMEMBERED_MS } from '../../src/http/deliveries.ts';
import { HOOK_BYTES_MAX } from '../../src/http/push-webhooks.ts';
import { serve } from '../../src/http/serve.ts';
import { loadWebhookSecret, webhookSecretPath } from '../../src/http/webhook-secret.ts';
import { type Pushed, PushedWork } from '../../src/pushed.ts';
import { repositoryName } from '../../src/repository-name.ts';
import { openStore } from '../../src/store/open.ts';
import { setUpstream } from '../../src/store/upstream.ts';
import { git } from '../support/native-git.ts';
import { put } from '../support/store-tree.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { REVIEWER, siteUnderTest } from './site-under-test.ts';

const SECRET = 'a secret of the webhooks';
const AFTER = 'a'.repeat(40);
const BEFORE = 'b'.repeat(40);

const log: string[] = [];
const line: { work?: PushedWork } = {};
const pushing = { take: (push: Pushed) => line.work?.take(push) === true } as PushedWork;
const settings = { webhookSecret: SECRET, pushed: pushing };
const site = await siteUnderTest({ after }, { settings });
const { engine, folder } = site;
const pushed = new PushedWork({ engine, person: REVIEWER, log: (said) => log.push(said) });
line.work = pushed;
const served = await serve(site.app, { port: 0, auth: 'token' });
after(async () => {
  await pushed.end();
  await served.close();
});

/** What each service says of one push of `host/team/notes`, as its own documentation shows it. */
const PAYLOADS = {
  forgejo: {
    ref: 'refs/heads/main',
    before: BEFORE,
    after: AFTER,
    compare_url: 'https://git.example.org/team/notes/compare/a...b',
    commits: [{ id: AFTER, message: 'a note\n' }],
    repository: {
      id: 1,
      full_name: 'team/notes',
      html_url: 'https://git.example.org/team/notes',
      ssh_url: 'ssh://git@git.example.org/team/notes.git',
      clone_url: 'https://git.example.org/team/notes.git',
    },
    pusher: { login: 'ada' },
  },
  gitlab: {
    object_kind: 'push',
    event_name: 'push',
    before: BEFORE,
    after: AFTER,
    ref: 'refs/heads/main',
    checkout_sha: AFTER,
    project_id: 15,
    project: {
      name: 'notes',
      web_url: 'https://git.example.org/team/notes',
      git_ssh_url: 'git@git.example.org:team/notes.git',
      git_http_url: 'https://git.example.org/team/notes.git',
      path_with_namespace: 'team/notes',
    },
    repository: { name: 'notes', url: 'git@git.example.org:team/notes.git' },
    commits: [],
    total_commits_count: 1,
  },
  github: {
    ref: 'refs/heads/main',
    before: BEFORE,
    after: AFTER,
    repository: {
      id: 186853002,
      full_name: 'team/notes',
      html_url: 'https://git.example.org/team/notes',
      url: 'https://git.example.org/team/notes',
      git_url: 'git://git.example.org/team/notes.git',
      ssh_url: 'git@git.example.org:team/notes.git',
      clone_url: 'https://git.example.org/team/notes.git',
    },
    pusher: { name: 'ada' },
    head_commit: { id: AFTER },
  },
};

const hex = (body: string, key = SECRET): string =>
  createHmac('sha256', key).update(body).digest('hex');

let count = 0;
type Headers = Readonly<Record<string, string>>;

/** The headers that a service sends with a body; those of older services come along. */
function headersOf(service: string, body: string, key = SECRET): Headers {
  count += 1;
  const id = `f6266f16-1bf3-46a5-9ea4-${String(count).padStart(12, '0')}`;
  const signature = hex(body, key);
  const github = {
    'x-github-event': 'push',
    'x-github-delivery': id,
    'x-hub-signature': 'sha1=0000',
    'x-hub-signature-256': `sha256=${signature}`,
  };
  const gitea = { ...github, 'x-gitea-event': 'push', 'x-gitea-delivery': id };
  const seconds = String(Math.floor(Date.now() / 1000));
  const standard = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  const all: Readonly<Record<string, Headers>> = {
    forgejo: {
      ...gitea,
      'x-forgejo-event': 'push',
      'x-forgejo-delivery': id,
      'x-forgejo-signature': signature,
    },
    gitea: { ...gitea, 'x-gitea-signature': signature },
    gitlab: { 'x-gitlab-event': 'Push Hook', 'x-gitlab-event-uuid': id, 'x-gitlab-token': key },
    'gitlab signing': {
      'x-gitlab-event': 'Push Hook',
      'webhook-id': id,
      'webhook-timestamp': seconds,
      'webhook-signature': `v1,${standard}`,
    },
    github,
  };
  return { 'content-type': 'application/json', ...all[service] };
}

const payloadOf = (service: string): object =>
  service.startsWith('gitlab')
    ? PAYLOADS.gitlab
    : service === 'github'
      ? PAYLOADS.github
      : PAYLOADS.forgejo;

async function deliver(headers: Headers, body: string, path = '/hooks/push') {
  const response = await fetch(served.url + path, { method: 'POST', headers, body });
  const answer = (await response.json()) as { status?: unknown; detail?: string; service?: string };
  return { code: response.status, status: answer.status, service: answer.service, answer };
}

const SERVICES = ['forgejo', 'gitea', 'gitlab', 'gitlab signing', 'github'];

for (const service of SERVICES) {
  test(`99, 100: a delivery of ${service} is taken once, and only as it was signed`, async () => {
    const body = JSON.stringify(payloadOf(service), null, 1);
    const headers = headersOf(service, body);
    const taken = await deliver(headers, body);
    const sender = service.split(' ')[0];
    assert.deepEqual([taken.code, taken.status, taken.service], [202, 'taken', sender]);
    const again = await deliver(headers, body, '/v1/hooks/push');
    assert.deepEqual([again.code, again.status], [202, 'known']);
    await pushed.idle();
    assert.match(
      log.at(-1) ?? '',
      /nothing here is of git\.example\.org\/team\/notes, branch main/,
    );

    const wrong = await deliver(headersOf(service, body, 'another secret of somebody'), body);
    assert.equal(wrong.code, 401);
    const { [signatureOf(service)]: _left, ...unsigned } = headersOf(service, body);
    assert.equal((await deliver(unsigned, body)).code, 401, 'unsigned');
    if (service === 'gitlab') return;
    // The same value written otherwise is another body; and nothing of it is parsed.
    const encoded = JSON.stringify(payloadOf(service));
    assert.equal((await deliver(headersOf(service, body), encoded)).code, 401, 'written anew');
    assert.equal((await deliver(headersOf(service, body), '{')).code, 401, 'not parsed');
  });
}

function signatureOf(service: string): string {
  const names: Readonly<Record<string, string>> = {
    forgejo: 'x-forgejo-signature',
    gitea: 'x-gitea-signature',
    gitlab: 'x-gitlab-token',
    'gitlab signing': 'webhook-signature',
    github: 'x-hub-signature-256',
  };
  return names[service] ?? '';
}

test('pings, other events, deleted branches and forms are told apart', async () => {
  const cases: readonly (readonly [string, object, Headers, string])[] = [
    ['before is after', { ...PAYLOADS.forgejo, before: AFTER }, {}, 'ping'],
    ['a ping of GitHub', { zen: 'x', hook_id: 1 }, { 'x-github-event': 'ping' }, 'ping'],
    ['an issue', { action: 'opened' }, { 'x-github-event': 'issues' }, 'ignored'],
    ['a deleted branch', { ...PAYLOADS.github, after: '0'.repeat(40) }, {}, 'ignored'],
    ['a tag', { ...PAYLOADS.github, ref: 'refs/tags/v1' }, {}, 'ignored'],
  ];
  for (const [name, payload, more, expected] of cases) {
    const body = JSON.stringify(payload);
    const { code, status } = await deliver({ ...headersOf('github', body), ...more }, body);
    assert.deepEqual([code, status], [202, expected], name);
  }
  const form = new URLSearchParams({ payload: JSON.stringify(PAYLOADS.github) }).toString();
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  assert.equal((await deliver({ ...headersOf('github', form), ...type }, form)).status, 'taken');
  const text = { ...headersOf('github', 'x'), 'content-type': 'text/plain' };
  assert.equal((await deliver(text, 'x')).code, 415);
  const list = await deliver(headersOf('github', '[]'), '[]');
  assert.equal(list.code, 422);
});

test('a signature of another time, a body too long and a store without a secret are refused', async (t) => {
  const body = JSON.stringify(PAYLOADS.gitlab);
  const old = String(Math.floor(Date.now() / 1000) - 600);
  const key = createHmac('sha256', SECRET).update(`id-1.${old}.${body}`).digest('base64');
  const late = {
    ...headersOf('gitlab signing', body),
    'webhook-id': 'id-1',
    'webhook-timestamp': old,
    'webhook-signature': `v1,${key}`,
  };
  assert.equal((await deliver(late, body)).code, 401);
  const long = await deliver(headersOf('github', ''), 'x'.repeat(HOOK_BYTES_MAX + 1)).catch(
    () => undefined,
  );
  // The connection may be closed before all of it is sent.
  if (long !== undefined) assert.equal(long.code, 413);
  assert.equal((await deliver({ 'content-type': 'application/json' }, body)).code, 401);
  const { app } = await siteUnderTest(t);
  const refused = await app.request('/hooks/push', { method: 'POST', body, headers: late });
  assert.equal(refused.status, 403);
  assert.match(await refused.text(), /found none/);
});

test('a push of the upstream syncs, and one of a root refreshes its project', async (t) => {
  const place = await temporaryFolder(t);
  const [upstream, notes, clone, kept] = ['up.git', 'notes.git', 'clone', 'kept'].map((name) =>
    join(place, name),
  ) as [string, string, string, string];
  for (const bare of [upstream, notes])
    await git('/', ['init', '-q', '--bare', '-b', 'main', bare]);
  const author = join(place, 'author');
  await git('/', ['clone', '-q', notes, author]);
  await put(author, 'one.md', '# One\n');
  await git(author, ['add', '-A']);
  await git(author, ['commit', '-qm', 'one']);
  await git(author, ['push', '-q', 'origin', 'HEAD:main']);
  for (const each of [clone, kept]) await git('/', ['clone', '-q', notes, each]);
  const roots = [`pulled = ${clone}`, `kept = ${kept}`];
  const registered = await site.ask({
    method: 'POST',
    path: '/projects/register',
    scope: 'admin',
    body: { id: 'p09', title: 'P09', roots },
  });
  assert.equal(registered.status, 201, JSON.stringify(registered.body));
  const project = join(folder, 'projects/p09/project.md');
  const text = await readFile(project, 'utf8');
  await writeFile(
    project,
    text.replace(
      '---\n',
      '---\npulled: [pulled]\nrepositories: ["https://git.example.org/team/handbook"]\n',
    ),
  );
  await site.engine.settle();

  await put(author, 'two.md', '# Two\n');
  await git(author, ['add', '-A']);
  await git(author, ['commit', '-qm', 'two']);
  await git(author, ['push', '-q', 'origin', 'HEAD:main']);
  const send = async (url: string, branch = 'main') => {
    const payload = {
      ...PAYLOADS.forgejo,
      ref: `refs/heads/${branch}`,
      repository: { clone_url: url },
    };
    const body = JSON.stringify(payload);
    const { code, status } = await deliver(headersOf('gitea', body), body);
    assert.deepEqual([code, status], [202, 'taken']);
    await pushed.idle();
  };
  await send(notes, 'other');
  assert.match(log.at(-1) ?? '', /nothing here is of/);
  await send(notes);
  assert.match(log.at(-1) ?? '', /project p09 was refreshed: ingested/);
  const documents = [...(site.engine.view?.settlement.documents.keys() ?? [])].filter((path) =>
    path.startsWith('projects/p09/'),
  );
  // A working copy that its owner did not give away is read as it stands.
  assert.deepEqual(documents, [
    'projects/p09/sources/kept/one.md',
    'projects/p09/sources/pulled/one.md',
    'projects/p09/sources/pulled/two.md',
  ]);
  const before = log.length;
  await send('ssh://git@git.example.org:2222/team/handbook.git', 'any');
  assert.deepEqual(log.slice(before), ['push: project p09 was refreshed: ingested']);
  await put(clone, 'one.md', '# One, edited\n');
  await send(notes);
  assert.match(log.join('\n'), /not pulled: Expected a clone without edits/);

  await setUpstream(await openStore(folder), upstream);
  await send(upstream);
  assert.match(log.at(-1) ?? '', /the upstream was pushed: 0 commits came, \d+ went/);
  assert.equal(
    await git(upstream, ['rev-parse', 'main']),
    await git(folder, ['rev-parse', 'main']),
  );
  const synced = await site.ask({ method: 'POST', path: '/admin/sync', scope: 'admin' });
  assert.deepEqual([synced.status, synced.body.went], [200, 0]);
  const { body: health } = await site.ask({ path: '/health' });
  assert.deepEqual([health.sync.state, health.sync.upstream], ['ok', upstream]);
  await git(folder, ['remote', 'set-url', 'origin', join(place, 'gone.git')]);
  const failed = await site.ask({ method: 'POST', path: '/admin/sync', scope: 'admin' });
  assert.equal(failed.status, 500);
  assert.match(failed.body.detail, /gone\.git/);
  const { body: ill } = await site.ask({ path: '/health' });
  assert.deepEqual([ill.status, ill.sync.state], ['degraded', 'failed']);
  assert.match(ill.sync.message, /gone\.git/);
});

test('101: what a payload names is compared, and never asked', async () => {
  for (const url of ['http://169.254.169.254/latest', 'file:///etc', 'ext::sh -c id']) {
    const body = JSON.stringify({ ...PAYLOADS.github, repository: { clone_url: url, url } });
    assert.equal((await deliver(headersOf('github', body), body)).status, 'taken');
    await pushed.idle();
    assert.match(log.at(-1) ?? '', /^push: nothing here is of/);
  }
});

test('a delivery is remembered for a day, and of very many the newest', () => {
  const deliveries = new Deliveries();
  assert.ok(deliveries.isNew('a', 0));
  assert.ok(!deliveries.isNew('a', REMEMBERED_MS - 1));
  assert.ok(deliveries.isNew('a', REMEMBERED_MS));
  for (let n = 0; n < REMEMBERED_MAX; n += 1) assert.ok(deliveries.isNew(`n${n}`, REMEMBERED_MS));
  assert.ok(!deliveries.isNew(`n${REMEMBERED_MAX - 1}`, REMEMBERED_MS));
  assert.ok(deliveries.isNew('a', REMEMBERED_MS));
});

test('one repository by many names', () => {
  const same = [
    'https://git.example.org/Team/notes.git',
    'https://user:word@git.example.org:8443/team/notes/',
    'ssh://git@git.example.org:2222/team/notes.git',
    'git@git.example.org:team/notes.git',
    'git://git.example.org/team/notes',
  ];
  assert.deepEqual([...new Set(same.map(repositoryName))], ['git.example.org/team/notes']);
  const others = ['git@other.example.org:team/notes', 'https://git.example.org/team/notes-2'];
  for (const url of others) assert.notEqual(repositoryName(url), repositoryName(same[0] ?? ''));
  assert.equal(repositoryName('/srv/git/notes.git'), repositoryName('file:///srv/git/notes'));
});

test('the secret comes from the environment or a file of its owner alone, and is not too short', async (t) => {
  const config = await temporaryFolder(t);
  const load = (set?: string) =>
    loadWebhookSecret(config, 'store', set === undefined ? {} : { ATOCORE_WEBHOOK_SECRET: set });
  assert.equal(await load(), undefined);
  assert.equal(await load(SECRET), SECRET);
  await assert.rejects(load('short'), { code: 'invalid' });
  const path = webhookSecretPath(config, 'store');
  await mkdir(join(config, 'store'));
  await writeFile(path, `${SECRET}\n`, { mode: 0o600 });
  assert.equal(await load(), SECRET);
  await chmod(path, 0o644);
  await assert.rejects(load(), { code: 'not-allowed' });
});
