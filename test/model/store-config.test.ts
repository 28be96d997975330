import assert from 'node:assert/strict';
import test from 'node:test';
import { isAtoError } from '../../src/errors.ts';
import { newConfig, readConfig } from '../../src/model/store-config.ts';

const NEW = newConfig('00000000-0000-4000-8000-000000000000');

test('a new store has the limits that the pages state', () => {
  const config = readConfig(NEW);
  assert.deepEqual(config.limits, {
    openCandidates: 50,
    claimsPerDocument: 500,
    fileBytes: 2_000_000,
  });
  assert.equal(config.budgets.context, 4_000);
  assert.equal(config.auth, 'token');
  assert.deepEqual(readConfig(`\ufeff${NEW}`), config);
});

const with_ = (more: object): string => JSON.stringify({ ...JSON.parse(NEW), ...more });
const WRONG: readonly (readonly [string, string, string, RegExp])[] = [
  ['no JSON', '{', 'invalid', /JSON/],
  ['null', 'null', 'invalid', /./],
  ['a newer format', with_({ format: 2 }), 'newer-format', /format 2.*Update/],
  ['a format that is no number', with_({ format: '1' }), 'invalid', /format/],
  ['an unknown key', with_({ limit: {} }), 'invalid', /limit/],
  [
    'a limit out of range',
    with_({ limits: { openCandidates: 0 } }),
    'invalid',
    /limits\.openCandidates/,
  ],
  ['an unknown way of signing in', with_({ auth: 'maybe' }), 'invalid', /auth/],
  ['plugins as a list', with_({ plugins: ['cues'] }), 'invalid', /plugins/],
  ['a store id that is none', with_({ store: '../x' }), 'invalid', /store/],
];

for (const [name, text, code, says] of WRONG) {
  test(`atocore.json is refused: ${name}`, () => {
    assert.throws(
      () => readConfig(text),
      (error) => isAtoError(error) && error.code === code && says.test(error.message),
    );
  });
}

test('18 a prototype in atocore.json stays data', () => {
  try {
    readConfig(NEW.replace('"plugins": {', '"plugins": {"__proto__": {"x": 1},'));
  } catch (error) {
    assert.ok(isAtoError(error, 'invalid'));
  }
  assert.equal(Reflect.get({}, 'x'), undefined);
});
