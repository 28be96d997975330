/**
 * Reads captures and notes as people and agents write them, and compares what is found with what a
 * careful reader would want (`test/fixtures/extraction/labels.json`).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Claim } from '../../src/plugin.ts';
import { findAdr, findCues, readMarkdown } from './read-markdown.ts';

const FOLDER = fileURLToPath(new URL('../fixtures/extraction/', import.meta.url));

/** A claim that a reader wants; `none` where no rule of domain.md §5 has a cue for it. */
export interface Label {
  readonly rule: string;
  readonly kind: string;
  /** Words that its statement must hold. */
  readonly says: string;
}

export interface Reading {
  readonly name: string;
  readonly claims: readonly Claim[];
  readonly labels: readonly Label[];
  /** Found and wanted, with the label. */
  readonly right: ReadonlyMap<Claim, Label>;
  readonly wrong: readonly Claim[];
  readonly missed: readonly Label[];
}

export function extractionReadings(): readonly Reading[] {
  const labels = JSON.parse(readFileSync(`${FOLDER}labels.json`, 'utf8')) as Readonly<
    Record<string, readonly Label[]>
  >;
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.md'))
    .sort()
    .map((file) => {
      const name = file.slice(0, -'.md'.length);
      const own = labels[name];
      if (own === undefined) throw new Error(`Expected labels for ${file}, found none.`);
      return reading(name, own);
    });
}

function reading(name: string, labels: readonly Label[]): Reading {
  const folder = name.startsWith('capture-') ? 'captures/2026/04/09' : 'projects/p05/sources/notes';
  const document = readMarkdown(
    readFileSync(`${FOLDER}${name}.md`, 'utf8'),
    `${folder}/${name}.md`,
  );
  const claims = [...findCues(document).claims, ...findAdr(document).claims];
  const right = new Map<Claim, Label>();
  const open = new Set(labels);
  for (const claim of claims) {
    const label = [...open].find(({ kind, says }) => claim.kind === kind && holds(claim, says));
    if (label === undefined) continue;
    right.set(claim, label);
    open.delete(label);
  }
  const wrong = claims.filter((claim) => !right.has(claim));
  return { name, claims, labels, right, wrong, missed: [...open] };
}

function holds({ statement, value = '' }: Claim, says: string): boolean {
  return `${statement} ${value}`.toLowerCase().includes(says.toLowerCase());
}

export interface RuleFigures {
  readonly found: number;
  readonly right: number;
  readonly wanted: number;
  /** Wanted of this rule and found, by whichever rule. */
  readonly got: number;
}

/** By rule, `none` among them, sorted. */
export function figuresByRule(readings: readonly Reading[]): ReadonlyMap<string, RuleFigures> {
  const rows = new Map<string, RuleFigures>();
  const add = (rule: string, more: Partial<RuleFigures>): void => {
    const row = rows.get(rule) ?? { found: 0, right: 0, wanted: 0, got: 0 };
    const { found = 0, right = 0, wanted = 0, got = 0 } = more;
    rows.set(rule, {
      found: row.found + found,
      right: row.right + right,
      wanted: row.wanted + wanted,
      got: row.got + got,
    });
  };
  for (const { claims, labels, right } of readings) {
    const found = new Set(right.values());
    for (const claim of claims) add(claim.rule, { found: 1, right: right.has(claim) ? 1 : 0 });
    for (const label of labels) add(label.rule, { wanted: 1, got: found.has(label) ? 1 : 0 });
  }
  return new Map([...rows].sort(([a], [b]) => (a < b ? -1 : 1)));
}
