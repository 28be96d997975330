import assert from 'node:assert/strict';
import test from 'node:test';
import { STATUSES } from '../../src/model/kinds.ts';
import { type Act, actBetween, refusal, statusAfter } from '../../src/model/lifecycle.ts';
import type { Status } from '../../src/plugin.ts';

/** The table of domain.md §4 as it stands there. */
const LAWFUL: Readonly<Record<string, Act>> = {
  'candidate active': 'promote',
  'candidate invalid': 'reject',
  'active superseded': 'supersede',
  'active invalid': 'invalidate',
  'active graduated': 'graduate',
  'superseded active': 'reinstate',
  'invalid active': 'reinstate',
  'graduated active': 'reinstate',
};
const ACTS = [...new Set(Object.values(LAWFUL))];

for (const from of STATUSES) {
  for (const to of STATUSES) {
    const act = LAWFUL[`${from} ${to}`];
    test(`from ${from} to ${to} leads ${act ?? 'nothing'}`, () => {
      assert.equal(actBetween(from, to, 'memory'), act);
      assert.equal(actBetween(from, to, 'entity'), act === 'graduate' ? undefined : act);
    });
  }
  test(`each act on a record that is ${from} leads where the table says, or is refused with why`, () => {
    for (const act of ACTS) {
      const row = Object.entries(LAWFUL).find(
        ([between, each]) => each === act && between.startsWith(`${from} `),
      );
      const to = row?.[0].split(' ')[1] as Status | undefined;
      assert.equal(statusAfter(act, from), to);
      if (to === undefined) assert.match(refusal(act, from), new RegExp(`to ${act}.*${from}`));
    }
  });
}
