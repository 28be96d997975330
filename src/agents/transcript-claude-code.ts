/**
 * A line of a Claude Code session file, `~/.claude/projects/<folder>/<session>.jsonl`. The format is
 * the agent's own and changes: read loosely, by the rule of surfaces.md §3 (as of 2.1, November 2026).
 */
import { isHarnessText } from './harness-text.ts';
import { type Json, objectOf, textOf, texts } from './loose-json.ts';
import type { LineMeaning, NotSaid, SessionFacts } from './transcript.ts';

export function claudeCodeLine(value: unknown): LineMeaning {
  const line = objectOf(value);
  if (line === undefined) return { is: 'not said', why: 'malformed' };
  if (line.type === 'user') return userLine(line);
  if (line.type === 'assistant') return assistantLine(line);
  return { is: 'nothing' };
}

function userLine(line: Json): LineMeaning {
  const why = notAPrompt(line);
  if (why !== undefined) return { is: 'not said', why };
  const said = texts(objectOf(line.message)?.content);
  if (said === undefined) return { is: 'not said', why: 'malformed' };
  const own = said.filter((text) => !isHarnessText(text));
  const text = own.join('\n\n').trim();
  if (text === '') return { is: 'not said', why: said.length > 0 ? 'harness text' : 'malformed' };
  const lineId = textOf(line.uuid);
  return {
    is: 'prompt',
    prompt: { text, ...factsOf(line), ...(lineId === undefined ? {} : { lineId }) },
  };
}

function notAPrompt(line: Json): NotSaid | undefined {
  if (line.isSidechain === true) return 'sub-agent';
  if (line.isCompactSummary === true) return 'summary';
  if (line.isMeta === true) return 'meta';
  if (line.toolUseResult !== undefined && line.toolUseResult !== null) return 'tool result';
  const content = objectOf(line.message)?.content;
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [];
  if (blocks.some((block) => objectOf(block)?.type === 'tool_result')) return 'tool result';
  return isByPerson(line.origin) ? undefined : 'not by a person';
}

function isByPerson(origin: unknown): boolean {
  if (origin === undefined || origin === null) return true;
  const kind =
    typeof origin === 'string' ? origin : (objectOf(origin)?.kind ?? objectOf(origin)?.type);
  return kind === 'human';
}

function assistantLine(line: Json): LineMeaning {
  if (line.isSidechain === true) return { is: 'not said', why: 'sub-agent' };
  if (line.isMeta === true) return { is: 'not said', why: 'meta' };
  const message = objectOf(line.message);
  const said = texts(message?.content);
  const text = (said ?? []).join('\n\n').trim();
  if (text === '') return { is: 'nothing' };
  if (line.isApiErrorMessage === true) return { is: 'failure', text };
  // What the harness says in the agent's place, such as "No response requested."
  if (message?.model === '<synthetic>') return { is: 'not said', why: 'harness text' };
  const messageId = textOf(message?.id);
  return { is: 'answer', text, ...(messageId === undefined ? {} : { messageId }) };
}

function factsOf(line: Json): SessionFacts {
  const [sessionId, cwd, at] = [textOf(line.sessionId), textOf(line.cwd), textOf(line.timestamp)];
  const turnId = textOf(line.promptId) ?? textOf(line.uuid);
  return {
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(turnId === undefined ? {} : { turnId }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(at === undefined ? {} : { at }),
  };
}
