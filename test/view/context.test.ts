import assert from 'node:assert/strict';
import test from 'node:test';
import { contextPacks } from '../../plugins/text/context-packs.ts';
import { formatFile } from '../../src/model/front-matter.ts';
import type { ProjectId, StorePath } from '../../src/plugin.ts';
import { buildContext, type ContextAsk, type Pack } from '../../src/view/context.ts';
import { countTokens } from '../../src/view/tokens.ts';
import type { View } from '../../src/view/view.ts';
import { viewOfFiles } from '../../src/view-of-files.ts';

const P05 = 'p05' as ProjectId;

/** A file of a store, from few words. */
function record(
  id: string,
  text: string,
  more: Record<string, string | number | readonly string[] | undefined> = {},
): readonly [string, string] {
  const { project = 'p05', type = 'entity', kind = 'decision', ...fields } = more;
  const front = { id, type, kind, project, status: 'active', subject: 'x', hand_authored: true };
  const path = `projects/${project}/records/${kind}/r--${id}.md`;
  return [path, formatFile({ ...front, ...fields }, `\n${text}\n`)];
}

function state(
  key: string,
  value: string,
  more: Record<string, string> = {},
): readonly [string, string] {
  const { project = 'p05', ...fields } = more;
  const front = { type: 'state', project, category: 'decision', key, value, ...fields };
  return [`projects/${project}/state/decision/${key}.md`, formatFile(front, '')];
}

function note(name: string, text: string, project = 'p05'): readonly [string, string] {
  return [`projects/${project}/sources/notes/${name}.md`, text];
}

function viewOf(...files: readonly (readonly [string, string])[]): Promise<View> {
  return viewOfFiles(new Map(files as readonly (readonly [StorePath, string])[]));
}

function ask(view: View, prompt: string, more: Partial<ContextAsk> = {}): Pack {
  return buildContext(view, { prompt, project: P05, budget: 4_000, today: '2026-11-22', ...more });
}

function idsIn(pack: Pack, section: string): readonly string[] {
  const found = pack.sections.find(({ name }) => name === section);
  return (found?.entries ?? []).map(({ id }) => id);
}

function outOf(pack: Pack, id: string): string | undefined {
  return pack.receipt.leftOut.find((out) => out.id === id)?.reason;
}

test('every entry shows layer, id, path and date, and sections stand in order of trust', async () => {
  const view = await viewOf(
    note('a', '# Supports\n\nThe lateral supports carry the mirror.\n'),
    record('dec-1', 'The lateral supports are glued.'),
    record('prj-1', 'Lateral supports arrive in May.', { type: 'memory', kind: 'project' }),
    record('knw-1', 'Supports creep.', { type: 'memory', kind: 'knowledge', project: '_global' }),
    state('lateral-supports', 'twelve'),
  );
  const pack = ask(view, 'How are the lateral supports made?');
  assert.deepEqual(
    pack.sections.map(({ name }) => name),
    ['state', 'memories', 'entities', 'knowledge', 'passages'],
  );
  for (const { entries } of pack.sections) {
    for (const { id, path, date, layer, text } of entries) {
      const label = text.slice(0, text.indexOf(']'));
      for (const part of [id, path, date, layer])
        assert.ok(label.includes(part), `${part} in ${label}`);
    }
  }
  assert.equal(pack.totalChars, pack.formattedContext.length);
  assert.equal(pack.tokens, countTokens(pack.formattedContext));
  assert.match(pack.formattedContext, /reference data about project p05/);
});

const NEVER: readonly (readonly [string, Record<string, string>, string | undefined])[] = [
  ['candidate', { status: 'candidate' }, undefined],
  ['superseded', { status: 'superseded', superseded_by: 'dec-2' }, 'superseded'],
  ['rejected', { status: 'invalid' }, 'rejected'],
  ['expired', { valid_until: '2026-11-21' }, 'expired'],
  ['of another project', { project: 'p06' }, 'scope'],
];

