import assert from 'node:assert/strict';
import test from 'node:test';
import { SearchIndex } from '../../src/view/search-index.ts';
import { HEADER_NAME } from '../../src/view/snapshot.ts';
import { indexOf, searchDocument } from '../support/search-documents.ts';

const DOCUMENTS = Array.from({ length: 300 }, (_, number) =>
  searchDocument({
    id: `d${number}`,
    path: `${number % 30}.md`,
    ordinal: number,
    project: `p${number % 3}`,
    title: `Mirror ${number % 7}`,
    heading: 'REQ-012 > 支持構造',
    tags: [`t${number % 5}`],
    text: `lens ${number} load ${number % 11} `.repeat(1 + (number % 40)),
  }),
);

/** As they would come back from files. */
function written(index: SearchIndex): Map<string, Uint8Array> {
  const shards = new Map<string, Uint8Array>();
  for (const { name, bytes } of index.toShards()) shards.set(name, Buffer.from(bytes));
  return shards;
}

function restored(shards: ReadonlyMap<string, Uint8Array>): SearchIndex {
  const result = SearchIndex.fromShards(shards);
  assert.ok('index' in result, 'reason' in result ? result.reason : '');
  return result.index;
}

const answers = (index: SearchIndex) =>
  ['mirror lens', 'load 7', 'REQ-012', '支持'].map((text) => [
    index.search({ text, limit: 50 }),
    index.search({ text, limit: 50, projects: ['p1'], tags: ['t1'] }),
  ]);

test('a snapshot gives the same index back: hits, scores, documents, revision', async () => {
  const index = await indexOf(DOCUMENTS);
  const copy = restored(written(index));
  assert.equal(copy.revision, 'r1');
  assert.deepEqual(answers(copy), answers(index));
  assert.deepEqual(copy.get('d7'), DOCUMENTS[7]);
});

test('a restored index takes changes as the first one does', async () => {
  const index = await indexOf(DOCUMENTS);
  const copy = restored(written(index));
  for (const each of [index, copy]) {
    await each.apply({
      removals: ['d1', 'd2'],
      upserts: [searchDocument({ id: 'd3', text: 'mirror lens' })],
    });
    each.publish('r2');
  }
  assert.deepEqual(answers(copy), answers(index));
  assert.deepEqual(answers(restored(written(copy))), answers(index));
});

test('a snapshot holds what was published when it was asked for', async () => {
  const index = await indexOf(DOCUMENTS);
  const before = answers(index);
  await index.apply({ upserts: [searchDocument({ id: 'staged', text: 'mirror' })] });
  const shards = index.toShards();
  index.publish('r2');
  await index.apply({ removals: DOCUMENTS.map(({ id }) => id) });
  index.publish('r3');
  const files = new Map<string, Uint8Array>();
  for (const { name, bytes } of shards) files.set(name, new Uint8Array(bytes));
  assert.deepEqual(answers(restored(files)), before);
});

test('an empty index has a snapshot too', async () => {
  const copy = restored(written(new SearchIndex()));
  assert.equal(copy.size, 0);
  await copy.apply({ upserts: DOCUMENTS });
  copy.publish('r1');
  assert.deepEqual(answers(copy), answers(await indexOf(DOCUMENTS)));
});

test('a damaged, incomplete or foreign snapshot is refused with the reason', async () => {
  const shards = written(await indexOf(DOCUMENTS));
  const reasonWith = (change: (copy: Map<string, Uint8Array>) => void) => {
    const copy = new Map([...shards].map(([name, bytes]) => [name, new Uint8Array(bytes)]));
    change(copy);
    const result = SearchIndex.fromShards(copy);
    return 'reason' in result ? result.reason : 'restored';
  };
  const flip = (name: string, share: number) => (copy: Map<string, Uint8Array>) => {
    const bytes = copy.get(name);
    assert.ok(bytes !== undefined);
    const at = Math.floor(share * (bytes.length - 1));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
  };
  for (const share of [0, 0.3, 0.7, 1]) {
    assert.match(reasonWith(flip(HEADER_NAME, share)), /header/);
    assert.match(reasonWith(flip('shard-0', share)), /shard-0.*damaged/);
  }
  assert.match(
    reasonWith((copy) => copy.delete('shard-0')),
    /no such shard/,
  );
  assert.match(
    reasonWith((copy) => copy.delete(HEADER_NAME)),
    /not whole/,
  );
  assert.match(
    reasonWith((copy) => copy.set('shard-0', new Uint8Array(8))),
    /damaged/,
  );
  assert.equal(
    reasonWith(() => undefined),
    'restored',
  );
});
