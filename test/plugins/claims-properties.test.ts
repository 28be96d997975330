import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Claim } from '../../src/plugin.ts';
import { markdownText } from './markdown-text.ts';
import { findAdr, findCues, readMarkdown } from './read-markdown.ts';

const seed = Number(process.env.SEED ?? 20260409);
const options = { seed, numRuns: 300 };

test(`claims keep to their limits whatever is read (seed ${seed})`, () => {
  fc.assert(
    fc.property(markdownText, (text) => {
      const document = readMarkdown(text);
      const slugs = new Set(['', ...document.headings.map((heading) => heading.slug)]);
      const lines = text.split(/\r\n|\n|\r/).length;
      for (const claim of [...findCues(document).claims, ...findAdr(document).claims]) {
        checkClaim(claim);
        assert.ok(slugs.has(claim.place.slug));
        assert.ok(claim.place.line >= 1 && claim.place.line <= lines);
      }
    }),
    options,
  );
});

test(`the same document gives the same claims and problems (seed ${seed})`, () => {
  fc.assert(
    fc.property(markdownText, (text) => {
      assert.deepEqual(findCues(readMarkdown(text)), findCues(readMarkdown(text)));
      assert.deepEqual(findAdr(readMarkdown(text)), findAdr(readMarkdown(text)));
    }),
    options,
  );
});

test(`no claim comes out of a context pack (seed ${seed})`, () => {
  const marked = markdownText.filter((text) => !text.includes('atocore:context'));
  fc.assert(
    fc.property(marked, (text) => {
      const pack = `<!-- atocore:context 3f9a -->\n\n${text}\n\n<!-- /atocore:context 3f9a -->\n`;
      assert.deepEqual(findCues(readMarkdown(pack)).claims, []);
      assert.deepEqual(findCues(readMarkdown(`> ${pack.replaceAll('\n', '\n> ')}`)).claims, []);
    }),
    options,
  );
});

test('each of five thousand cues in one paragraph is found on its own line', () => {
  const line = 'We decided to buy hoist number 7.\n';
  const document = readMarkdown(line.repeat(5000));
  const { claims } = findCues(document);
  assert.equal(claims.length, 5000);
  assert.equal(claims.at(-1)?.place.line, 5000);
});

function checkClaim(claim: Claim): void {
  const { statement, subject, value, prior, evidence } = claim;
  assert.ok(statement.length >= 8 && statement.length <= 280, statement);
  assert.equal(statement, statement.replace(/\s+/g, ' ').trim());
  assert.doesNotMatch(statement, /[.,;:!?…。]$/);
  assert.ok(subject !== '' && subject.length <= 200);
  assert.ok(value === undefined || (value !== '' && value.length <= 120));
  assert.ok(prior >= 0.05 && prior <= 0.95);
  assert.notEqual(evidence, '');
  assert.doesNotMatch(statement + subject, /\0/);
}
