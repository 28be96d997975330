/**
 * Prints how well decision records are read, beside the plainest alternative: a line-wise search.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adrFigures, adrFolder, type Figures, hasAdrSets } from '../plugins/adr-figures.ts';

if (!hasAdrSets()) {
  console.log(`skipped: no decision records at ${adrFolder()}; set ATOCORE_EVAL`);
  process.exit(0);
}

const sets = (['govuk-aws', 'jabref', 'aries-rfcs'] as const).map((set) => adrFigures(set));
console.table(Object.fromEntries(sets.map((figures) => [figures.set, row(figures)])));
for (const { set, goldLacks } of sets) {
  if (goldLacks.length === 0) continue;
  const links = goldLacks.map((link) => `${link.old}→${link.new}`).join(', ');
  console.log(`${set}: stated by the documents and not in the gold, counted as right: ${links}`);
}

function row(figures: Figures) {
  const found = figures.foundLinks.length;
  const wrong = figures.wrongLinks.length;
  const gold = figures.goldLinks.length;
  return {
    recognised: `${figures.recognised.length}/${figures.records}`,
    'taken for one': `${figures.mistaken.length}/${figures.others}`,
    'status right': `${figures.statusRight}/${figures.statusStated}`,
    'status invented': figures.statusInvented.length,
    'links found': `${gold - figures.missingLinks.length}/${gold}`,
    'links right': `${found - wrong}/${found}`,
    'grep status': grepStatus(figures),
  };
}

/** Files whose first line that holds a word of the usual list holds the right one. */
function grepStatus(figures: Figures): string {
  const folder = join(adrFolder(), figures.set);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const words = /\b(?:proposed|accepted|rejected|deprecated|superseded)\b/i;
  const right = figures.recognised.filter((file) => {
    if (!files.includes(file)) return false;
    const word = words.exec(readFileSync(join(folder, file), 'utf8'))?.[0].toLowerCase();
    const stated = figures.extractions.get(file)?.claims[0]?.stated?.stated_status;
    return stated !== undefined && word === stated;
  });
  return `${right.length}/${figures.statusStated}`;
}
