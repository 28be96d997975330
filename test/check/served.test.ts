/** The doctor of a daemon: in a thread of its own, of the revision that is served. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { siteUnderTest } from '../http/site-under-test.ts';

const site = await siteUnderTest({ after });
const CHECK = { method: 'POST', path: '/admin/check', scope: 'admin' } as const;

interface Checked {
  readonly name: string;
  readonly state: string;
  readonly findings: readonly { readonly message: string }[];
}

async function checked(): Promise<{ isSound: boolean; state: (name: string) => Checked }> {
  const { status, body } = await site.ask(CHECK);
  assert.equal(status, 200, JSON.stringify(body));
  const checks: readonly Checked[] = body.checks;
  const state = (name: string): Checked =>
    checks.find((each) => each.name === name) ?? assert.fail(name);
  return { isSound: body.is_sound, state };
}

test('a served store is sound while captures come in and are asked for', async () => {
  const checking = checked();
  let isDone = false;
  let served = 0;
  void checking.then(() => {
    isDone = true;
  });
  while (!isDone) {
    const body = { prompt: `What did the check see in round ${served}?`, project: 'p05' };
    const { status } = await site.ask({ method: 'POST', path: '/interactions', body });
    assert.equal(status, 201);
    assert.equal((await site.ask({ path: '/readyz', scope: 'none' })).status, 200);
    served += 1;
    await sleep(50);
  }
  const { isSound, state } = await checking;
  assert.ok(served > 1);
  assert.equal(isSound, true);
  for (const name of ['objects', 'settled', 'index']) assert.equal(state(name).state, 'ok', name);
});

test('what is served is compared with an index made anew', async () => {
  await site.engine.settle();
  const index = site.engine.view?.index ?? assert.fail();
  await index.apply({ removals: index.ids().slice(0, 2) });
  index.publish(index.revision);
  const { isSound, state } = await checked();
  assert.equal(isSound, false);
  assert.equal(state('index').state, 'error');
  assert.match(state('index').findings[0]?.message ?? '', /found 2 missing/);
});
