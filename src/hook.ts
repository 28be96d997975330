/**
 * `hook <agent> [event]`: what an agent calls at each turn. It keeps what was said in the spool, which the
 * daemon watches, and prints context where there is some; it ends within 800 ms, always with 0.
 */
import { HOOK_AGENTS, type HookAgent, isHookAgent } from './agents/hook-agents.ts';
import { type HookEvent, hookEvent } from './agents/hook-event.ts';
import { keptTurn } from './agents/kept-turn.ts';
import { defined, parsed } from './agents/loose-json.ts';
import { askDaemon } from './hook-ask.ts';
import { daemonOf, type StoreFacts, storeFacts } from './hook-place.ts';
import { SessionPrompts, unanswered } from './hook-prompts.ts';
import { print, standardInput } from './hook-streams.ts';
import { type CaptureBody, captureBody, turnOver } from './hook-turn.ts';
import { Redaction } from './redaction.ts';
import { noteRefused, type Refusal, spool, storeKey } from './spool.ts';
import { storeFolder } from './store-place.ts';
import { spoolFolder } from './user-folders.ts';

/** From the start of the process to its end. */
const ALL_MS = 800;
/** On a machine so busy that the time is over before anything is on disk; the disk may be stuck, too. */
const KEEPING_MS_MAX = 3_000;
/** Where the machine took most of the time to start this: what is handed over is listened to all the same. */
const LISTENING_MS_MIN = 400;
/** Left for the start before the first line here, and for the end. */
const MARGIN_MS = 100;
/** What an agent may hand over; more is not read. */
const INPUT_BYTES_MAX = 32_000_000;
/** A store's own patterns get this long. */
const REDACTION_MS = 400;
/** All of what a hook hands on was cut to this before. */
const INLINE_CHARS_MAX = 500_000;
/** What of a prompt is searched with. */
const ASKED_CHARS_MAX = 20_000;
const CONTEXT_CHARS_MAX = 8_000;

interface Call {
  readonly event: HookEvent;
  readonly folder: string;
  readonly facts: StoreFacts;
  readonly spool: string;
  /** What stands for the store in the spool. */
  readonly store: string;
  readonly redaction: Redaction;
}

/** Set while what was handed over is on its way to the disk: that waits for nobody, and is not cut short. */
let isKeeping = false;

function remainingMs(): number {
  return ALL_MS - MARGIN_MS - process.uptime() * 1000;
}

function leave(): never {
  process.exit(0);
}

async function run(): Promise<void> {
  const { agent, named, store: said } = argumentsOf(process.argv.slice(2));
  if (!isHookAgent(agent)) {
    process.stderr.write(
      `atocore hook: expected one of ${Object.keys(HOOK_AGENTS).join(', ')}, found ${JSON.stringify(agent.slice(0, 60))}.\n`,
    );
    return;
  }
  const spoolAt = spoolFolder(process.env);
  const input = await standardInput(INPUT_BYTES_MAX);
  isKeeping = true;
  if (input === undefined) return noteRefused(spoolAt, 'too large', Date.now());
  const event = hookEvent(agent, named, parsed(input.toString('utf8').replace(/^\ufeff/, '')));
  if (event === undefined || event.notSaid === 'sub-agent') return;
  const folder = storeFolder(said);
  const facts = storeFacts(folder);
  const redaction = new Redaction({
    own: facts.patterns,
    deadlineMs: REDACTION_MS,
    inlineCharsMax: INLINE_CHARS_MAX,
  });
  // Names go into files as well; an agent may call a session what it likes.
  const { session, turn, cwd } = event;
  const names = await redaction.redact({ session, turn, cwd });
  const call = { folder, facts, spool: spoolAt, store: storeKey(folder), redaction };
  await answer({ ...call, event: { ...event, ...defined(names.value) } });
}

async function answer(call: Call): Promise<void> {
  const { event } = call;
  switch (event.moment) {
    case 'start':
      return printContext(call, undefined);
    case 'prompt':
      return prompted(call);
    case 'answer':
      return isOff('ATOCORE_CAPTURE_DISABLED') ? undefined : answered(call);
    case 'stop':
    case 'failure':
      return isOff('ATOCORE_CAPTURE_DISABLED') ? undefined : stopped(call);
    case 'end':
      return isOff('ATOCORE_CAPTURE_DISABLED') ? undefined : ended(call);
  }
}

/** A prompt is kept until its answer comes; what it is about is printed for the agent. */
async function prompted(call: Call): Promise<void> {
  const { event, redaction } = call;
  const found =
    event.notSaid !== undefined
      ? { left: event.notSaid }
      : keptTurn({ prompt: event.prompt ?? '' });
  const isKept = 'kept' in found;
  const clean = await orRefused(call, () =>
    redaction.redact(isKept ? found.kept.prompt : (event.prompt ?? '').slice(0, 60)),
  );
  if (clean === undefined) return;
  if (!isOff('ATOCORE_CAPTURE_DISABLED')) {
    sessionOf(call)?.add({
      at: now(),
      ...(event.turn === undefined ? {} : { turn: event.turn }),
      ...(event.cwd === undefined ? {} : { cwd: event.cwd }),
      ...(isKept
        ? { prompt: clean.value, removed: Object.fromEntries(clean.removed) }
        : { left: found.left }),
    });
  }
  if (isKept || found.left === 'short prompt') await printContext(call, clean.value);
}

