/** What a review asks of the store, over the same requests as everyone's. */
import { AtoError } from '../errors.ts';
import type { EvidenceJson } from '../http/evidence.ts';
import type { QueueEntryJson, QueueJson } from '../http/queue.ts';
import type { DecidedManyJson } from '../http/queue-decisions.ts';
import { type Client, Refused } from './client.ts';
import { ownWordOf } from './own-word.ts';
import type { Answer, Ask, Candidate, Neighbour, Present, Queue, Quote } from './review-state.ts';

export interface ReviewDesk {
  /** The whole queue, or the project's. */
  readonly queue: () => Promise<Queue>;
  /** A refusal is an answer; what nobody foresaw is thrown. */
  readonly answer: (ask: Exclude<Ask, { kind: 'quit' }>) => Promise<Answer>;
}

export interface ReviewWho {
  readonly project?: string;
  /** `{actor}` of a request, or nothing. */
  readonly signed: { readonly actor?: string };
}

const PAGE = '200';
/** What makes a decision worth another look at the record instead of a mere message. */
const OVERTAKEN = new Set(['changed', 'wrong-state', 'not-found']);

export function reviewDesk(client: Pick<Client, 'get' | 'send'>, who: ReviewWho): ReviewDesk {
  const { project, signed } = who;

  const queue = async (): Promise<Queue> => {
    const candidates: Candidate[] = [];
    let cursor: string | undefined;
    for (;;) {
      const page = await client.get<QueueJson>('/queue', { project, limit: PAGE, cursor });
      candidates.push(...page.items.map(candidateOf));
      cursor = page.next_cursor;
      if (cursor !== undefined) continue;
      const { held, oldest, open_conflicts_count: openConflicts } = page;
      return { candidates, held, openConflicts, ...(oldest === undefined ? {} : { oldest }) };
    }
  };

  const present = async (id: string): Promise<Present> => {
    const { candidates } = await queue();
    const found = candidates.find((each) => each.id === id);
    return found ?? { status: await statusOf(client, id) };
  };

  const decide = async (ask: Ask & { kind: 'decide' }): Promise<Answer> => {
    const { candidate, act, note, edit } = ask;
    const { id } = candidate;
    const decision = { act, id, if_match: candidate.oid, note, edit };
    try {
      const body = { decisions: [decision], ...signed };
      const { commit, decided } = await client.send<DecidedManyJson>('POST', '/queue/decisions', {
        body,
        scope: 'reviewer',
      });
      const conflicts = decided.flatMap((each) => each.conflicts);
      return { kind: 'decided', id, act, commit, isEdited: edit !== undefined, conflicts };
    } catch (error) {
      if (!(error instanceof Refused) || !OVERTAKEN.has(error.problem.code)) throw error;
      return { kind: 'changed', id, present: await present(id) };
    }
  };

  const undo = async ({ taken }: Ask & { kind: 'undo' }): Promise<Answer> => {
    const { id, commit } = taken;
    await client.send('POST', '/undo', { body: { commit, ...signed }, scope: 'reviewer' });
    return { kind: 'undone', id, present: await present(id) };
  };

  const asked = async (ask: Exclude<Ask, { kind: 'quit' }>): Promise<Answer> => {
    if (ask.kind === 'queue') return { kind: 'queue', queue: await queue() };
    return ask.kind === 'undo' ? undo(ask) : decide(ask);
  };

  return {
    queue,
    async answer(ask) {
      try {
        return await asked(ask);
      } catch (error) {
        const isForeseen = error instanceof Refused || error instanceof AtoError;
        if (!isForeseen) throw error;
        return { kind: 'refused', detail: error.message };
      }
    },
  };
}

// The id doesn't tell memories from entities; the one that has it answers.
async function statusOf(client: Pick<Client, 'get'>, id: string): Promise<string> {
  for (const collection of ['memory', 'entities']) {
    try {
      const path = `/${collection}/${encodeURIComponent(id)}`;
      return (await client.get<{ status: string }>(path)).status;
    } catch (error) {
      if (!(error instanceof Refused) || error.problem.code !== 'not-found') throw error;
    }
  }
  return 'gone';
}

function candidateOf(entry: QueueEntryJson): Candidate {
  const { id, type, kind, project, subject, value, text, confidence, rule, since, oid } = entry;
  const { nearest } = entry;
  const ownWord = ownWordOf(entry);
  return {
    id,
    type,
    kind,
    project,
    subject,
    text,
    confidence,
    since: since.slice(0, 10),
    oid,
    source: sourceOf(entry.origins[0] ?? entry.path),
    opposed: entry.opposed,
    evidence: entry.evidence_places.map(quoteOf),
    ...(value === undefined ? {} : { value }),
    ...(rule === undefined ? {} : { rule }),
    ...(ownWord === undefined ? {} : { ownWord }),
    ...(nearest === undefined ? {} : { nearest: neighbourOf(nearest) }),
  };
}

function quoteOf({ origin, path, heading_path, lines, quote, current }: EvidenceJson): Quote {
  const [from, to] = lines ?? [];
  const range = from === to ? `line ${from}` : `lines ${from}–${to}`;
  return {
    path: path ?? origin,
    headings: heading_path,
    lines: from === undefined ? '' : range,
    quote,
    isCurrent: current,
  };
}

function neighbourOf({
  record,
  likeness,
  difference,
}: NonNullable<QueueEntryJson['nearest']>): Neighbour {
  const { id, value } = record;
  return { id, likeness, difference, ...(value === undefined ? {} : { value }) };
}

/** The file of an origin; other origins stand for themselves. */
function sourceOf(origin: string): string {
  const end = origin.indexOf('#');
  return end === -1 ? origin : origin.slice(0, end);
}