for (const [name, fields, reason] of NEVER) {
  test(`a record that is ${name} is not served, and the receipt says why`, async () => {
    const view = await viewOf(record('dec-1', 'The mirror coating is silver.', fields));
    const pack = ask(view, 'mirror coating');
    assert.ok(!pack.formattedContext.includes('silver'));
    assert.equal(outOf(pack, 'dec-1'), reason);
    assert.ok(!JSON.stringify(pack).includes('silver'), 'not even in its receipt');
  });
}

test('without a known project every project may answer, with one it may not', async () => {
  const view = await viewOf(
    record('dec-1', 'The mirror coating is silver.', { project: 'p06' }),
    state('phase', 'build', { project: 'p07' }),
  );
  const { project: _, ...free } = { project: P05 };
  const pack = buildContext(view, {
    ...free,
    prompt: 'mirror coating',
    budget: 4_000,
    today: '2026-01-01',
  });
  assert.deepEqual(idsIn(pack, 'entities'), ['dec-1']);
  assert.deepEqual(idsIn(pack, 'state'), [], 'state of a project that nobody named stays out');
});

test('a prompt that nothing matches gets a short pack that says so', async () => {
  const view = await viewOf(
    note('a', '# A\n\nThe mirror.\n'),
    record('dec-1', 'The mirror is round.'),
  );
  const pack = ask(view, 'zebra crossing');
  assert.match(pack.formattedContext, /Nothing in the store matches this prompt/);
  assert.deepEqual(pack.sections, []);
  assert.ok(pack.totalChars < 600);
  const standing = ask(await viewOf(state('phase', 'build')), 'zebra crossing');
  assert.deepEqual(idsIn(standing, 'state'), ['state/p05/decision/phase']);
  assert.match(standing.formattedContext, /Nothing in the store matches this prompt/);
});

test('trusted state stands in the same order whatever the prompt, so that what precedes it is cached', async () => {
  const view = await viewOf(
    state('alpha', 'mirror cell'),
    state('beta', 'coating plant'),
    note('a', '# A\n\nThe mirror cell and the coating plant.\n'),
  );
  const [one = '', other = ''] = ['mirror cell', 'coating plant'].map(
    (prompt) => ask(view, prompt).formattedContext,
  );
  const end = one.indexOf('## Passages');
  assert.ok(end > 0);
  assert.equal(one.slice(0, end), other.slice(0, end));
});

test('an entry that does not fit is skipped so that a shorter one may, and says so', async () => {
  const long = `mirror support ${'detail '.repeat(150)}`;
  const view = await viewOf(
    record('prj-1', long, { type: 'memory', kind: 'project' }),
    record('prj-2', 'mirror support', { type: 'memory', kind: 'project' }),
  );
  const pack = ask(view, 'mirror support', { budget: 900 });
  assert.deepEqual(idsIn(pack, 'memories'), ['prj-2']);
  assert.equal(outOf(pack, 'prj-1'), 'budget');
});

test('a lower section never pushes out what a share gave to a higher one', async () => {
  const states = Array.from({ length: 12 }, (_, at) => state(`key-${at}`, `mirror fact ${at}`));
  const memories = Array.from({ length: 30 }, (_, at) =>
    record(`prj-${at}`, `mirror memory ${at}`, { type: 'memory', kind: 'project' }),
  );
  const notes = Array.from({ length: 30 }, (_, at) =>
    note(`n${at}`, `# N${at}\n\n${`mirror ${at} text `.repeat(20)}\n`),
  );
  const few = idsIn(ask(await viewOf(...states), 'mirror', { budget: 3_000 }), 'state');
  const all = ask(await viewOf(...states, ...memories, ...notes), 'mirror', { budget: 3_000 });
  assert.ok(few.length >= idsIn(all, 'state').length);
  assert.ok(idsIn(all, 'state').length > 2);
  assert.ok(idsIn(all, 'memories').length > 2);
  const big = state('one', `mirror ${'fact '.repeat(180)}`);
  const pack = ask(await viewOf(big, ...memories, ...notes), 'mirror', { budget: 2_500 });
  assert.deepEqual(idsIn(pack, 'state'), ['state/p05/decision/one'], 'larger than its share');
});

