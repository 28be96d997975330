import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { isAtoError } from '../../src/errors.ts';
import { BARE_SCORING, SCORING } from '../../src/view/scoring.ts';
import { type SearchDocument, SearchIndex } from '../../src/view/search-index.ts';
import { indexOf, searchDocument } from '../support/search-documents.ts';

const FOUND: readonly (readonly [name: string, text: string, query: string])[] = [
  ['a stem', 'The lateral supports were selected.', 'selecting a support'],
  ['an accent', 'Die Prüfung im Café', 'prufung cafe'],
  [
    'a German compound',
    'Die Donaudampfschifffahrtsgesellschaft',
    'donaudampfschifffahrtsgesellschaft',
  ],
  ['a part of a compound with a hyphen', 'Interferometer-Stützlager', 'Stützlager'],
  ['Japanese', '干渉計の支持構造を決定しました。', '支持構造'],
  ['Chinese', '我们决定使用新的支撑材料。', '材料'],
  ['an identifier', 'See REQ-012 for the load.', 'REQ-012'],
  ['a path', 'It is in projects/p05/sources/notes/supports.md now.', 'notes supports.md'],
  ['a name of Object.prototype', '__proto__ and constructor', '__proto__'],
];

for (const [name, text, query] of FOUND) {
  test(`a document is found by ${name}`, async () => {
    const index = await indexOf([
      searchDocument({ id: 'other', text: 'Something else entirely, about the weather.' }),
      searchDocument({ id: 'it', text }),
    ]);
    const { hits } = index.search({ text: query, limit: 10 });
    assert.deepEqual(
      hits.map(({ id }) => id),
      ['it'],
    );
  });
}

test('whole words match, never their beginnings', async () => {
  const index = await indexOf([searchDocument({ id: 'a', text: 'interferometer' })]);
  assert.equal(index.search({ text: 'inter', limit: 10 }).total, 0);
  assert.equal(index.search({ text: 'interferometers', limit: 10 }).total, 1);
});

test('an exact identifier and an exact path come before their words', async () => {
  const index = await indexOf([
    searchDocument({ id: 'a', text: 'req 012' }),
    searchDocument({ id: 'b', text: 'REQ-012' }),
    searchDocument({ id: 'c', text: 'notes supports md' }),
    searchDocument({ id: 'd', text: 'notes/supports.md' }),
  ]);
  const first = (text: string) => index.search({ text, limit: 1 }).hits[0]?.id;
  assert.equal(first('REQ-012'), 'b');
  assert.equal(first('notes/supports.md'), 'd');
});

test('title and heading count above text', async () => {
  const index = await indexOf([
    searchDocument({ id: 'text', text: 'mirror' }),
    searchDocument({ id: 'heading', heading: 'mirror' }),
    searchDocument({ id: 'title', title: 'mirror' }),
  ]);
  const { hits } = index.search({ text: 'mirror', limit: 3 }, BARE_SCORING);
  assert.deepEqual(
    hits.map(({ id }) => id),
    ['title', 'heading', 'text'],
  );
});

test('hostile documents are indexed, found and given back as they are', async () => {
  const texts = [
    '',
    '\u0000\ud800',
    'x'.repeat(2 ** 20),
    'toString hasOwnProperty',
    '漢'.repeat(5e4),
  ];
  const documents = texts.map((text, number) => searchDocument({ id: `__proto__${number}`, text }));
  const index = await indexOf(documents);
  for (const document of documents) assert.deepEqual(index.get(document.id), document);
  assert.equal(index.search({ text: texts[2] ?? '', limit: 5 }).hits[0]?.id, '__proto__2');
  assert.equal(index.search({ text: 'hasOwnProperty', limit: 5 }).total, 1);
  assert.equal(index.get('__proto__'), undefined);
});

test('a document beyond the limit is refused with its path and harms nothing', async () => {
  const index = await indexOf([searchDocument({ id: 'a', text: 'mirror' })]);
  const giant = searchDocument({ id: 'b', text: 'y '.repeat(5e6), path: 'big.md' });
  await assert.rejects(
    index.apply({ upserts: [giant] }),
    (error) => isAtoError(error, 'too-large') && error.message.includes('big.md'),
  );
  await index.apply({ upserts: [searchDocument({ id: 'c', text: 'mirror' })] });
  index.publish('r2');
  assert.deepEqual(index.ids(), ['a', 'c']);
  assert.equal(index.search({ text: 'mirror', limit: 5 }).total, 2);
});

