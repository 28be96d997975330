/**
 * Conflicts, current values and stale exposure on 455 numbered facts of which a third was changed
 * later: the general detector, the set's own sentences as templates, and no detector at all.
 * Run: node --import tsx test/bench/factconsolidation.ts [--one-by-one]
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import slots from '../../plugins/slots/index.ts';
import { foldSubject } from '../../plugins/text/statement.ts';
import { Engine } from '../../src/engine.ts';
import { EVAL_FOLDER } from '../../src/eval-sets.ts';
import { newStore } from '../../src/new-store.ts';
import type { KnowledgeRecord, ProjectId, RecordId, StorePath } from '../../src/plugin.ts';
import { buildContext } from '../../src/view/context.ts';
import type { View } from '../../src/view/view.ts';
import { put } from '../support/store-tree.ts';

const FOLDER = join(EVAL_FOLDER, 'factconsolidation');
const PROJECT = 'facts' as ProjectId;
const BEN = { name: 'Bench', email: 'bench@example.org' };
const TODAY = '2026-11-22';

/** The sentences that the set is made of, its spelling included. */
const PATTERNS: readonly string[] = [
  ...[
    'was born in the city of',
    'died in the city of',
    'worked in the city of',
    'was founded in the city of',
    'plays the position of',
    'is located in the continent of',
    'is married to',
    'was founded by',
    'is associated with the sport of',
    'is a citizen of',
    'was performed by',
    'is employed by',
    'speaks the language of',
    'is famous for',
    'was created in the country of',
    'was created by',
    'is affiliated with the religion of',
    'works in the field of',
    'was written in the language of',
    'was developed by',
  ].map((words) => `{subject} ${words} {value}`),
  ...[
    'chairperson',
    'director',
    'author',
    'chief executive officer',
    'capital',
    'Prime Minister',
    'official language',
    'origianl broadcaster',
  ].map((role) => `The ${role} of {subject} is {value}`),
  'The headquarters of {subject} is located in the city of {value}',
  'The univeristy where {subject} was educated is {value}',
  'The type of music that {subject} plays is {value}',
  'The company that produced {subject} is {value}',
  'The name of the current head of state in {subject} is {value}',
  'The name of the current head of the {subject} government is {value}',
  "{subject}'s child is {value}",
];

interface Fact {
  readonly n: number;
  readonly text: string;
  readonly id: RecordId;
}

interface Slot {
  readonly slot: string;
  readonly facts: readonly { readonly n: number; readonly value: string }[];
}

if (!existsSync(FOLDER)) {
  console.log(`skipped: no facts at ${FOLDER}; set ATOCORE_EVAL`);
  process.exit(0);
}

const facts = readFacts();
const gold = JSON.parse(readFileSync(join(FOLDER, 'gold_slots.json'), 'utf8')) as readonly Slot[];
const changed = gold.filter(({ facts: of }) => new Set(of.map(({ value }) => value)).size > 1);

console.log(`${facts.length} facts, ${gold.length} slots, ${changed.length} changed`);
console.table({
  'general detector': detection([]),
  'with the templates of the set': detection(PATTERNS),
});
await serving();

function readFacts(): readonly Fact[] {
  const lines = readFileSync(join(FOLDER, 'facts_6k.txt'), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, number, text] = /^(\d+)\. (.+)$/.exec(line) ?? [];
    if (number === undefined || text === undefined) return [];
    return [{ n: Number(number), text, id: `knw-f${number.padStart(4, '0')}` as RecordId }];
  });
}

