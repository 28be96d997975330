import assert from 'node:assert/strict';
import test from 'node:test';
import { formatFile } from '../../src/model/front-matter.ts';
import { generatedPage } from '../../src/model/generated.ts';
import { PAGE_CHARS_MAX } from '../../src/pipeline/render.ts';
import type { Plugin, RenderedFile, StorePath } from '../../src/plugin.ts';
import { failing, LINE_PLUGINS } from '../support/line-plugins.ts';
import { filesOf, settleFiles } from '../support/small-store.ts';

const RECORD = 'projects/p05/records/decision/a--dec-1.md';
const PAGE = 'projects/p05/mirror/overview.md' as StorePath;
const STRAY = 'projects/p05/mirror/stray.md' as StorePath;
const fields = { id: 'dec-1', type: 'entity', kind: 'decision', project: 'p05', status: 'active' };
const TEXTS = {
  [RECORD]: formatFile({ ...fields, subject: 'x', hand_authored: true }, 'It is so.\n'),
};

function rendering(name: string, ...pages: readonly RenderedFile[]): Plugin {
  return { name, version: 1, render: () => pages };
}

test('a page is written with the banner, and again when somebody edited it', () => {
  const { files } = settleFiles(filesOf(TEXTS));
  assert.equal(files.get(PAGE), generatedPage('# p05\n\n- It is so.\n'));
  const edited = new Map([...files, [PAGE, 'mine']]);
  assert.equal(settleFiles(edited).files.get(PAGE), files.get(PAGE));
});

test('a generated page that nothing renders any more is removed; a file of one’s own stays, as a problem', () => {
  const { files } = settleFiles(filesOf({ ...TEXTS, [STRAY]: 'My own.\n' }));
  const store = settleFiles(new Map([...files].filter(([path]) => path !== RECORD)));
  assert.ok(!store.files.has(PAGE));
  assert.equal(store.files.get(STRAY), 'My own.\n');
  assert.deepEqual(
    store.settlement.problems.map(({ rule, path }) => [rule, path]),
    [['not-generated', STRAY]],
  );
});

test('a page that cannot be read is neither written nor deleted', () => {
  const { files } = settleFiles(filesOf(TEXTS));
  const bytes = Uint8Array.from([0x61, 0xff]);
  const store = settleFiles(new Map([...files, [PAGE, bytes]]));
  assert.deepEqual(store.settlement.changes, []);
  assert.deepEqual(
    store.settlement.problems.map(({ rule }) => rule),
    ['not-text'],
  );
});

test('a renderer that throws is a problem, and its pages of before stay', () => {
  const { files } = settleFiles(filesOf(TEXTS));
  const store = settleFiles(files, { plugins: [failing('render')] });
  assert.deepEqual(store.settlement.changes, []);
  assert.match(store.settlement.problems[0]?.message ?? '', /failing-render.*fell over/);
});

const REFUSED: readonly (readonly [string, RenderedFile, RegExp])[] = [
  ['in state', { path: 'projects/p05/state/fact/x.md' as StorePath, text: '' }, /below mirror/],
  ['above the store', { path: 'reports/../../x.md' as StorePath, text: '' }, /below mirror/],
  ['of another kind', { path: 'projects/p05/mirror/x.js' as StorePath, text: '' }, /Markdown/],
  ['in git', { path: '.git/hooks/x.md' as StorePath, text: '' }, /below mirror/],
  ['too long', { path: STRAY, text: 'x'.repeat(PAGE_CHARS_MAX + 1) }, /characters/],
];

for (const [name, page, says] of REFUSED) {
  test(`a page is refused: ${name}`, () => {
    const { settlement } = settleFiles(filesOf(TEXTS), { plugins: [rendering('r', page)] });
    assert.deepEqual(settlement.changes, []);
    assert.match(settlement.problems[0]?.message ?? '', says);
  });
}

test('two plugins cannot render one page; the first by name does, in whatever order they are given', () => {
  const [a, b] = [
    rendering('a', { path: PAGE, text: 'a' }),
    rendering('b', { path: PAGE, text: 'b' }),
  ];
  for (const plugins of [
    [a, b],
    [b, a],
  ]) {
    const { files, settlement } = settleFiles(filesOf(TEXTS), { plugins });
    assert.equal(files.get(PAGE), generatedPage('a'));
    assert.match(settlement.problems[0]?.message ?? '', /\(b\)/);
  }
});

test('a page that is not as the contract says fails its plugin', () => {
  for (const page of [undefined, {}, { path: PAGE }, { path: 1, text: '' }]) {
    const plugins = [rendering('odd', page as RenderedFile)];
    const { settlement } = settleFiles(filesOf(TEXTS), { plugins });
    assert.deepEqual(
      settlement.problems.map(({ rule }) => rule),
      ['plugin-failed'],
    );
  }
});

test('half a surrogate pair in a page is written once, not for ever', () => {
  const plugins = [rendering('r', { path: PAGE, text: 'a \ud800 b' })];
  const { files } = settleFiles(filesOf(TEXTS), { plugins });
  assert.deepEqual(settleFiles(files, { plugins }).settlement.changes, []);
});

for (const hook of ['parse', 'extract'] as const) {
  test(`a plugin whose ${hook} throws is a problem that names it and the file, and withdraws nothing`, () => {
    const source = 'projects/p05/sources/notes/a.md';
    const { files } = settleFiles(filesOf({ [source]: 'decision: slot = x' }));
    const plugins = [...LINE_PLUGINS, failing(hook)];
    const store = settleFiles(files, { plugins });
    assert.deepEqual(store.settlement.changes, []);
    const [problem] = store.settlement.problems;
    assert.equal(problem?.path, source);
    assert.match(problem?.message ?? '', new RegExp(`failing-${hook}.*fell over`));
  });
}