test('a query without words finds nothing, and an unlawful limit is refused', async () => {
  const index = await indexOf([searchDocument({ id: 'a', text: 'mirror' })]);
  for (const text of ['', '  ', '!?', 'what is it']) {
    assert.deepEqual(index.search({ text, limit: 5 }).hits, []);
  }
  for (const limit of [0, -1, 1.5, 1_001, Number.NaN]) {
    assert.throws(
      () => index.search({ text: 'mirror', limit }),
      (error) => isAtoError(error, 'invalid'),
    );
  }
});

test('filters hold together, and tags must all be there', async () => {
  const index = await indexOf([
    searchDocument({ id: 'a', text: 'mirror', project: 'p1', tags: ['x', 'y'] }),
    searchDocument({ id: 'b', text: 'mirror', project: 'p2', tags: ['x'], layer: 'memory' }),
    searchDocument({ id: 'c', text: 'mirror', project: 'p2', kind: 'fact', status: 'candidate' }),
  ]);
  const ids = (filters: object) =>
    index.search({ text: 'mirror', limit: 5, ...filters }).hits.map(({ id }) => id);
  assert.deepEqual(ids({ projects: ['p2'] }), ['b', 'c']);
  assert.deepEqual(ids({ projects: ['p1', 'p2'], statuses: ['active'] }), ['a', 'b']);
  assert.deepEqual(ids({ layers: ['memory', 'entity'] }), ['b']);
  assert.deepEqual(ids({ kinds: ['fact'], projects: ['p1'] }), []);
  assert.deepEqual(ids({ tags: ['x'] }), ['a', 'b']);
  assert.deepEqual(ids({ tags: ['x', 'y'] }), ['a']);
  assert.deepEqual(ids({ projects: [] }), []);
  assert.deepEqual(ids({ projects: ['unknown'] }), []);
});

test('of a very long query the rarest words count', async () => {
  const common = Array.from({ length: 200 }, (_, number) => `word${number}`);
  const index = await indexOf([
    searchDocument({ id: 'a', text: common.join(' ') }),
    searchDocument({ id: 'b', text: common.join(' ') }),
    searchDocument({ id: 'c', text: 'mirror' }),
  ]);
  const { hits } = index.search({ text: `${common.join(' ')} mirror`, limit: 3 });
  assert.deepEqual(hits.map(({ id }) => id).sort(), ['a', 'b', 'c']);
  assert.equal(hits[0]?.terms.words.length, SCORING.termsMax - 1);
});

test('equal scores are ordered and cut by id, whatever the order of insertion', async () => {
  const documents = [...'dbacfe'].map((id) => searchDocument({ id, text: 'mirror' }));
  for (const order of [documents, documents.toReversed()]) {
    const index = await indexOf(order);
    const page = (offset: number) =>
      index.search({ text: 'mirror', limit: 2, offset }).hits.map(({ id }) => id);
    assert.deepEqual(
      [page(0), page(2), page(4)],
      [
        ['a', 'b'],
        ['c', 'd'],
        ['e', 'f'],
      ],
    );
  }
});

test('a passage is found through the passages around it, and its score says so', async () => {
  const passage = (id: string, ordinal: number, text: string) =>
    searchDocument({ id, path: 'notes.md', ordinal, ordinals: 3, text });
  const index = await indexOf([
    passage('p0', 0, 'Which material for the supports?'),
    passage('p1', 1, 'GF-PTFE it is.'),
    passage('p2', 2, 'Lunch at noon.'),
    searchDocument({ id: 'z', text: 'Nothing of the kind.' }),
  ]);
  const { hits, total } = index.search({ text: 'material supports', limit: 5 });
  assert.deepEqual([hits.map(({ id }) => id), total], [['p0', 'p1'], 2]);
  for (const { score, terms } of hits) {
    const words = terms.words.reduce((sum, word) => sum + word.score, 0);
    assert.ok(Math.abs(words + terms.neighbourhood + terms.source - score) < 1e-9);
  }
  assert.equal(hits[1]?.terms.words.length, 0);
  assert.equal(index.search({ text: 'material supports', limit: 5 }, BARE_SCORING).total, 1);
});

test('changes are published whole: until then readers see the revision before', async () => {
  const index = await indexOf([
    searchDocument({ id: 'a', text: 'mirror one' }),
    searchDocument({ id: 'b', text: 'mirror two' }),
  ]);
  const look = () => ({
    hits: index.search({ text: 'mirror', limit: 9 }).hits,
    a: index.get('a'),
    size: index.size,
    revision: index.revision,
  });
  const before = look();
  let pauses = 0;
  await index.apply(
    {
      removals: ['b'],
      upserts: [...'acdefg'].map((id) => searchDocument({ id, text: `mirror ${id} new` })),
    },
    {
      sliceCharacters: 1,
      pause: async () => {
        pauses += 1;
        assert.deepEqual(look(), before);
        assert.throws(
          () => index.publish('early'),
          (error) => isAtoError(error, 'busy'),
        );
      },
    },
  );
  assert.ok(pauses >= 7);
  assert.deepEqual(look(), before);
  index.publish('r2');
  assert.equal(index.revision, 'r2');
  assert.deepEqual(index.ids(), [...'acdefg']);
  assert.equal(index.search({ text: 'two', limit: 9 }).total, 0);
  assert.equal(index.search({ text: 'new', limit: 9 }).total, 6);
});

