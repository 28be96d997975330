/** Captures: what was said in one turn with an agent, as a file (domain.md §2, design.md §6). */
import { z } from 'zod';
import type { Problem, ProjectId, StorePath } from '../plugin.ts';
import { flag, isoTime, readFields, textField, textList } from './fields.ts';
import { formatFile, splitFrontMatter, withFields } from './front-matter.ts';
import { digest, INBOX_PROJECT } from './names.ts';

export const CAPTURE_CHARS_MAX = 1_000_000;

/** One turn as a client gives it. */
export interface Turn {
  readonly prompt: string;
  readonly response?: string;
  readonly responseSummary?: string;
  /** Canonical; `_inbox` when the caller named none. */
  readonly project: ProjectId;
  readonly client?: string;
  readonly sessionId?: string;
  readonly turnId?: string;
  readonly memoriesUsed?: readonly string[];
  readonly chunksUsed?: readonly string[];
  readonly reinforce: boolean;
  readonly extract: boolean;
}

export interface Capture extends Turn {
  /** `cap-` and the start of the digest. */
  readonly id: string;
  readonly path: StorePath;
  /** UTC. */
  readonly at: string;
}

const SCHEMA = z.object({
  id: textField,
  at: isoTime,
  project: textField,
  client: textField.optional(),
  session_id: textField.optional(),
  turn_id: textField.optional(),
  response_summary: textField.optional(),
  memories_used: textList.optional(),
  chunks_used: textList.optional(),
  reinforce: flag.optional(),
  extract: flag.optional(),
  prompt_lines: z.number().int().min(0),
  digest: textField,
});

const PROMPT_HEADING = '## Prompt\n\n';
const RESPONSE_HEADING = '\n\n## Response\n\n';

/** The digest of a turn: same content, same digest, whenever it comes again. */
export function turnDigest(turn: Turn): string {
  return digest(
    JSON.stringify([
      lineFeeds(turn.prompt),
      turn.response === undefined ? null : lineFeeds(turn.response),
      turn.responseSummary ?? null,
      turn.project,
      turn.client ?? null,
      turn.sessionId ?? null,
      turn.turnId ?? null,
    ]),
  );
}

