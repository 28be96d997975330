/**
 * Reads decision records that teams wrote and compares what the plugin finds with what they stated.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
  /** Given a status although the authors state none. */
  readonly statusInvented: readonly string[];
  readonly goldLinks: readonly SupersessionLink[];
  readonly foundLinks: readonly SupersessionLink[];
  /** Found, not in the gold, and stated by the documents. */
  readonly goldLacks: readonly SupersessionLink[];
  /** Found and stated nowhere. */
  readonly wrongLinks: readonly SupersessionLink[];
  readonly missingLinks: readonly SupersessionLink[];
  readonly extractions: ReadonlyMap<string, Extraction>;
}

export function adrFolder(): string {
  return join(resolve(process.env.ATOCORE_EVAL ?? '../shared/eval'), 'adr');
}

export function hasAdrSets(): boolean {
  return existsSync(join(adrFolder(), 'gold.json'));
}

/**
 * Links of aries-rfcs that its gold leaves out and its documents state: the gold was drawn from
 * addresses with a folder in them and misses `../0037-present-proof/README.md`.
 */
const ALSO_STATED: readonly SupersessionLink[] = [
  // "superseded by [v2.0 in RFC 0557]"; 0557: "Supersedes: [version 1.0 … in RFC 0031]"
  { old: '31', new: '557' },
  // 0453: "Supersedes: [RFC 0036 Issue Credential v1.x]"
  { old: '36', new: '453' },
  // 0592: "Supersedes: … formats documented in [Aries RFC 0036], [Aries RFC 0037], etc."
  { old: '36', new: '592' },
  { old: '37', new: '592' },
  // 0454: "Supersedes: [RFC 0037]"
  { old: '37', new: '454' },
  // 0721: "Supersedes: [RFC 0183 Revocation Notification]"
  { old: '183', new: '721' },
  // 0771: "Supersedes: … formats documented in [Aries RFC 0592]"
  { old: '592', new: '771' },
];

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
  const goldLinks = goldLinksOf(set, gold);
  const found = foundLinks(extractions);
  const extra = without(found, goldLinks);
  const also = set === 'aries-rfcs' ? ALSO_STATED : [];
  return {
    set,
    records: gold.length,
    recognised: gold.map(({ file }) => file).filter((file) => claimOf(file) !== undefined),
    missed: gold.map(({ file }) => file).filter((file) => claimOf(file) === undefined),
    mistaken: [...extractions.keys()].filter((file) => !files.has(file) && claimOf(file)),
    others: extractions.size - gold.length,
    statusStated: stated.length,
    statusRight: stated.length - statusWrong.length,
    statusInvented: invented.map(({ file }) => file),
    statusWrong: statusWrong.map(
      ({ file, status }) => `${file}: ${status}, found ${statusOf(claimOf(file))}`,
    ),
    goldLinks,
    foundLinks: found,
    goldLacks: without(extra, without(extra, also)),
    wrongLinks: without(extra, also),
    missingLinks: without(goldLinks, found),
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

/** References to records of the set, by number or by name of a file; others lead elsewhere. */
function foundLinks(extractions: ReadonlyMap<string, Extraction>): readonly SupersessionLink[] {
  const numbers = new Map<string, string>();
  const records = [...extractions].flatMap(([file, { claims }]) => {
    const name = fileNameOf(file);
    const number = numberOfName(name);
    const stated = claims[0]?.stated;
    if (number === undefined || stated === undefined) return [];
    numbers.set(name, number).set(number, number);
    return [{ number, stated }];
  });
  const links = records.flatMap(({ number, stated }) => {
    const known = (key: string) =>
      [stated[key] ?? []].flat().flatMap((reference) => numbers.get(reference) ?? []);
    return [
      ...known('stated_supersedes').map((old) => link(old, number)),
      ...known('stated_superseded_by').map((next) => link(number, next)),
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

function without(
  links: readonly SupersessionLink[],
  others: readonly SupersessionLink[],
): readonly SupersessionLink[] {
  return links.filter((a) => !others.some((b) => a.old === b.old && a.new === b.new));
}

function statusOf(claim: Claim | undefined): string | readonly string[] | undefined {
  return claim?.stated?.stated_status;
}

function markdownFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .sort();
}
