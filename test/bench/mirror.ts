/** Prints how long the pages of 10,000 records take, and answering the dearest questions about them. */
import mirror from '../../plugins/mirror/index.ts';
import { linkRecords } from '../../src/model/links.ts';
import { settle } from '../../src/pipeline/settle.ts';
import type { KnowledgeRecord, RecordId, Records } from '../../src/plugin.ts';
import { factsOf } from '../../src/view/questions/facts.ts';
import { QUESTIONS } from '../../src/view/questions.ts';
import type { View } from '../../src/view/view.ts';
import { recordFile, snapshotOf, type Texts } from '../support/settle-tree.ts';

const KINDS = ['component', 'requirement', 'decision', 'parameter', 'constraint'] as const;
const COUNT = 10_000;

function files(): Texts {
  const made: Record<string, string> = { 'projects/p05/project.md': '---\nid: p05\n---\n' };
  for (let at = 0; at < 50; at += 1) {
    Object.assign(made, recordFile({ id: `sub-${at}`, kind: 'subsystem', subject: `cell ${at}` }));
  }
  for (let at = 50; at < COUNT; at += 1) {
    const kind = KINDS[at % KINDS.length] ?? 'component';
    const relations =
      kind === 'component'
        ? [
            `part_of: sub-${at % 50}`,
            `satisfies: ${idOf(at + 1)}`,
            `affected_by_decision: ${idOf(at + 2)}`,
          ]
        : [];
    Object.assign(
      made,
      recordFile({
        id: idOf(at),
        kind,
        subject: `${kind} number ${at} of cell ${at % 50}`,
        text: `The ${kind} number ${at} is made so that cell ${at % 50} holds within ${at % 97} µm at 20 °C.`,
        more: [
          `value: ${at % 97} µm`,
          `relations: ${JSON.stringify(relations)}`,
          `stated_depends_on: ["cell ${(at + 1) % 50}"]`,
        ],
      }),
    );
  }
  return made;
}

function idOf(at: number): string {
  const kind = KINDS[at % KINDS.length] ?? 'component';
  const prefix = {
    component: 'cmp',
    requirement: 'req',
    decision: 'dec',
    parameter: 'par',
    constraint: 'con',
  };
  return `${prefix[kind]}-${Math.min(at, COUNT - 1)}`;
}

/** The fastest of 15 says what the work takes, the median what a busy machine makes of it. */
function time(name: string, work: () => unknown): void {
  const times = Array.from({ length: 15 }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  const [fastest = 0] = times;
  const median = times[7] ?? 0;
  console.log(
    `${name.padEnd(34)} fastest ${fastest.toFixed(1)} ms, median ${median.toFixed(1)} ms`,
  );
}

const settlement = settle(snapshotOf(files()));
const records: Records = new Map(
  [...settlement.records].map(([id, { record }]): [RecordId, KnowledgeRecord] => [id, record]),
);
const stated = (id: RecordId) => settlement.records.get(id)?.stated ?? {};
const plugin = mirror.create(undefined);
const pages = plugin.render?.(records) ?? [];
const bytes = pages.reduce((sum, { text }) => sum + text.length, 0);
console.log(`${records.size} records, ${pages.length} pages, ${(bytes / 1_000).toFixed(0)} kB`);
time('render all pages', () => plugin.render?.(records));
time('alternative: records as one JSON', () => JSON.stringify([...records.values()]));
time('link all records', () => linkRecords(records, stated));
const view = { settlement, touches: new Map() } as unknown as View;
time('graph of all records', () => factsOf(view, '2026-11-22'));
const facts = factsOf(view, '2026-11-22');
for (const { id, parameters, answer } of QUESTIONS) {
  const isAbout = (name: string) =>
    parameters.some((each) => each.name === name && each.isRequired);
  const given = isAbout('record')
    ? { record: 'cell 7', project: 'p05' }
    : isAbout('since')
      ? { since: '2026-01-01' }
      : { project: 'p05' };
  time(`question ${id}`, () => answer(facts, given));
}
