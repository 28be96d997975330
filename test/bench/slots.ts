/**
 * Time of the slot detector on 10,000 records: prose, one crowded slot, and records that all
 * disagree, beside comparing each record with each.
 * Run: node --import tsx test/bench/slots.ts
 */
import slots from '../../plugins/slots/index.ts';
import type { KnowledgeRecord, RecordId } from '../../src/plugin.ts';
import { readPairs } from '../plugins/slot-pairs.ts';
import { record } from '../plugins/slot-records.ts';

const RECORDS = 10_000;
const ROUNDS = 9;
const says = readPairs('slot-pairs').flatMap(({ a, b }) => [a.says, b.says]);

const SHAPES: Readonly<Record<string, (n: number) => KnowledgeRecord>> = {
  'prose, each of its own subject': (n) =>
    record({ id: `r${n}`, subject: `part ${n}`, text: says[n % says.length] ?? '' }),
  'values, a third of them disputed': (n) =>
    record({
      id: `r${n}`,
      kind: 'decision',
      subject: `part ${n - (n % 3)}`,
      value: n % 3 === 0 ? 'Invar' : n % 3 === 1 ? 'invar' : 'bronze',
    }),
  'one slot, 10,000 values': (n) =>
    record({ id: `r${n}`, kind: 'decision', subject: 'part', value: `grade x${n}` }),
  'one slot, two values': (n) =>
    record({ id: `r${n}`, kind: 'decision', subject: 'part', value: `grade x${n % 2}` }),
};

const rows = Object.entries(SHAPES).map(([shape, make]) => {
  const records = new Map<RecordId, KnowledgeRecord>();
  for (let n = 0; n < RECORDS; n += 1) records.set(make(n).id, make(n));
  const taken: number[] = [];
  const repeated: number[] = [];
  let conflicts = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const plugin = slots.create({ templates: [] });
    const start = performance.now();
    conflicts = plugin.detect?.(records).length ?? 0;
    taken.push(performance.now() - start);
    const again = performance.now();
    plugin.detect?.(records);
    repeated.push(performance.now() - again);
  }
  return [
    shape,
    {
      'first look, ms': fastest(taken),
      'again, ms': fastest(repeated),
      conflicts,
      'each with each, ms': each(records),
    },
  ];
});
console.table(Object.fromEntries(rows));

/** The round that other work on the machine disturbed least. */
function fastest(taken: readonly number[]): number {
  return Math.round(Math.min(...taken));
}

/** The plainest alternative: folded subjects equal and values not, over all pairs. */
function each(records: ReadonlyMap<RecordId, KnowledgeRecord>): number {
  const list = [...records.values()].map(({ subject, value = '' }) => ({
    subject: subject.toLowerCase(),
    value: value.toLowerCase(),
  }));
  const start = performance.now();
  let found = 0;
  for (const one of list)
    for (const two of list) if (one.subject === two.subject && one.value !== two.value) found += 1;
  return found < 0 ? 0 : Math.round(performance.now() - start);
}