/** What was answered up to now, of an agent that says so before the turn is over. */
async function answered(call: Call): Promise<void> {
  const { event, redaction } = call;
  const { response } = event;
  const session = sessionOf(call);
  const waiting = session?.find(event.turn);
  if (response === undefined || waiting?.prompt === undefined) return;
  const found = keptTurn({ prompt: waiting.prompt, response });
  if (!('kept' in found) || found.kept.response === undefined) return;
  const { kept } = found;
  const clean = await orRefused(call, () => redaction.redact(kept.response));
  if (clean?.value !== undefined) session?.change(waiting, { response: clean.value });
}

async function stopped(call: Call): Promise<void> {
  const { event, redaction } = call;
  const over = await orRefused(call, () =>
    turnOver(event, sessionOf(call), { redaction, now: now() }),
  );
  if (over !== undefined) keep(call, [over.body], over.noteAnswered);
}

/** Prompts that nobody will answer any more are kept by themselves. */
function ended(call: Call): void {
  const { event } = call;
  const session = sessionOf(call);
  if (session === undefined) return;
  const { agent, session: id } = event;
  const bodies = unanswered(session.read()).map((each) =>
    captureBody({ agent, session: id ?? '' }, each),
  );
  keep(call, bodies, () => session.end());
}

function sessionOf({ event, spool: folder, store }: Call): SessionPrompts | undefined {
  const { agent, session } = event;
  return session === undefined ? undefined : new SessionPrompts(folder, { store, agent, session });
}

/** Into the spool, all of them, where the daemon finds them: nothing of it waits for anybody. */
function keep(call: Call, bodies: readonly CaptureBody[], onKept: () => void): void {
  const { spool: folder, store } = call;
  const nowMs = Date.now();
  for (const body of bodies) spool(folder, { version: 1, body }, { store, nowMs });
  onKept();
  isKeeping = false;
}

async function printContext(call: Call, prompt: string | undefined): Promise<void> {
  const { event, facts, folder } = call;
  isKeeping = false;
  const moment = prompt === undefined ? 'start' : 'prompt';
  const { context }: HookAgent = HOOK_AGENTS[event.agent];
  const form = context[moment];
  if (form === undefined || isOff('ATOCORE_CONTEXT_DISABLED')) return;
  const daemon = daemonOf(folder, facts);
  if (daemon === undefined) return;
  const body = {
    moment,
    ...(prompt === undefined ? {} : { prompt: prompt.slice(0, ASKED_CHARS_MAX).toWellFormed() }),
    ...(event.cwd === undefined ? {} : { cwd: event.cwd.slice(0, 4_000).toWellFormed() }),
  };
  const said = await askDaemon(daemon, '/context/hook', { body, timeMs: remainingMs() });
  const text = said?.status === 200 ? said.body.context : undefined;
  if (typeof text !== 'string' || text === '' || text.length > CONTEXT_CHARS_MAX) return;
  const forms = {
    'hook-specific': {
      hookSpecificOutput: { hookEventName: event.event, additionalContext: text },
    },
    additionalContext: { additionalContext: text },
    // Cursor waits for a word on whether the prompt may go.
    additional_context: {
      ...(moment === 'prompt' ? { continue: true } : {}),
      additional_context: text,
    },
    text,
  };
  const printed = forms[form];
  print(typeof printed === 'string' ? printed : `${JSON.stringify(printed)}\n`);
}

/** What failed to be searched for secrets is not kept, and that is noted. */
async function orRefused<Result>(
  call: Call,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    const why: Refusal = 'secrets not searched';
    if (error instanceof Error && error.name === 'AtoError')
      noteRefused(call.spool, why, Date.now());
    else throw error;
    return undefined;
  }
}

function argumentsOf(all: readonly string[]): { agent: string; named?: string; store?: string } {
  const at = all.indexOf('--store');
  const store = at === -1 ? undefined : all[at + 1];
  const words = all.filter(
    (word, place) => !word.startsWith('-') && (at === -1 || place !== at + 1),
  );
  const [agent = '', named] = words[0] === 'hook' ? words.slice(1) : words;
  return {
    agent,
    ...(named === undefined ? {} : { named }),
    ...(store === undefined ? {} : { store }),
  };
}

function isOff(name: string): boolean {
  const value = process.env[name] ?? '';
  return value !== '' && value !== '0' && value !== 'false';
}

function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

// Whatever happens, the agent goes on: what could not be done is in the spool, or was never taken.
process.on('uncaughtException', leave);
process.on('unhandledRejection', leave);
setTimeout(
  () => (isKeeping ? setTimeout(leave, KEEPING_MS_MAX) : leave()),
  Math.max(remainingMs(), LISTENING_MS_MIN),
);
void run().then(leave, leave);
