/** Records that are written by hand or proposed: a reviewer's is active, an agent's a candidate (domain.md §4). */
import { noteOf, type Person, type PlannedCommit } from './decisions.ts';
import { Desk, oneLine } from './desk.ts';
import { AtoError } from './errors.ts';
import { assertFree } from './graduation.ts';
import { type Draft, draftFault, formatDraft } from './model/authored.ts';
import { foldStatement } from './model/names.ts';
import { assertProject } from './plans.ts';
import type { RecordId } from './plugin.ts';
import type { View } from './view/view.ts';

export interface Creation {
  readonly draft: Draft;
  readonly by: Person;
  /** Only a reviewer's record is active; what an agent proposes awaits a person. */
  readonly as: 'reviewer' | 'agent';
  /** Where a proposal comes from, in words or as `path#slug`; the proposer is noted besides. */
  readonly origins?: readonly string[];
  readonly note?: string;
}

const PROPOSED_CONFIDENCE = 0.5;
const AUTHORED_CONFIDENCE = 0.9;
const ORIGINS_MAX = 20;
const ORIGIN_CHARS_MAX = 500;

/**
 * The commit of a new record. AtoError `invalid`, `not-found` (the project), `wrong-state` when a
 * record says the same already or the project's queue is full of proposals.
 */
export function planCreation(view: View, creation: Creation): PlannedCommit & { id: RecordId } {
  const { draft, by, as } = creation;
  const fault = draftFault(draft) ?? originsFault(creation.origins ?? []);
  if (fault !== undefined) throw new AtoError('invalid', fault);
  assertProject(view, draft.project);
  assertFree(view, draft);
  const isAgent = as === 'agent';
  if (isAgent) assertRoom(view, draft);
  const confidence = draft.confidence ?? (isAgent ? PROPOSED_CONFIDENCE : AUTHORED_CONFIDENCE);
  // An origin in words is nobody's to withdraw: settling looks for passages of sources only. And
  // without the digest of an extracted claim, the candidate counts as a person's until decided.
  const made = formatDraft(
    { ...draft, confidence },
    isAgent
      ? {
          status: 'candidate',
          origins: [`proposed by ${foldStatement(by.name)}`, ...(creation.origins ?? [])],
          isHandAuthored: false,
          rule: 'proposed',
        }
      : { status: 'active', origins: creation.origins ?? [], isHandAuthored: true },
  );
  const desk = new Desk(view, new Map());
  const { record } = desk.write(made.path, made.text);
  desk.say(
    ['Actor', `${by.name} <${by.email}>`],
    ['Act', isAgent ? 'propose' : 'create'],
    ['Record', made.id],
    ['After', record.status],
  );
  return {
    id: made.id,
    changes: desk.changes,
    subject: `${isAgent ? 'propose' : 'create'}: ${oneLine(record.subject)}`,
    trailers: desk.trailers,
    ...noteOf(creation.note),
  };
}

function originsFault(origins: readonly string[]): string | undefined {
  const bad = origins.find((each) => {
    const isLine = each.trim() === each && each !== '' && !/[\r\n]/.test(each);
    // A memory becomes an entity by graduation only, which looks at the memory.
    return !isLine || each.length > ORIGIN_CHARS_MAX || each.startsWith('memory:');
  });
  if (bad === undefined && origins.length <= ORIGINS_MAX) return undefined;
  const found = bad === undefined ? String(origins.length) : JSON.stringify(bad.slice(0, 80));
  return `Expected at most ${ORIGINS_MAX} origins, each a line of 1 to ${ORIGIN_CHARS_MAX} characters that names a passage or says where it is from; found ${found}.`;
}

/** Proposals take the room of extracted claims, so they may not be endless. */
function assertRoom(view: View, { project }: Draft): void {
  const max = view.config.limits.openCandidates;
  let open = 0;
  for (const { record } of view.settlement.records.values()) {
    const isProposal = record.status === 'candidate' && record.extractor === undefined;
    if (isProposal && record.project === project) open += 1;
  }
  if (open < max) return;
  throw new AtoError(
    'wrong-state',
    `Expected at most ${max} open proposals in ${project}, found ${open}. Decide some of them first.`,
    { extra: { open, max } },
  );
}
