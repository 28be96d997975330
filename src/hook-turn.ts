/** A turn that is over, put together from what its events said; the session file only for what they left out. */
import type { HookEvent } from './agents/hook-event.ts';
import { keptText, keptTurn } from './agents/kept-turn.ts';
import type { LastTurn } from './agents/last-turn.ts';
import { defined } from './agents/loose-json.ts';
import type { SessionPrompts, WaitingPrompt } from './hook-prompts.ts';
import type { Redaction } from './redaction.ts';

/** A capture to be: a request body of `POST /interactions`. */
export type CaptureBody = Readonly<Record<string, unknown>>;

export interface TurnOver {
  readonly body: CaptureBody;
  /** To be called once the capture is in the spool, and not before. */
  readonly noteAnswered: () => void;
}

const NAME_CHARS_MAX = 200;
const CWD_CHARS_MAX = 4_000;
const FAILURE_CHARS_MAX = 500;

/** The capture that the end of a turn makes; none where its prompt isn't kept, or nobody knows it. */
export async function turnOver(
  event: HookEvent,
  session: SessionPrompts | undefined,
  { redaction, now }: { readonly redaction: Redaction; readonly now: string },
): Promise<TurnOver | undefined> {
  const waiting = session?.find(event.turn);
  if (waiting?.left !== undefined) return undefined;
  const told = {
    prompt: waiting?.prompt ?? event.prompt,
    response: event.response ?? waiting?.response,
  };
  const said: LastTurn = {
    ...(needsTranscript(event, told) ? await fromTranscript(event) : {}),
    ...defined(told),
  };
  const found = keptTurn({ ...said, prompt: said.prompt ?? '' });
  const kept = waiting?.prompt !== undefined ? { prompt: waiting.prompt } : keptIn(found);
  if (kept === undefined) return undefined;
  const answered = await redaction.redact({
    // What waited was cleaned when it came.
    ...(waiting?.prompt === undefined ? kept : {}),
    response: said.response === undefined ? '' : keptText(said.response),
    failure: (event.failure ?? said.failure ?? '').slice(0, FAILURE_CHARS_MAX).toWellFormed(),
  });
  const { value } = answered;
  const isFailure = value.response === '' && value.failure !== '';
  const body = captureBody(event, {
    at: waiting?.at ?? now,
    ...(waiting?.turn === undefined ? {} : { turn: waiting.turn }),
    ...defined({ cwd: waiting?.cwd ?? event.cwd }),
    prompt: value.prompt ?? kept.prompt,
    removed: sum(waiting?.removed ?? {}, answered.removed),
    ...(value.response === '' || event.moment === 'failure' ? {} : { response: value.response }),
    ...(isFailure || event.moment === 'failure' ? { failure: value.failure || 'unknown' } : {}),
  });
  const noteAnswered = (): void => {
    if (waiting !== undefined) session?.change(waiting, { isAnswered: true });
  };
  return { body, noteAnswered };
}

/** The body for a prompt with or without its answer. Conservative: kept, and nothing made of it. */
export function captureBody(
  of: { readonly agent: string; readonly session?: string; readonly turn?: string },
  said: WaitingPrompt & { readonly failure?: string },
): CaptureBody {
  const turn = of.turn ?? said.turn;
  return {
    prompt: said.prompt,
    ...(said.response === undefined ? {} : { response: said.response }),
    ...(said.failure === undefined ? {} : { response_summary: `failed: ${said.failure}` }),
    client: of.agent,
    ...(of.session === undefined ? {} : { session_id: nameOf(of.session) }),
    ...(turn === undefined ? {} : { turn_id: nameOf(turn) }),
    ...(said.cwd === undefined ? {} : { cwd: said.cwd.slice(0, CWD_CHARS_MAX).toWellFormed() }),
    at: said.at,
    reinforce: false,
    extract: false,
    ...(Object.keys(said.removed ?? {}).length === 0 ? {} : { secrets_removed: said.removed }),
  };
}

function needsTranscript(
  event: HookEvent,
  { prompt, response }: { prompt: string | undefined; response: string | undefined },
): boolean {
  if (event.transcript === undefined || event.moment === 'failure') return false;
  return prompt === undefined || response === undefined;
}

// Loaded when it is needed, which is seldom.
async function fromTranscript({ agent, transcript = '' }: HookEvent): Promise<LastTurn> {
  const { lastTurn } = await import('./agents/last-turn.ts');
  return (await lastTurn(agent, transcript)) ?? {};
}

function keptIn(found: ReturnType<typeof keptTurn>): { readonly prompt: string } | undefined {
  return 'kept' in found ? { prompt: found.kept.prompt } : undefined;
}

function nameOf(name: string): string {
  return name.slice(0, NAME_CHARS_MAX).toWellFormed().replaceAll('\0', '\ufffd');
}

function sum(
  one: Readonly<Record<string, number>>,
  other: ReadonlyMap<string, number>,
): Readonly<Record<string, number>> {
  const all = { ...one };
  for (const [kind, count] of other) all[kind] = (all[kind] ?? 0) + count;
  return all;
}
