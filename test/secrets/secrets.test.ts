/** Secrets by the labelled set: what is found of them, what is taken for one, and that it stays so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtoError } from '../../src/errors.ts';
import { readConfig } from '../../src/model/store-config.ts';
import { Redaction } from '../../src/redaction.ts';
import { cleanText } from '../../src/secrets/clean-text.ts';
import {
  findByRules,
  KNOWN_RULES,
  mayHoldSecrets,
  ruleNames,
} from '../../src/secrets/secretlint-rules.ts';
import { isLeft, LABELLED_SECRETS, LOOK_ALIKES } from '../support/secret-set.ts';

/** Measured by `test/bench/secrets.ts`; what is known to be missed is named, and nothing else may be. */
const MISSED = ['prose: log in as root / ', 'prose: PIN for the vault: '];

test('of the labelled set every secret is found but those that are named here', async () => {
  assert.ok(LABELLED_SECRETS.length >= 80, `${LABELLED_SECRETS.length} secrets`);
  const missed: string[] = [];
  for (const each of LABELLED_SECRETS) {
    if (isLeft((await cleanText(each.text)).text, each)) missed.push(`${each.kind}: ${each.text}`);
  }
  const unnamed = missed.filter((each) => !MISSED.some((known) => each.startsWith(known)));
  assert.deepEqual(unnamed, []);
  assert.equal(missed.length, MISSED.length, 'one that was missed is found: take it off the list');
});

test('no look-alike of the set is taken for a secret', async () => {
  assert.ok(LOOK_ALIKES.length >= 80, `${LOOK_ALIKES.length} look-alikes`);
  for (const { text } of LOOK_ALIKES) assert.equal((await cleanText(text)).text, text);
});

test('what was cleaned is clean: cleaning it again changes nothing', async () => {
  for (const { text } of LABELLED_SECRETS) {
    const once = (await cleanText(text)).text;
    const twice = await cleanText(once);
    assert.equal(twice.text, once);
    assert.equal(twice.removed.size, 0);
  }
});

test('what was taken out is named by its kind and counted', async () => {
  const { text, removed } = await cleanText(
    'a=1 password="abc def 123" b and https://app:y1z2w3@h.test/',
  );
  assert.equal(
    text,
    'a=1 password="[secret removed: password]" b and [secret removed: password in a url]/',
  );
  assert.deepEqual(Object.fromEntries(removed), { password: 1, 'password in a url': 1 });
});

test('every rule of the detector is known here, with a hint that what it finds matches', async () => {
  assert.deepEqual([...(await ruleNames())].sort(), [...KNOWN_RULES].sort());
  for (const { text } of LABELLED_SECRETS) {
    const found = await findByRules(text);
    if (found.length > 0) assert.ok(mayHoldSecrets(text), text);
  }
});

test('a text cannot turn the detector off, as it could in a file', async () => {
  const [secret] = LABELLED_SECRETS.filter(({ kind }) => kind === 'anthropic key');
  assert.ok(secret !== undefined);
  const { text } = await cleanText(`// secretlint-disable\n${secret.text}`);
  assert.ok(!isLeft(text, secret));
});

test("a store's own patterns are taken out as well, and checked when the store is opened", async () => {
  const config = (secrets: unknown) =>
    readConfig(JSON.stringify({ format: 1, store: 'abcdef01', plugins: {}, secrets }));
  const { patterns } = config({ patterns: [{ kind: 'badge', pattern: 'B-\\d{4}' }] }).secrets;
  const redaction = new Redaction({ own: patterns });
  const { value, removed } = await redaction.redact({ prompt: 'badge B-1234', list: ['B-9'] });
  await redaction.close();
  assert.deepEqual(value, { prompt: 'badge [secret removed: badge]', list: ['B-9'] });
  assert.deepEqual([...removed], [['badge', 1]]);
  assert.throws(() => config({ patterns: [{ kind: 'x', pattern: '(' }] }), AtoError);
  assert.throws(() => config({ patterns: [{ kind: 'X!', pattern: 'a' }] }), AtoError);
});

test('a pattern that never ends is stopped, and nothing of the text is kept', async () => {
  const redaction = new Redaction({ own: [{ kind: 'slow', pattern: '(a+)+$' }], deadlineMs: 300 });
  const slow = redaction.redact(`${'a'.repeat(60)}!`);
  await assert.rejects(slow, (error) => error instanceof AtoError && error.code === 'invalid');
  const { value } = await redaction.redact('token=abcdef0123456789');
  await redaction.close();
  assert.equal(value, 'token=[secret removed: key or token]', 'the next one is searched as ever');
});

test('a long text is searched in a thread, with the same result', async () => {
  const redaction = new Redaction();
  const filler = 'Nothing to see here. '.repeat(3_000);
  const [secret] = LABELLED_SECRETS;
  assert.ok(secret !== undefined);
  const { value } = await redaction.redact(filler + secret.text);
  await redaction.close();
  assert.equal(value, filler + (await cleanText(secret.text)).text);
});