test('what is discarded is never seen', async () => {
  const index = await indexOf([searchDocument({ id: 'a', text: 'mirror' })]);
  const before = index.search({ text: 'mirror', limit: 9 }).hits;
  await index.apply({ removals: ['a'], upserts: [searchDocument({ id: 'b', text: 'mirror' })] });
  index.discard();
  index.publish('r2');
  assert.deepEqual(index.search({ text: 'mirror', limit: 9 }).hits, before);
});

const WORDS = ['mirror', 'lens', 'support', 'load', 'REQ-012', 'stage', 'laser', 'mount', 'mass'];
const QUERIES = ['mirror load', 'REQ-012 lens', 'laser', 'stage mount mass support'];

/** Everything a reader can ask for, with its scores. */
function seen(index: SearchIndex): unknown {
  return {
    size: index.size,
    documents: index.ids().map((id) => index.get(id)),
    answers: QUERIES.flatMap((text) =>
      [SCORING, BARE_SCORING].flatMap((scoring) =>
        [{}, { projects: ['p1'] }, { tags: ['t'] }].map((filters) => {
          const { hits, total } = index.search({ text, limit: 15, ...filters }, scoring);
          return { total, hits: hits.map(({ id, score, terms }) => ({ id, score, terms })) };
        }),
      ),
    ),
  };
}

test('1,200 changes in any order leave what a rebuilt index has, hits and scores', async () => {
  const words = fc.array(fc.constantFrom(...WORDS), { maxLength: 12 });
  const operation = fc.record({
    number: fc.nat(80),
    isRemoval: fc.boolean(),
    publishes: fc.nat(9).map((die) => die === 0),
    discards: fc.nat(60).map((die) => die === 0),
    text: words,
    heading: words,
    project: fc.constantFrom('p1', 'p2', 'p3'),
    tags: fc.subarray(['t', 'u']),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(operation, { minLength: 1_200, maxLength: 1_200, size: 'max' }),
      async (operations) => {
        const index = new SearchIndex();
        let published = new Map<string, SearchDocument>();
        let staged = new Map(published);
        for (const { number, isRemoval, publishes, discards, ...given } of operations) {
          const document = searchDocument({
            id: `d${number}`,
            path: `${number % 20}.md`,
            ordinal: Math.floor(number / 20),
            project: given.project,
            tags: given.tags,
            text: given.text.join(' '),
            heading: given.heading.join(' '),
          });
          if (isRemoval) staged.delete(document.id);
          else staged.set(document.id, document);
          await index.apply(isRemoval ? { removals: [document.id] } : { upserts: [document] });
          if (discards) {
            index.discard();
            staged = new Map(published);
          }
          if (!publishes) continue;
          index.publish('r');
          published = new Map(staged);
        }
        index.publish('r');
        const documents = [...staged.values()];
        assert.deepEqual(seen(index), seen(await indexOf(documents)));
        assert.deepEqual(seen(index), seen(await indexOf(documents.toReversed())));
      },
    ),
    { seed: 20260409, numRuns: 3, endOnFailure: true },
  );
});

test('after most of it was replaced the index is compacted and answers as a rebuilt one', async () => {
  const documents = (salt: string) =>
    Array.from({ length: 900 }, (_, number) =>
      searchDocument({
        id: `d${number}`,
        path: `${number % 60}.md`,
        ordinal: number,
        project: `p${number % 3}`,
        tags: number % 2 === 0 ? ['t'] : [],
        text: `${WORDS[number % 9]} ${WORDS[(number * 7) % 9]} ${salt}${number}`,
      }),
    );
  const index = await indexOf(documents('a'));
  for (const salt of ['b', 'c', 'd', 'e']) {
    await index.apply({ upserts: documents(salt) });
    index.publish(salt);
  }
  const bytes = index.bufferBytes;
  const before = seen(index);
  await index.apply({ removals: ['d0'], upserts: [searchDocument({ id: 'new', text: 'mirror' })] });
  assert.deepEqual(seen(index), before);
  index.publish('f');
  assert.ok(index.bufferBytes < bytes);
  const last = [...documents('e').slice(1), searchDocument({ id: 'new', text: 'mirror' })];
  assert.deepEqual(seen(index), seen(await indexOf(last)));
});