/** All facts active at once, no value given: what is read is read from the sentence. */
function detection(patterns: readonly string[]) {
  const plugin = slots.create(slots.checkOptions?.({ patterns }) ?? { templates: [] });
  const records = new Map(facts.map((fact) => [fact.id, recordOf(fact)]));
  const found = (plugin.detect?.(records) ?? []).map(({ members }) =>
    members.map(({ id }) => numberOf(id)),
  );
  const slotOf = new Map(gold.flatMap(({ slot, facts: of }) => of.map(({ n }) => [n, slot])));
  const right = found.filter((numbers) => new Set(numbers.map((n) => slotOf.get(n))).size === 1);
  const rightSlots = new Set(right.map(([n = -1]) => slotOf.get(n)));
  return {
    conflicts: found.length,
    precision: percent(right.length, found.length),
    recall: percent(changed.filter(({ slot }) => rightSlots.has(slot)).length, changed.length),
  };
}

function recordOf({ id, text }: Fact): KnowledgeRecord {
  return {
    id,
    type: 'memory',
    kind: 'knowledge',
    project: PROJECT,
    path: `projects/${PROJECT}/records/knowledge/fact--${id}.md` as StorePath,
    status: 'active',
    subject: foldSubject(text),
    text,
    confidence: 0.9,
    tags: [],
    origins: [],
    handAuthored: true,
    conflicts: [],
    supersedes: [],
    relations: [],
  };
}

/**
 * A real store that gets the facts in order, each proposed by an agent and promoted by a person, as
 * an amended history is. Where an open conflict names a new fact, a person resolves it in favour of
 * the newest, which supersedes the others.
 */
async function serving(): Promise<void> {
  const isOneByOne = process.argv.includes('--one-by-one');
  const rows: Record<string, unknown> = {};
  rows['no conflict handling'] = await served({}, isOneByOne, false);
  rows['general, disputes left open'] = await served({ slots: {} }, isOneByOne, false);
  rows['general, newest wins'] = await served({ slots: {} }, isOneByOne, true);
  const templates = { slots: { patterns: PATTERNS } };
  rows['templates, disputes left open'] = await served(templates, isOneByOne, false);
  rows['templates, newest wins'] = await served(templates, isOneByOne, true);
  console.log(
    `100 questions; facts proposed, promoted ${isOneByOne ? 'one by one' : '5 at a time'} and resolved through the acts of a real engine.`,
  );
  console.table(rows);
}

async function served(
  plugins: Readonly<Record<string, unknown>>,
  isOneByOne: boolean,
  isSettledByPerson: boolean,
) {
  const folder = await mkdtemp(join(tmpdir(), 'facts-'));
  const store = join(folder, 'store');
  await newStore(store, { example: false, by: BEN });
  const config = JSON.parse(readFileSync(join(store, 'atocore.json'), 'utf8')) as object;
  await writeFile(join(store, 'atocore.json'), JSON.stringify({ ...config, plugins }));
  await put(store, `projects/${PROJECT}/project.md`, `---\nid: ${PROJECT}\ntitle: Facts\n---\n`);
  const engine = await Engine.open({ folder: store, watch: false });
  await engine.ready();
  const ids = new Map<number, RecordId>();
  let commits = 0;
  const size = isOneByOne ? 1 : 5;
  for (let at = 0; at < facts.length; at += size) {
    for (const { n, text } of facts.slice(at, at + size)) {
      const draft = { type: 'memory', kind: 'knowledge', project: PROJECT, text } as const;
      const subject = foldSubject(text);
      const creation = { draft: { ...draft, subject }, by: BEN, as: 'agent' } as const;
      ids.set(n, (await engine.create({ ...creation, origins: [`fact ${n}`] })).record.id);
    }
    const choices = facts
      .slice(at, at + size)
      .map(({ n }) => ({ act: 'promote', id: ids.get(n) ?? ('' as RecordId) }) as const);
    await engine.decideMany(choices, { by: BEN });
    commits += size + 1;
    if (isSettledByPerson) commits += await newestWins(engine, ids);
  }
  const { view } = engine;
  if (view === undefined) throw new TypeError('a settled engine has a view');
  const told = { view, ids };
  const figures = { ...currentValues(told), ...packs(told), acts: commits };
  await engine.close();
  await rm(folder, { recursive: true, force: true });
  return figures;
}