// Line ends are those of the file, so that the digest can be made again from it.
function lineFeeds(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

/** The id that goes with a digest. 64 bits, so that a store of millions sees no collision. */
export function captureId(turnDigestText: string): string {
  return `cap-${turnDigestText.slice('sha256-'.length, 'sha256-'.length + 16)}`;
}

/** The file of a turn; `at` is UTC, `2026-04-09T10:15:00Z`. */
export function formatCapture(turn: Turn, at: string): { capture: Capture; text: string } {
  const wholeDigest = turnDigest(turn);
  const id = captureId(wholeDigest);
  const path = capturePath(id, at);
  const prompt = lineFeeds(turn.prompt);
  const response = turn.response === undefined ? undefined : lineFeeds(turn.response);
  const fields = {
    id,
    type: 'capture',
    at,
    project: turn.project,
    client: turn.client,
    session_id: turn.sessionId,
    turn_id: turn.turnId,
    response_summary: turn.responseSummary,
    memories_used: turn.memoriesUsed,
    chunks_used: turn.chunksUsed,
    reinforce: turn.reinforce,
    extract: turn.extract,
    prompt_lines: prompt.split('\n').length,
    digest: wholeDigest,
  };
  const body = `\n${PROMPT_HEADING}${prompt}${response === undefined ? '' : RESPONSE_HEADING + response}\n`;
  const said = response === undefined ? { prompt } : { prompt, response };
  return { capture: { ...turn, ...said, id, path, at }, text: formatFile(fields, body) };
}

/** `captures/2026/04/09/101500-<16 digits>.md`. */
export function capturePath(id: string, at: string): StorePath {
  const [day = '', time = ''] = at.split('T');
  const clock = time.slice(0, 8).replaceAll(':', '');
  return `captures/${day.replaceAll('-', '/')}/${clock}-${id.slice('cap-'.length)}.md` as StorePath;
}

/** The id of the capture at a path; none when the name isn't one that the engine gives. */
export function captureIdOfPath(path: StorePath): string | undefined {
  const found = /^captures\/\d{4}\/\d\d\/\d\d\/\d{6}-([0-9a-f]{16})\.md$/.exec(path);
  return found === null ? undefined : `cap-${found[1]}`;
}

/** Reads a capture file; the project is as written, to be made canonical by the caller. */
export function readCapture(
  path: StorePath,
  text: string,
): { capture: Capture } | { problem: Problem } {
  const split = splitFrontMatter(text);
  if ('fault' in split) return { problem: { path, ...split.fault } };
  const read = readFields(SCHEMA, split.parts.frontMatter, path);
  if ('problem' in read) return read;
  const { fields } = read;
  const body = split.parts.body.replace(/\r\n/g, '\n').replace(/^\n+/, '').replace(/\n$/, '');
  const { prompt, response } = splitTurn(body, fields.prompt_lines);
  const capture: Capture = {
    id: fields.id,
    path,
    at: fields.at,
    project: fields.project as ProjectId,
    prompt,
    ...(response === undefined ? {} : { response }),
    ...(fields.client === undefined ? {} : { client: fields.client }),
    ...(fields.session_id === undefined ? {} : { sessionId: fields.session_id }),
    ...(fields.turn_id === undefined ? {} : { turnId: fields.turn_id }),
    ...(fields.response_summary === undefined ? {} : { responseSummary: fields.response_summary }),
    ...(fields.memories_used === undefined ? {} : { memoriesUsed: fields.memories_used }),
    ...(fields.chunks_used === undefined ? {} : { chunksUsed: fields.chunks_used }),
    reinforce: fields.reinforce ?? false,
    extract: fields.extract ?? false,
  };
  return { capture };
}

/** What a capture may be asked for after it was taken. */
export type CaptureAsk = 'extract' | 'reinforce';

/** The file of a capture with one more thing asked of it; its digest doesn't count what is asked. */
export function withAsk(text: string, ask: CaptureAsk): string {
  return withFields(text, { [ask]: true });
}

// A prompt may hold any heading, `## Response` too: its length is what tells where it ends.
function splitTurn(body: string, promptLines: number): { prompt: string; response?: string } {
  const said = body.startsWith(PROMPT_HEADING) ? body.slice(PROMPT_HEADING.length) : body;
  const lines = said.split('\n');
  const prompt = lines.slice(0, promptLines).join('\n');
  const rest = lines.slice(promptLines).join('\n');
  const heading = RESPONSE_HEADING.slice(1);
  return rest.startsWith(heading) ? { prompt, response: rest.slice(heading.length) } : { prompt };
}

// All of it but prompt and response is frontmatter, which holds 64 KiB (faults.md §1): what is
// acknowledged must be readable.
const name = z.string().max(200);
const names = z.array(z.string().max(160)).max(100);
// A file with a NUL is no text and would never be read again.
const text = z.string().refine((value) => !value.includes('\0'), 'text without NUL characters');

/** What a file in `inbox/` or a request may say, before names are made canonical. */
export const TURN_SCHEMA = z.object({
  prompt: text,
  response: text.optional(),
  response_summary: z.string().max(4_000).optional(),
  project: name.optional(),
  client: name.optional(),
  session_id: name.optional(),
  turn_id: name.optional(),
  memories_used: names.optional(),
  chunks_used: names.optional(),
  reinforce: z.boolean().optional(),
  extract: z.boolean().optional(),
  /** When it was said, where that was before now: an import, a spool that waited. */
  at: isoTime.optional(),
});

export type TurnInput = z.infer<typeof TURN_SCHEMA>;

/** When a turn was said, as a capture holds it: whole seconds of UTC. `now` likewise. */
export function saidAt(input: TurnInput, now: string): string {
  if (input.at === undefined) return now;
  const at = `${new Date(input.at).toISOString().slice(0, 19)}Z`;
  return at < now ? at : now;
}

/** A checked input as a turn of a project. */
export function toTurn(input: TurnInput, project: ProjectId = INBOX_PROJECT): Turn {
  return {
    prompt: input.prompt,
    ...(input.response === undefined ? {} : { response: input.response }),
    ...(input.response_summary === undefined ? {} : { responseSummary: input.response_summary }),
    project,
    ...(input.client === undefined ? {} : { client: input.client }),
    ...(input.session_id === undefined ? {} : { sessionId: input.session_id }),
    ...(input.turn_id === undefined ? {} : { turnId: input.turn_id }),
    ...(input.memories_used === undefined ? {} : { memoriesUsed: input.memories_used }),
    ...(input.chunks_used === undefined ? {} : { chunksUsed: input.chunks_used }),
    reinforce: input.reinforce ?? false,
    extract: input.extract ?? false,
  };
}
