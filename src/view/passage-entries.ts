/** The passages that a pack may serve: ranked, shown once, and marked where a decision overtook them. */
import type { KnowledgeRecord, ProjectId } from '../plugin.ts';
import { type Cards, cardsOf, type PassageServing, type Serving } from './cards.ts';
import { explain } from './explain.ts';
import type { OutsBuilder } from './left-out.ts';
import { type ContextAsk, PACK, type PackEntry } from './pack.ts';
import { query } from './query.ts';
import type { RankedHit } from './rank.ts';
import { supersededNote } from './record-notes.ts';
import { type Finding, findingsIn, type Rulings, spaced, statesUnsaid } from './rulings.ts';
import { cut, servedLabel, servedQuote } from './served-text.ts';
import { tokenize } from './tokenize.ts';
import type { View } from './view.ts';

export interface PassageAsk {
  readonly view: View;
  readonly ask: ContextAsk;
  readonly project: ProjectId | undefined;
  readonly outs: OutsBuilder;
  /** Ids of the records that the pack offers: their word stands there already. */
  readonly offered: ReadonlySet<string>;
}

export interface PassagesOffered {
  readonly entries: readonly PackEntry[];
  /** How many passages in scope matched. */
  readonly considered: number;
}

export function passageEntries(given: PassageAsk): PassagesOffered {
  const { view, ask, project, outs } = given;
  const { hits, total } = query(view, {
    text: ask.prompt,
    ...(project === undefined ? {} : { project }),
    layers: ['passage', 'capture'],
    // Some more than fit, for those that are left out.
    limit: Math.min(PACK.passagesMax, 10 + Math.ceil(ask.budget / PACK.passageCharsLeast)),
    today: ask.today,
    semantic: ask.semantic,
  });
  const cards = cardsOf(view.settlement);
  const promptWords = spaced(ask.prompt);
  const entries: PackEntry[] = [];
  for (const hit of hits) {
    for (const id of hit.alike) {
      outs.name({ id, reason: 'duplicate', section: 'passages', insteadOf: hit.id });
    }
    const serving = servingOf(hit, cards, ask.today, project);
    const instead = serving.findings.find(
      ({ ruling, isAbout, saysCurrent }) =>
        isAbout &&
        !saysCurrent &&
        given.offered.has(ruling.by.id) &&
        // Who asks for what held before shall see it, marked.
        !promptWords.includes(ruling.needle),
    );
    if (instead === undefined) entries.push(entryOf(hit, serving));
    else {
      const insteadOf = instead.ruling.by.id;
      outs.name({ id: hit.id, reason: 'superseded', section: 'passages', insteadOf });
    }
  }
  return { entries, considered: total };
}

interface Overtaken {
  readonly findings: readonly Finding[];
  /** State entries that the passage is about and whose value it doesn't say. */
  readonly unsaid: readonly KnowledgeRecord[];
}

function overtakenIn(
  { document }: RankedHit,
  rulings: Rulings,
  today: string,
  project: ProjectId | undefined,
): Overtaken {
  const text = `${document.title}\n${document.heading}\n${document.text}`;
  const said = { text, stems: new Set(tokenize(text)) };
  const { subjectShare } = PACK;
  // A decision holds for its own project; what was captured for none may speak of any.
  const holdsHere = (by: KnowledgeRecord): boolean =>
    by.project === document.project || by.project === (project ?? by.project);
  const findings = findingsIn(rulings, said, { today, subjectShare }).filter(({ ruling }) =>
    holdsHere(ruling.by),
  );
  const named = new Set<string>(findings.map(({ ruling }) => ruling.by.id));
  const unsaid = statesUnsaid(rulings, said, today).filter(
    (by) => holdsHere(by) && !named.has(by.id),
  );
  return { findings, unsaid };
}

/** Label and text are the same for every prompt, so they are made once a day and project. */
function servingOf(
  hit: RankedHit,
  { rulings, passages }: Cards,
  today: string,
  project: ProjectId | undefined,
): PassageServing {
  const key = `${today} ${project ?? ''} ${hit.id}`;
  const known = passages.get(key);
  if (known !== undefined) return known;
  const overtaken = overtakenIn(hit, rulings, today, project);
  const serving = { ...served(hit, overtaken), findings: overtaken.findings };
  if (passages.size >= PASSAGES_KEPT) passages.clear();
  passages.set(key, serving);
  return serving;
}

const PASSAGES_KEPT = 5_000;

function served({ document }: RankedHit, { findings, unsaid }: Overtaken): Serving {
  const date = document.date.slice(0, 10);
  const notes = [
    ...findings.map(({ ruling: { by, former } }) => supersededNote(by, former)),
    ...unsaid.map(
      (by) => `where it differs, trusted state holds: ${cut(by.value ?? '', 80)} (${by.id})`,
    ),
  ];
  const label = [
    document.layer,
    document.id,
    document.heading,
    `lines ${document.startLine}–${document.endLine}`,
    date,
    ...notes,
  ].filter((part) => part !== '');
  const mark = (line: string): string => {
    if (findings.length === 0) return '';
    const words = spaced(line);
    const found = findings.find(({ ruling }) => words.includes(ruling.needle.trim()));
    return found === undefined ? '' : ` [superseded by ${found.ruling.by.id}]`;
  };
  const quote = servedQuote(cut(document.text, PACK.entryChars), mark);
  return { text: `- [${label.map(servedLabel).join(' · ')}]\n${quote}\n`, date, notes };
}

function entryOf(hit: RankedHit, { text, date, notes }: Serving): PackEntry {
  const { document } = hit;
  const { summands, factors, textScore } = explain(hit);
  return {
    id: document.id,
    path: document.path,
    date,
    layer: document.layer,
    text,
    score: rounded(hit.score),
    terms: Object.fromEntries([
      ...summands.map(({ name, score }) => [name, rounded(score)] as const),
      ['text score', rounded(textScore)],
      ...factors.map(({ name, by }) => [`× ${name}`, by] as const),
    ]),
    isRelevant: true,
    notes,
  };
}

function rounded(score: number): number {
  return Math.round(score * 1_000) / 1_000;
}
