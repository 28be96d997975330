import assert from 'node:assert/strict';
import test from 'node:test';
import { countTokens as reference } from 'gpt-tokenizer/encoding/o200k_base';
import type { ProjectId, StorePath } from '../../src/plugin.ts';
import { buildContext } from '../../src/view/context.ts';
import { query } from '../../src/view/query.ts';
import { viewOfFiles } from '../../src/view-of-files.ts';
import { randomOf, recordStore, wordsFrom } from '../support/record-store.ts';

const TODAY = '2026-04-09';

test('10,000 random asks over 5,000 records never exceed a budget by its own count', async (t) => {
  const seed = 20260409;
  t.diagnostic(`seed ${seed}`);
  const view = await viewOfFiles(recordStore(5_000));
  const random = randomOf(seed);
  let served = 0;
  for (let at = 0; at < 10_000; at += 1) {
    const project = random() < 0.7 ? ('p01-mirror' as ProjectId) : undefined;
    const budgetTokens = random() < 0.3 ? Math.floor(random() * 800) : undefined;
    const pack = buildContext(view, {
      prompt: wordsFrom(random, Math.floor(random() * 8)),
      today: TODAY,
      budget: Math.floor(random() ** 2 * 4_000),
      ...(project && { project }),
      ...(budgetTokens !== undefined && { budgetTokens }),
    });
    const { formattedContext: text, totalChars, budget } = pack;
    assert.equal(totalChars, text.length);
    assert.ok(text.length <= budget, `ask ${at}: ${text.length} characters of ${budget}`);
    assert.ok(pack.tokens <= (budgetTokens ?? pack.tokens), `ask ${at}: ${pack.tokens} tokens`);
    if (at % 100 === 0) assert.equal(pack.tokens, reference(text));
    served += pack.receipt.included.length;
  }
  assert.ok(served > 10_000, 'packs that hold nothing would prove nothing');
});

test('a needle at the end of a note of 200 KB is found and served', async () => {
  const random = randomOf(1);
  const hay = Array.from({ length: 400 }, () => `${wordsFrom(random, 90)}.`).join('\n\n');
  assert.ok(hay.length > 200_000);
  const path = 'projects/p05/sources/notes/long.md' as StorePath;
  const text = `# Long\n\n${hay}\n\nThe torque of the xylophone screw is 3.7 Nm.\n`;
  const view = await viewOfFiles(new Map([[path, text]]));
  const prompt = 'torque of the xylophone screw';
  const pack = buildContext(view, { prompt, budget: 4_000, today: TODAY });
  assert.match(pack.formattedContext, /xylophone screw is 3\.7 Nm/);
});

const LANGUAGES: readonly (readonly [name: string, text: string, prompt: string])[] = [
  ['Japanese', '支持構造の材料は石英ガラスです。', '支持構造の材料は何ですか'],
  ['Chinese', '我们决定使用新的支撑材料。', '支撑材料'],
  ['a German compound', 'Das Stützlagerspiel beträgt 4 µm.', 'Wie groß ist das Stützlagerspiel?'],
  ['a compound with a hyphen', 'Das Spiegel-Stützlager ist neu.', 'Stützlager'],
  ['accents', 'La précision mesurée dépasse la tolérance.', 'precision mesuree'],
  ['a requirement id', 'REQ-012 limits the mass.', 'REQ-012'],
  ['a path', 'See hardware/cell/mount_v2.step for it.', 'hardware/cell/mount_v2.step'],
];

for (const [name, text, prompt] of LANGUAGES) {
  test(`${name} is found first among many notes, and served`, async () => {
    const files = new Map(recordStore(100));
    files.set('projects/p05/sources/notes/it.md' as StorePath, `# Note\n\n${text}\n`);
    files.set('projects/p05/sources/notes/near.md' as StorePath, '# Near\n\nREQ-013, REQ 12.\n');
    const view = await viewOfFiles(files);
    const [first] = query(view, { text: prompt, limit: 3, today: TODAY }).hits;
    assert.equal(first?.document.path, 'projects/p05/sources/notes/it.md');
    assert.ok(
      buildContext(view, { prompt, budget: 4_000, today: TODAY }).formattedContext.includes(text),
    );
  });
}
