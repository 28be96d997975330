/** What conversations say of active records: thresholds, pool, bounds (domain.md §8). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCapture } from '../../src/model/captures.ts';
import type { ProjectId, RecordId } from '../../src/plugin.ts';
import {
  effectiveConfidence,
  freshnessOf,
  reinforcementOf,
  stemsNeeded,
} from '../../src/view/reinforcement.ts';
import type { View } from '../../src/view/view.ts';
import { recordText, settledView } from '../support/settled-view.ts';

const TEXT = 'The lateral supports of the primary mirror are bronze pads.';
const ID = 'knw-aaaaaaaaaaaa' as RecordId;

function record(id: string, fields: Readonly<Record<string, string>>, text: string) {
  const { project = 'p1', kind = 'knowledge' } = fields;
  const all = { id, kind, project, subject: 'supports', confidence: '0.7', ...fields };
  return { [`projects/${project}/records/${kind}/s--${id}.md`]: recordText(all, text) };
}

function capture(prompt: string, at: string, { project = 'p1', reinforce = true } = {}) {
  const turn = { prompt, project: project as ProjectId, reinforce, extract: false };
  const { capture: made, text } = formatCapture(turn, at);
  return { [made.path]: text };
}

function counts(view: View): Readonly<Record<string, number>> {
  return Object.fromEntries([...reinforcementOf(view)].map(([id, { count }]) => [id, count]));
}

const NEEDED: readonly (readonly [stems: number, needed: number])[] = [
  [0, Number.POSITIVE_INFINITY],
  [1, 1],
  [7, 5],
  [10, 7],
  [15, 11],
  [16, 12],
  [34, 12],
  [40, 14],
  [100, 35],
];

test('70 % of the stems are needed, or of more than fifteen at least 12 and 35 %', () => {
  for (const [stems, needed] of NEEDED) assert.equal(stemsNeeded(stems), needed, `${stems} stems`);
});

test('captures that ask for it reinforce what they contain, and the last of them is known', () => {
  const view = settledView({
    'projects/p1/project.md': '---\nid: p1\naliases: [one]\n---\n',
    ...record(ID, { valid_until: '2026-11-20' }, TEXT),
    ...capture('Do lateral supports of the mirror still use bronze pads?', '2026-11-02T10:00:00Z'),
    ...capture('Bronze pads, lateral: supporting the PRIMARY mirror!', '2026-11-03T10:00:00Z', {
      project: 'one',
    }),
    ...capture('What about the mirror and its supports?', '2026-11-04T10:00:00Z'),
    ...capture(TEXT, '2026-11-05T10:00:00Z', { reinforce: false }),
    ...capture(TEXT, '2026-11-06T10:00:00Z', { project: 'p2' }),
  });
  assert.deepEqual(reinforcementOf(view).get(ID), { count: 2, last: '2026-11-03T10:00:00Z' });
  const served = view.settlement.records.get(ID);
  assert.ok(served);
  assert.deepEqual(freshnessOf(view, served, '2026-11-22'), {
    confidence: 0.7,
    effectiveConfidence: 0.74,
    references: 2,
    lastReference: '2026-11-03T10:00:00Z',
    isExpired: true,
    touched: '2026-11-01T00:00:00Z',
  });
  assert.equal(freshnessOf(view, served, '2026-11-20').isExpired, false, 'its last day counts');
});

test('candidates, dead records, state and other projects are not in the pool; global preferences are', () => {
  const view = settledView({
    ...record('knw-aaaaaaaaaaab', { status: 'candidate' }, TEXT),
    ...record('knw-aaaaaaaaaaac', { status: 'invalid' }, TEXT),
    ...record('knw-aaaaaaaaaaad', { project: 'p2' }, TEXT),
    ...record('knw-aaaaaaaaaaae', { project: '_global' }, TEXT),
    ...record('prf-aaaaaaaaaaaf', { project: '_global', kind: 'preference' }, TEXT),
    'projects/p1/state/fact/supports.md': TEXT,
    ...capture(TEXT, '2026-11-02T10:00:00Z'),
  });
  assert.deepEqual(counts(view), { 'prf-aaaaaaaaaaaf': 1 });
});

test('effective confidence never passes 1', () => {
  const { record: strong } =
    settledView(record(ID, { confidence: '0.95' }, TEXT)).settlement.records.get(ID) ??
    assert.fail();
  assert.equal(effectiveConfidence(strong, 0), 0.95);
  assert.equal(effectiveConfidence(strong, 2), 0.99);
  assert.equal(effectiveConfidence(strong, 40), 1);
});
