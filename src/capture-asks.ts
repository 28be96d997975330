/** What is asked of a capture after it was taken: its claims, or that it reinforce. First looked at, then done. */
import type { Person, PlannedCommit } from './decisions.ts';
import { AtoError } from './errors.ts';
import { type Capture, type CaptureAsk, withAsk } from './model/captures.ts';
import { quote } from './model/names.ts';
import type { ClaimOutcome } from './model/snapshot.ts';
import { claimConfidence } from './pipeline/reconcile.ts';
import type { Claim, Oid, RecordId, StorePath } from './plugin.ts';
import type { Rounds } from './rounds.ts';
import type { SettlingStore } from './settling-store.ts';
import { readFile } from './store/read-file.ts';
import { reinforcedBy } from './view/reinforcement.ts';
import { capturesOf, type View } from './view/view.ts';

export interface PreviewedClaim {
  readonly claim: Claim;
  readonly confidence: number;
  /** The candidate that it is or would be. */
  readonly id: RecordId;
  readonly end: ClaimOutcome['end'];
}

export interface AskedCapture<Found> {
  readonly capture: Capture;
  readonly found: readonly Found[];
  /** The commit by which it was asked for; none for a look, or where it was asked for before. */
  readonly commit?: Oid;
}

export interface CaptureAsksParts {
  readonly settling: SettlingStore;
  readonly rounds: Rounds;
  readonly look: (paths?: (view: View) => readonly StorePath[]) => Promise<View>;
  readonly commit: (plan: PlannedCommit, by: Person) => Promise<Oid>;
}

export class CaptureAsks {
  readonly #parts: CaptureAsksParts;

  constructor(parts: CaptureAsksParts) {
    this.#parts = parts;
  }

  /** The claims of a capture and what would become of each. With `by` they are extracted. AtoError `not-found`, `busy`. */
  extract(id: string, by?: Person): Promise<AskedCapture<PreviewedClaim>> {
    return this.#ask(id, 'extract', by, async (view, capture) => {
      const { settling } = this.#parts;
      const text = withAsk(await this.#text(capture), 'extract');
      const { documents, outcomes } = capture.extract
        ? view.settlement
        : await settling.preview(capture.path, text);
      const ends = outcomes.filter(({ path }) => path === capture.path);
      return (documents.get(capture.path)?.claims ?? []).flatMap(({ claim }, at) => {
        const outcome = ends[at];
        if (outcome === undefined) return [];
        const confidence = claimConfidence(claim.prior, capture.path);
        return [{ claim, confidence, id: outcome.id, end: outcome.end }];
      });
    });
  }

  /** The active records that a capture says again. With `by` it reinforces them. AtoError `not-found`, `busy`. */
  reinforce(id: string, by?: Person): Promise<AskedCapture<RecordId>> {
    return this.#ask(id, 'reinforce', by, async (view, capture) =>
      reinforcedBy(view.settlement, capture),
    );
  }

  #ask<Found>(
    id: string,
    ask: CaptureAsk,
    by: Person | undefined,
    find: (view: View, capture: Capture) => Promise<readonly Found[]>,
  ): Promise<AskedCapture<Found>> {
    const { rounds, look, commit } = this.#parts;
    return rounds.inTurn(async () => {
      const view = await look();
      const capture = captureIn(view, id);
      const isNew = by !== undefined && !capture[ask];
      if (!isNew) return { capture, found: await find(view, capture) };
      const text = withAsk(await this.#text(capture), ask);
      const oid = await commit(planOf(capture, ask, { by, text }), by);
      const after = await rounds.round([capture.path]);
      const asked = captureIn(after, id);
      return { capture: asked, found: await find(after, asked), commit: oid };
    });
  }

  async #text({ path }: Capture): Promise<string> {
    return (await readFile(this.#parts.settling.store, path)).bytes.toString('utf8');
  }
}

function captureIn(view: View, id: string): Capture {
  const capture = capturesOf(view).find((each) => each.id === id);
  if (capture !== undefined) return capture;
  const message = `Expected the id of a capture, found ${quote(id)}. A new one shows after the next commit.`;
  throw new AtoError('not-found', message);
}

function planOf(
  { id, path }: Capture,
  ask: CaptureAsk,
  { by, text }: { readonly by: Person; readonly text: string },
): PlannedCommit {
  return {
    changes: [{ path, text }],
    subject: `${ask}: ${id}`,
    trailers: [
      ['Actor', `${by.name} <${by.email}>`],
      ['Act', ask],
      ['Capture', id],
    ],
  };
}