/** A person resolves each open conflict in favour of the fact that came last. */
async function newestWins(engine: Engine, ids: ReadonlyMap<number, RecordId>): Promise<number> {
  const numbers = new Map([...ids].map(([n, id]) => [id, n]));
  const open = (engine.view?.settlement.conflicts ?? []).filter(({ status }) => status === 'open');
  for (const { id, conflict } of open) {
    const members = conflict.members.map((member) => member.id);
    const newest = members.sort((a, b) => (numbers.get(b) ?? -1) - (numbers.get(a) ?? -1))[0];
    if (newest === undefined) throw new TypeError('a conflict has members');
    await engine.resolveConflict({ id, how: { promoteWinner: newest }, by: BEN });
  }
  return open.length;
}

/** A view of a store, and which record a fact became. */
interface Told {
  readonly view: View;
  readonly ids: ReadonlyMap<number, RecordId>;
}

/** By the slot of each question: what its active records say. */
function currentValues(told: Told) {
  let current = 0;
  let stale = 0;
  let disputed = 0;
  for (const { facts: of } of questionSlots()) {
    const active = of.filter(({ n }) => recordIn(told, n)?.status === 'active');
    const newest = of.at(-1)?.value;
    const wrong = active.filter(({ value }) => value !== newest);
    const isMarked = wrong.some(({ n }) => isDisputed(told, n));
    if (active.length > 0 && wrong.length === 0) current += 1;
    else if (isMarked) disputed += 1;
    else stale += 1;
  }
  return { 'only current': current, disputed, 'stale as current': stale };
}

/** By the pack that an agent gets for the question. */
function packs(told: Told) {
  const { view, ids } = told;
  const asked = questionSlots();
  let current = 0;
  let stale = 0;
  for (const { question, facts: of } of asked) {
    const pack = buildContext(view, {
      prompt: question,
      project: PROJECT,
      budget: 4_000,
      today: TODAY,
    });
    const included = new Set<string>(pack.receipt.included.map(({ id }) => id));
    const newest = of.at(-1)?.value;
    const inPack = of.filter(({ n }) => included.has(ids.get(n) ?? ''));
    if (inPack.some(({ value }) => value === newest)) current += 1;
    if (inPack.some(({ n, value }) => value !== newest && !isDisputed(told, n))) stale += 1;
  }
  return { 'current in pack': current, 'stale unmarked in pack': stale };
}

function recordIn({ view, ids }: Told, n: number): KnowledgeRecord | undefined {
  return view.settlement.records.get(ids.get(n) ?? ('' as RecordId))?.record;
}

function isDisputed(told: Told, n: number): boolean {
  return (recordIn(told, n)?.conflicts.length ?? 0) > 0;
}

/** Each question with the gold slot that it asks for: named thing and answer are both its own. */
function questionSlots(): readonly (Slot & { readonly question: string })[] {
  const { questions, answers } = JSON.parse(
    readFileSync(join(FOLDER, 'sh_questions.json'), 'utf8'),
  ) as { questions: readonly string[]; answers: readonly (readonly string[])[] };
  return questions.map((question, at) => {
    const fitting = gold.filter(({ slot, facts: of }) => {
      const thing = slot.slice(slot.indexOf('|') + 1);
      return question.includes(thing) && answers[at]?.includes(of.at(-1)?.value ?? '') === true;
    });
    const longest = fitting.sort((a, b) => b.slot.length - a.slot.length);
    const [slot] = longest;
    if (slot === undefined) throw new TypeError(`no slot for question ${at}: ${question}`);
    return { ...slot, question };
  });
}

function numberOf(id: string): number {
  return Number(/\d+$/.exec(id)?.[0] ?? -1);
}

function percent(part: number, of: number): string {
  return of === 0 ? '—' : `${((100 * part) / of).toFixed(1)} % (${part}/${of})`;
}
