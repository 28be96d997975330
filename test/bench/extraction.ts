/** Prints how well claims are found in ordinary notes and captures, beside a search for the bare words. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  extractionReadings,
  figuresByRule,
  type Reading,
  type RuleFigures,
} from '../plugins/extraction-figures.ts';

const readings = extractionReadings();
const rows = figuresByRule(readings);
const all = [...rows.values()];
const cued = [...rows].filter(([rule]) => rule !== 'none').map(([, row]) => row);

console.log(`${readings.length} documents, ${sum(all).wanted} claims wanted by a careful reader`);
console.table({
  ...Object.fromEntries([...rows].map(([rule, row]) => [rule, shown(row)])),
  'all with a cue': shown(sum(cued)),
  all: shown(sum(all)),
  'bare words, line by line': shown(bareWords(readings)),
});
for (const { name, wrong, missed } of readings) {
  for (const { rule, kind, statement } of wrong) {
    console.log(`not wanted  ${name}  ${rule} ${kind}: ${statement}`);
  }
  for (const { rule, kind, says } of missed) {
    if (rule !== 'none') console.log(`missed      ${name}  ${rule} ${kind}: ${says}`);
  }
}

function shown({ found, right, wanted, got }: RuleFigures) {
  return {
    found,
    precision: found === 0 ? '-' : `${right}/${found} ${(right / found).toFixed(2)}`,
    wanted,
    recall: wanted === 0 ? '-' : `${got}/${wanted} ${(got / wanted).toFixed(2)}`,
  };
}

function sum(figures: readonly RuleFigures[]): RuleFigures {
  return figures.reduce(
    (total, row) => ({
      found: total.found + row.found,
      right: total.right + row.right,
      wanted: total.wanted + row.wanted,
      got: total.got + row.got,
    }),
    { found: 0, right: 0, wanted: 0, got: 0 },
  );
}

/** The plainest alternative: every line with one of the words, its kind not even asked for. */
function bareWords(all: readonly Reading[]): RuleFigures {
  const word = /\b(?:decision|decided|requirement|constraint|prefers?|fact)\b/i;
  return sum(
    all.map(({ name, labels }) => {
      const file = new URL(`../fixtures/extraction/${name}.md`, import.meta.url);
      const lines = readFileSync(fileURLToPath(file), 'utf8')
        .split('\n')
        .filter((line) => word.test(line));
      const got = labels.filter(({ says }) =>
        lines.some((line) => line.toLowerCase().includes(says.toLowerCase())),
      );
      return { found: lines.length, right: got.length, wanted: labels.length, got: got.length };
    }),
  );
}
