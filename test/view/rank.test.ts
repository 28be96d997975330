import assert from 'node:assert/strict';
import test from 'node:test';
import { RANK, rank, scopeOf } from '../../src/view/rank.ts';
import { search } from '../../src/view/search.ts';
import type { SearchDocument, SearchHit } from '../../src/view/search-index.ts';
import { indexOf, searchDocument } from '../support/search-documents.ts';

let texts = 0;

function hit(given: Partial<SearchDocument> & { id: string }, score = 1): SearchHit {
  texts += 1;
  const document = searchDocument({ text: `own text number ${texts}`, ...given });
  return { id: given.id, score, terms: { words: [], neighbourhood: 0, source: 0 }, document };
}

const FACTORS: readonly (readonly [string, Partial<SearchDocument>, Record<string, number>])[] = [
  ['a plain passage', {}, {}],
  ['the project asked for', { project: 'p01' }, { project: 2 }],
  ['a high signal in the path', { path: 'a/system-map.md' }, { 'high-signal-path': 1.18 }],
  ['a low signal in the path', { path: 'archive/x.md' }, { 'low-signal-path': 0.72 }],
  [
    'both signals in the path',
    { path: 'Archive/decisions.md' },
    { 'high-signal-path': 1.18, 'low-signal-path': 0.72 },
  ],
  ['a signal only as a part of a word', { path: 'statuses/historian.md' }, {}],
  ['one token in the title', { title: 'Mirrors' }, { heading: 1.08 }],
  ['many tokens', { heading: 'mirror lens load mass mount' }, { heading: 1.32 }],
  ['an active entity', { layer: 'entity' }, { layer: 1.2 }],
  ['a candidate', { layer: 'entity', status: 'candidate' }, {}],
];

for (const [name, given, expected] of FACTORS) {
  test(`the factors of ${name}`, () => {
    const [first] = rank([hit({ id: 'a', project: '_global', ...given }, 3)], {
      text: 'mirror lens load mass mount',
      project: 'p01',
      limit: 1,
    });
    assert.ok(first !== undefined);
    const factors = Object.fromEntries(first.factors.map(({ name, by }) => [name, by]));
    assert.deepEqual(factors, expected);
    const product = Object.values(expected).reduce((all, by) => all * by, 3);
    assert.ok(Math.abs(first.score - product) < 1e-9);
    assert.equal(first.textScore, 3);
  });
}

test('unsupported and expired records fall behind and lose the merit of their layer', () => {
  const ranked = rank(
    [hit({ id: 'a', layer: 'memory' }), hit({ id: 'b', layer: 'memory' }), hit({ id: 'c' })],
    {
      text: 'x',
      limit: 3,
      standing: ({ id }) => (id === 'a' ? 'expired' : id === 'b' ? 'unsupported' : undefined),
    },
  );
  assert.deepEqual(
    ranked.map(({ id, score }) => [id, score]),
    [
      ['c', 1],
      ['b', RANK.unsupported],
      ['a', RANK.expired],
    ],
  );
});

test('a known project is a hard scope: itself and the global documents', () => {
  assert.deepEqual(scopeOf('p01'), ['p01', '_global']);
  assert.deepEqual(scopeOf('_global'), ['_global']);
  assert.equal(scopeOf(undefined), undefined);
  const hits = ['p01', 'p02', '_global'].map((project) => hit({ id: project, project }));
  const ids = rank(hits, { text: 'x', project: 'p01', limit: 9 }).map(({ id }) => id);
  assert.deepEqual(ids, ['p01', '_global']);
});

const LONG = 'The lateral supports are made of a filled polymer that keeps its shape under load';
const ALIKE: readonly (readonly [string, string, string, boolean])[] = [
  ['the same text', LONG, LONG, true],
  ['other case, white space and markup', LONG, `**${LONG.toUpperCase()}**\n`, true],
  ['one word more', LONG, `${LONG} indeed`, true],
  ['another number', `${LONG} of 5 kg`, `${LONG} of 7 kg`, false],
  ['a negation', LONG, `${LONG} not`, false],
  ['empty texts', '', '', false],
];

for (const [name, one, other, isOnce] of ALIKE) {
  test(`near-identical passages: ${name} ${isOnce ? 'is shown once' : 'stays apart'}`, () => {
    const ranked = rank([hit({ id: 'a', text: one }, 2), hit({ id: 'b', text: other })], {
      text: 'x',
      limit: 2,
    });
    assert.deepEqual(
      ranked.map(({ id }) => id),
      isOnce ? ['a'] : ['a', 'b'],
    );
    assert.deepEqual(ranked[0]?.alike, isOnce ? ['b'] : []);
  });
}

test('equal scores are ordered by id and cut to the limit', () => {
  const ids = rank([hit({ id: 'b' }), hit({ id: 'c' }), hit({ id: 'a' })], { text: 'x', limit: 2 });
  assert.deepEqual(
    ids.map(({ id }) => id),
    ['a', 'b'],
  );
});

test('a search in a project never shows another project, however well it matches', async () => {
  const index = await indexOf([
    ...Array.from({ length: 80 }, (_, number) =>
      searchDocument({ id: `x${number}`, project: 'p02', text: `mirror mirror mirror ${number}` }),
    ),
    searchDocument({ id: 'mine', project: 'p01', text: 'one mirror among many other things here' }),
    searchDocument({ id: 'ours', project: '_global', text: 'a mirror' }),
  ]);
  const { hits, total, revision } = search(index, { text: 'mirror', project: 'p01', limit: 5 });
  assert.deepEqual([hits.map(({ id }) => id).sort(), total, revision], [['mine', 'ours'], 2, 'r1']);
});