test('a passage that still says what was superseded is left out, and shown marked to who asks for it', async () => {
  const view = await viewOf(
    note('old', '# Supports\n\nThe lateral support material is GF-PTFE, from the catalogue.\n'),
    note('both', '# Change\n\nThe lateral support material went from GF-PTFE to Zerodur.\n'),
    record('dec-1', 'The lateral support material is GF-PTFE.', {
      subject: 'lateral support material',
      value: 'GF-PTFE',
      status: 'superseded',
      superseded_by: 'dec-2',
    }),
    record('dec-2', 'The lateral support material is Zerodur.', {
      subject: 'lateral support material',
      value: 'Zerodur',
    }),
  );
  const old = 'projects/p05/sources/notes/old.md#00000';
  const pack = ask(view, 'Which lateral support material do we use?');
  assert.deepEqual(idsIn(pack, 'entities'), ['dec-2']);
  assert.equal(outOf(pack, old), 'superseded');
  assert.ok(!idsIn(pack, 'passages').includes(old));
  assert.ok(idsIn(pack, 'passages').includes('projects/p05/sources/notes/both.md#00000'));
  assert.match(pack.formattedContext, /went from GF-PTFE to Zerodur\. \[superseded by dec-2\]/);
  const asked = ask(view, 'Why was GF-PTFE the lateral support material?');
  const entry = asked.sections.at(-1)?.entries.find(({ id }) => id === old);
  assert.match(entry?.text ?? '', /superseded: "GF-PTFE" gave way to "Zerodur" \(dec-2\)/);
});

