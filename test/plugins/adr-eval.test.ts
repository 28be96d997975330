import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adrFigures, adrFolder, hasAdrSets, type SetName } from './adr-figures.ts';

const SETS: readonly { readonly set: SetName; readonly records: number; readonly links: number }[] =
  [
    { set: 'govuk-aws', records: 38, links: 2 },
    { set: 'jabref', records: 70, links: 1 },
    { set: 'aries-rfcs', records: 131, links: 7 },
  ];

const skip = hasAdrSets() ? false : `no decision records at ${adrFolder()} (ATOCORE_EVAL)`;

for (const { set, records, links } of SETS) {
  test(`decision records of ${set} are recognised with their status and links`, { skip }, () => {
    const figures = adrFigures(set);
    assert.equal(figures.records, records);
    assert.deepEqual(figures.missed, []);
    assert.deepEqual(figures.mistaken, []);
    assert.ok(figures.statusRight >= 0.98 * figures.statusStated, figures.statusWrong.join('\n'));
    assert.deepEqual(figures.statusInvented, []);
    assert.equal(figures.goldLinks.length, links);
    assert.deepEqual(figures.missingLinks, []);
    assert.deepEqual(figures.wrongLinks, []);
  });
}
