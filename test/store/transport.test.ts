/** To and from a remote, by native git and by ours: the same answers, and no question asked. */
import assert from 'node:assert/strict';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Oid } from '../../src/plugin.ts';
import { head } from '../../src/store/refs.ts';
import { fetchUpstream, pushUpstream } from '../../src/store/transport.ts';
import { readUpstream, setUpstream, shownUrl } from '../../src/store/upstream.ts';
import { gitOverHttp } from '../support/git-over-http.ts';
import { git } from '../support/native-git.ts';
import { put } from '../support/store-tree.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { newStore } from './new-store.ts';

for (const useNativeGit of [true, false]) {
  const by = useNativeGit ? 'native git' : 'ours alone';
  test(`over HTTP with ${by}: fills, fetches, pushes, and is told when it is behind`, async (t) => {
    const place = await temporaryFolder(t);
    const server = await gitOverHttp(t, place);
    const bare = join(place, 'up.git');
    await git('/', ['init', '-q', '--bare', '-b', 'main', bare]);
    const store = await newStore(t);
    const upstream = await setUpstream(store, `${server.url}/up.git`);
    const options = { useNativeGit, limitMs: 20_000 };
    const ours = (await head(store)) as Oid;
    assert.equal(await fetchUpstream(store, upstream, options), undefined);
    assert.deepEqual(await pushUpstream(store, upstream, ours, options), { isTaken: true });
    assert.equal((await git(bare, ['rev-parse', 'main'])).trim(), ours);
    assert.equal(await fetchUpstream(store, upstream, options), ours);

    const clone = join(place, 'clone');
    await git('/', ['clone', '-q', bare, clone]);
    await put(clone, 'theirs.md', '# Theirs\n');
    await git(clone, ['add', '-A']);
    await git(clone, ['commit', '-qm', 'theirs']);
    await git(clone, ['push', '-q', 'origin', 'main']);
    const theirs = (await git(clone, ['rev-parse', 'HEAD'])).trim();
    await put(store.dir, 'ours.md', '# Ours\n');
    await git(store.dir, ['add', '-A']);
    await git(store.dir, ['commit', '-qm', 'ours']);
    const mine = (await git(store.dir, ['rev-parse', 'HEAD'])).trim() as Oid;
    const refused = await pushUpstream(store, upstream, mine, options);
    assert.ok(!refused.isTaken);
    assert.match(refused.why, /reject|fast-forward|behind|fetch first/i);
    assert.equal(await fetchUpstream(store, upstream, options), theirs);
    assert.equal((await git(store.dir, ['show', `${theirs}:theirs.md`])).trim(), '# Theirs');
    const fsck = await git(store.dir, ['fsck', '--full', '--strict', '--no-dangling']);
    assert.equal(fsck, '');

    server.credentials = 'ada:word';
    await assert.rejects(fetchUpstream(store, upstream, options), /Nobody is asked/);
    const named = { ...upstream, url: upstream.url.replace('://', '://ada:word@') };
    assert.equal(await fetchUpstream(store, named, options), theirs);
    const wrong = { ...upstream, url: upstream.url.replace('://', '://ada:secret-word@') };
    await assert.rejects(fetchUpstream(store, wrong, options), (error: Error) => {
      assert.doesNotMatch(error.message, /secret-word/);
      return true;
    });
    server.isDeaf = true;
    const short = { ...options, limitMs: 300 };
    await assert.rejects(fetchUpstream(store, upstream, short), /300 ms/);
  });
}

test('over ssh nothing is asked, and git’s own way to reach a host is kept', async (t) => {
  const place = await temporaryFolder(t);
  const bare = join(place, 'up.git');
  await git('/', ['init', '-q', '--bare', '-b', 'main', bare]);
  // What stands for ssh: writes down how it was called, then runs the command here.
  const script = join(place, 'ssh');
  await put(
    place,
    'ssh',
    `#!/bin/sh\necho "$*" >>"${place}/called"\nfor last; do :; done\nexec sh -c "$last"\n`,
  );
  await chmod(script, 0o755);
  const store = await newStore(t);
  const upstream = await setUpstream(store, `git@git.example.org:${bare}`);
  const before = process.env.GIT_SSH_COMMAND;
  process.env.GIT_SSH_COMMAND = script;
  t.after(() => {
    if (before === undefined) delete process.env.GIT_SSH_COMMAND;
    else process.env.GIT_SSH_COMMAND = before;
  });
  const ours = (await head(store)) as Oid;
  assert.deepEqual(await pushUpstream(store, upstream, ours), { isTaken: true });
  assert.equal(await fetchUpstream(store, upstream), ours);
  const called = await readFile(join(place, 'called'), 'utf8');
  for (const line of called.trim().split('\n')) {
    assert.match(line, /-o BatchMode=yes .*git@git\.example\.org git-(?:receive|upload)-pack/);
  }
});

test('what the remote’s own hook says comes with the refusal', async (t) => {
  const place = await temporaryFolder(t);
  const bare = join(place, 'up.git');
  await git('/', ['init', '-q', '--bare', '-b', 'main', bare]);
  await put(bare, 'hooks/pre-receive', '#!/bin/sh\necho closed today >&2\nexit 1\n');
  await chmod(join(bare, 'hooks/pre-receive'), 0o755);
  const store = await newStore(t);
  const upstream = await setUpstream(store, bare);
  const pushed = await pushUpstream(store, upstream, (await head(store)) as Oid);
  assert.ok(!pushed.isTaken);
  assert.match(pushed.why, /closed today/);
});

test('an upstream that names a program or an option is refused, and a set one is not replaced', async (t) => {
  const store = await newStore(t);
  const bad = ['ext::sh -c id', '--upload-pack=id', '', 'gopher://host/x', 'a\nb'];
  for (const url of bad) await assert.rejects(setUpstream(store, url), { code: 'invalid' }, url);
  assert.equal(await readUpstream(store), undefined);
  const url = 'git@git.example.org:team/store.git';
  assert.deepEqual(await setUpstream(store, url), { url, pushUrl: url, branch: 'main' });
  assert.deepEqual(await readUpstream(store), { url, pushUrl: url, branch: 'main' });
  assert.deepEqual(await setUpstream(store, url), await readUpstream(store));
  await assert.rejects(setUpstream(store, '/elsewhere'), { code: 'wrong-state' });
  assert.equal((await git(store.dir, ['remote', 'get-url', 'origin'])).trim(), url);
  assert.equal(shownUrl('https://ada:word@host/x.git'), 'https://host/x.git');
});

test('an upstream without our branch but with others is no empty one', async (t) => {
  const place = await temporaryFolder(t);
  const bare = join(place, 'up.git');
  const store = await newStore(t);
  await git('/', ['clone', '-q', '--bare', store.dir, bare]);
  await git(bare, ['branch', '-m', 'main', 'other']);
  const upstream = await setUpstream(store, bare);
  await assert.rejects(fetchUpstream(store, upstream), /Expected branch main .* found other/);
});
