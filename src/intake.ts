/** What comes in through `inbox/` and through requests, checked and made a turn (domain.md §2). */
import { AtoError } from './errors.ts';
import { CAPTURE_CHARS_MAX, TURN_SCHEMA, type Turn, type TurnInput, toTurn } from './model/captures.ts';
import { decodeText, splitFrontMatter } from './model/front-matter.ts';
import { INBOX_PROJECT, quote } from './model/names.ts';
import { canonicalProject, type Registry } from './model/projects.ts';
import type { Problem, StorePath } from './plugin.ts';

/** A checked turn, its project canonical. AtoError `invalid` says what to correct. */
export function checkTurn(registry: Registry, input: TurnInput): Turn {
  const chars = input.prompt.length + (input.response?.length ?? 0);
  if (input.prompt.trim() === '' || chars > CAPTURE_CHARS_MAX) {
    throw new AtoError(
      'invalid',
      `Expected a prompt and at most ${CAPTURE_CHARS_MAX} characters of prompt and response, found ${chars}. Send less, or send it as a source.`,
    );
  }
  for (const [name, text] of Object.entries(input)) {
    if (typeof text === 'string' && !text.isWellFormed()) {
      throw new AtoError('invalid', `Expected Unicode text in ${name}, found half a surrogate pair.`);
    }
  }
  if (input.project === undefined || input.project === '') return toTurn(input, INBOX_PROJECT);
  const project = canonicalProject(registry, input.project);
  if (project !== undefined) return toTurn(input, project);
  throw new AtoError(
    'invalid',
    `Expected the id or alias of a registered project, found ${quote(input.project)}. Leave it out to keep the capture in ${INBOX_PROJECT}, or register the project.`,
  );
}

/** The turns of a file in the drop box, or why it stays where it is. */
export function readInboxFile(
  path: StorePath,
  bytes: Uint8Array,
): { inputs: readonly TurnInput[] } | { problem: Problem } {
  const decoded = decodeText(bytes);
  if ('fault' in decoded) return { problem: { path, ...decoded.fault } };
  return path.endsWith('.json') ? readJson(path, decoded.text) : readMarkdown(path, decoded.text);
}

function readJson(
  path: StorePath,
  text: string,
): { inputs: readonly TurnInput[] } | { problem: Problem } {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fault(path, 'bad-json', `Expected JSON, found: ${error.message}. Correct the file.`);
  }
  const inputs: TurnInput[] = [];
  for (const each of Array.isArray(value) ? value : [value]) {
    const read = TURN_SCHEMA.safeParse(each);
    if (!read.success) return fault(path, 'bad-field', fieldMessage(read.error.issues[0]));
    inputs.push(read.data);
  }
  return { inputs };
}

function readMarkdown(
  path: StorePath,
  text: string,
): { inputs: readonly TurnInput[] } | { problem: Problem } {
  const split = splitFrontMatter(text);
  if ('fault' in split) return { problem: { path, ...split.fault } };
  const { frontMatter, body } = split.parts;
  const prompt = frontMatter['prompt'] ?? body.trim();
  const response = frontMatter['prompt'] === undefined ? undefined : body.trim();
  const read = TURN_SCHEMA.safeParse({
    ...frontMatter,
    prompt,
    ...(response === undefined || response === '' ? {} : { response }),
  });
  if (read.success) return { inputs: [read.data] };
  return fault(path, 'bad-field', fieldMessage(read.error.issues[0]));
}

function fieldMessage(
  issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined,
): string {
  return `Expected the fields of a capture, found a fault at ${quote(issue?.path.join('.') ?? '')}: ${issue?.message ?? ''}. Correct the file.`;
}

function fault(path: StorePath, rule: string, message: string): { problem: Problem } {
  return { problem: { path, rule, message } };
}