test('trusted state overrules records and passages of its slot, by name', async () => {
  const view = await viewOf(
    state('support-material', 'Zerodur'),
    note('a', '# A\n\nThe support material is steel, said somebody.\n'),
    record('dec-1', 'The support material is brass.', {
      subject: 'Support Material',
      value: 'brass',
    }),
  );
  const pack = ask(view, 'support material');
  const [entity] = pack.sections.find(({ name }) => name === 'entities')?.entries ?? [];
  // As a conflict where a plugin detects one, as a ruling where none does.
  assert.match(
    entity?.text ?? '',
    /(?:superseded: "brass" gave way to "Zerodur" \(|disputed .* says Zerodur; the higher layer is current)/,
  );
  assert.match(entity?.text ?? '', /state\/p05\/decision\/support-material/);
  const [passage] = pack.sections.find(({ name }) => name === 'passages')?.entries ?? [];
  assert.match(passage?.text ?? '', /where it differs, trusted state holds: Zerodur/);
});

test('a dispute names both sides, and which layer is current', async () => {
  const conflict = formatFile(
    {
      id: 'conflict-1',
      type: 'conflict',
      status: 'open',
      project: 'p05',
      slot: 'decision|p05|coating',
      members: ['dec-1 = silver', 'state/p05/decision/coating = gold'],
      reason: 'two values',
    },
    '\n',
  );
  const base = await viewOf(
    state('coating', 'gold'),
    record('dec-1', 'The coating is silver.', { subject: 'coating', value: 'silver' }),
  );
  assert.ok(conflict.includes('silver'));
  const members = [
    { id: 'dec-1', value: 'silver' },
    { id: 'state/p05/decision/coating', value: 'gold' },
  ];
  const view = {
    ...base,
    settlement: {
      ...base.settlement,
      conflicts: [
        {
          id: 'conflict-1',
          path: 'conflicts/conflict-1.md',
          status: 'open',
          conflict: { slot: 'decision|p05|coating', project: P05, members, reason: 'two values' },
        },
      ],
    },
  } as unknown as View;
  const text = ask(view, 'coating').formattedContext;
  assert.match(
    text,
    /disputed \(conflict-1\): dec-1 says silver; this is of the higher layer and current/,
  );
  assert.match(
    text,
    /disputed \(conflict-1\): state\/p05\/decision\/coating says gold; the higher layer is current/,
  );
});

test('the same words are served once, from the highest layer', async () => {
  const view = await viewOf(
    record('prj-1', 'The mirror is round.', { type: 'memory', kind: 'project' }),
    record('dec-1', 'The  mirror is round'),
  );
  const pack = ask(view, 'mirror round');
  assert.deepEqual(idsIn(pack, 'memories'), ['prj-1']);
  assert.equal(outOf(pack, 'dec-1'), 'duplicate');
});

test('relations name what may be served, and no candidate', async () => {
  const view = await viewOf(
    record('cmp-1', 'The mirror cell.', {
      kind: 'component',
      relations: ['affected_by_decision: dec-1', 'depends_on: dec-2', 'nonsense'],
    }),
    record('dec-1', 'It is glued.', { subject: 'glue choice' }),
    record('dec-2', 'It is bolted.', { subject: 'bolt choice', status: 'candidate' }),
  );
  const text = ask(view, 'mirror cell').formattedContext;
  assert.match(text, /— affected by decision glue choice \(dec-1\)/);
  assert.ok(!text.includes('bolt choice'));
});

test('past its deadline a pack is partial, names what is missing and is still fenced', async () => {
  const view = await viewOf(
    note('a', '# A\n\nThe mirror.\n'),
    record('dec-1', 'The mirror is round.'),
  );
  const answers = [false, true];
  const late = ask(view, 'mirror round', { isLate: () => answers.shift() ?? true });
  assert.equal(late.partial, true);
  assert.deepEqual(late.late, ['passages']);
  assert.deepEqual(idsIn(late, 'entities'), ['dec-1']);
  const nothing = ask(view, 'mirror', { isLate: () => true });
  assert.equal(nothing.late.length, 6);
  assert.match(nothing.formattedContext, /could not be searched in time/);
});

test('a served pack is taken out of a capture whole, and nothing beside it', async () => {
  const view = await viewOf(
    note(
      'a',
      '# A\n\n<!-- /atocore:context 0000 -->\n\nThe mirror <!-- atocore:context 0000 -->.\n',
    ),
  );
  const { formattedContext } = ask(view, 'mirror');
  const lines = formattedContext.trimEnd().split('\n').length;
  const packs = contextPacks(`before\n${formattedContext}after\n`);
  assert.deepEqual(packs, [{ start: 2, end: lines + 1 }]);
});

test('a budget smaller than the frame gives nothing rather than something unfenced', async () => {
  const pack = ask(await viewOf(state('phase', 'build')), 'phase', { budget: 200 });
  assert.equal(pack.formattedContext, '');
  assert.deepEqual([pack.totalChars, pack.tokens], [0, 0]);
  assert.equal(outOf(pack, 'state/p05/decision/phase'), 'budget');
});

test('the receipt counts tokens by section and explains each score', async () => {
  const view = await viewOf(
    note('a', '# Mirror\n\nThe mirror is round.\n'),
    record('dec-1', 'The mirror is round.'),
  );
  const { receipt, sections, tokenizer } = ask(view, 'round mirror');
  assert.equal(tokenizer, 'o200k_base');
  for (const { name, tokens } of sections) assert.equal(receipt.tokens[name], tokens);
  assert.ok((receipt.tokens.frame ?? 0) > 50);
  const [entity, passage] = receipt.included;
  assert.equal(entity?.terms.overlap, 2);
  assert.ok(Object.keys(passage?.terms ?? {}).includes('text: round ×1'));
  assert.deepEqual(receipt.considered, { records: 1, passages: 1 });
  assert.match(receipt.configuration, /^sha256-[0-9a-f]{16}$/);
});
