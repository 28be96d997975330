/** Reads decision records that teams wrote and compares what the plugin finds with what they stated. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileNameOf, numberOfName } from '../../plugins/adr/name.ts';
import type { Claim } from '../../src/plugin.ts';
import { type Extraction, findAdr, readMarkdown } from './read-markdown.ts';

export type SetName = 'govuk-aws' | 'jabref' | 'aries-rfcs';

/** One link: the record `old` gave way to the record `new`, by their numbers. */
export interface SupersessionLink {
  readonly old: string;
  readonly new: string;
}

export interface Figures {
  readonly set: SetName;
  readonly records: number;
  readonly recognised: readonly string[];
  readonly missed: readonly string[];
  /** Files beside the records (templates, indexes, annexes) that were taken for one. */
  readonly mistaken: readonly string[];
  readonly others: number;
  readonly statusStated: number;
  readonly statusRight: number;
  readonly statusWrong: readonly string[];
  readonly goldLinks: readonly SupersessionLink[];
  readonly foundLinks: readonly SupersessionLink[];
  readonly extractions: ReadonlyMap<string, Extraction>;
}

export function adrFolder(): string {
  return join(resolve(process.env.ATOCORE_EVAL ?? '../shared/eval'), 'adr');
}

export function hasAdrSets(): boolean {
  return existsSync(join(adrFolder(), 'gold.json'));
}

export function adrFigures(set: SetName): Figures {
  const gold = goldOf(set);
  const extractions = new Map<string, Extraction>();
  for (const file of markdownFiles(join(adrFolder(), set))) {
    const text = readFileSync(join(adrFolder(), set, file), 'utf8');
    extractions.set(file, findAdr(readMarkdown(text, `projects/p/sources/${set}/${file}`)));
  }
  const claimOf = (file: string) => extractions.get(file)?.claims[0];
  const files = new Set(gold.map(({ file }) => file));
  const stated = gold.filter(({ status }) => status !== 'unstated');
  const statusWrong = stated.filter(({ file, status }) => statusOf(claimOf(file)) !== status);
  const unstated = gold.filter(({ status }) => status === 'unstated');
  const invented = unstated.filter(({ file }) => statusOf(claimOf(file)) !== undefined);
  return {
    set,
    records: gold.length,
    recognised: gold.map(({ file }) => file).filter((file) => claimOf(file) !== undefined),
    missed: gold.map(({ file }) => file).filter((file) => claimOf(file) === undefined),
    mistaken: [...extractions.keys()].filter((file) => !files.has(file) && claimOf(file)),
    others: extractions.size - gold.length,
    statusStated: gold.length,
    statusRight: gold.length - statusWrong.length - invented.length,
    statusWrong: [...statusWrong, ...invented].map(
      ({ file, status }) => `${file}: ${status}, found ${statusOf(claimOf(file))}`,
    ),
    goldLinks: goldLinksOf(set, gold),
    foundLinks: foundLinks(extractions),
    extractions,
  };
}

interface Gold {
  readonly file: string;
  readonly id: string;
  readonly status: string;
  readonly supersedes: readonly string[];
  readonly superseded_by: readonly string[];
}

function goldOf(set: SetName): readonly Gold[] {
  const isAries = set === 'aries-rfcs';
  const file = isAries ? join(adrFolder(), set, 'gold.json') : join(adrFolder(), 'gold.json');
  const all: readonly (Gold & { readonly corpus?: string })[] = JSON.parse(
    readFileSync(file, 'utf8'),
  );
  return all
    .filter(({ corpus }) => corpus === undefined || corpus === set)
    .map((each) => ({ ...each, status: each.status.toLowerCase() }));
}

function goldLinksOf(set: SetName, gold: readonly Gold[]): readonly SupersessionLink[] {
  if (set === 'aries-rfcs') {
    return sortedLinks(
      gold.flatMap(({ id, supersedes, superseded_by }) => [
        ...supersedes.map((old) => link(old, id)),
        ...superseded_by.map((next) => link(id, next)),
      ]),
    );
  }
  const file = join(adrFolder(), 'supersession_pairs.json');
  const pairs: readonly (SupersessionLink & { readonly corpus: string })[] = JSON.parse(
    readFileSync(file, 'utf8'),
  );
  return sortedLinks(pairs.filter(({ corpus }) => corpus === set).map((p) => link(p.old, p.new)));
}

/** References to documents of the set: a number, or the name of a file; others lead elsewhere. */
function foundLinks(extractions: ReadonlyMap<string, Extraction>): readonly SupersessionLink[] {
  const numbers = new Map<string, string>();
  for (const file of extractions.keys()) {
    const name = fileNameOf(file);
    const number = numberOfName(name);
    if (
      number === undefined ||
      (basename(dirname(file)).match(/^\d/) === null) !== !file.includes('/')
    )
      continue;
    numbers.set(name, number);
    numbers.set(number, number);
  }
  const links = [...extractions].flatMap(([file, { claims }]) => {
    const own = numbers.get(fileNameOf(file));
    const stated = claims[0]?.stated;
    if (own === undefined) return [];
    const known = (key: string) =>
      [stated?.[key] ?? []].flat().flatMap((reference) => numbers.get(reference) ?? []);
    return [
      ...known('stated_supersedes').map((old) => link(old, own)),
      ...known('stated_superseded_by').map((next) => link(own, next)),
    ];
  });
  return sortedLinks(links);
}

function link(old: string, next: string): SupersessionLink {
  return { old: old.replace(/^0+(?=\d)/, ''), new: next.replace(/^0+(?=\d)/, '') };
}

function sortedLinks(links: readonly SupersessionLink[]): readonly SupersessionLink[] {
  const keyed = new Map(links.map((each) => [`${each.old}>${each.new}`, each]));
  return [...keyed.values()].sort(
    (a, b) => Number(a.old) - Number(b.old) || Number(a.new) - Number(b.new),
  );
}

function statusOf(claim: Claim | undefined): string | readonly string[] | undefined {
  return claim?.stated?.stated_status;
}

function markdownFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .sort();
}
