/**
 * A line of a Codex session file, `~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl`: `{timestamp, type,
 * payload}`. What a person typed stands twice, as a message to the model (among what the harness tells
 * it) and as the event `user_message`; only the event says who spoke (as of 0.148, November 2026).
 */
import { isHarnessText } from './harness-text.ts';
import { type Json, objectOf, textOf, texts } from './loose-json.ts';
import type { LineMeaning, SessionFacts } from './transcript.ts';

const NOTHING: LineMeaning = { is: 'nothing' };
/** Editors put what is open before what was typed. */
const REQUEST_HEADING = /^## My request for Codex:[ \t]*\n/m;
const EDITOR_HEADING = '# Context from my IDE setup:';

export function codexLine(value: unknown): LineMeaning {
  const line = objectOf(value);
  if (line === undefined) return { is: 'not said', why: 'malformed' };
  const payload = objectOf(line.payload);
  if (payload === undefined) return NOTHING;
  switch (line.type) {
    case 'session_meta':
      return { is: 'about', about: sessionFacts(payload) };
    case 'turn_context':
      return { is: 'about', about: turnFacts(payload) };
    case 'event_msg':
      return eventMeaning(payload, line);
    case 'response_item':
      return itemMeaning(payload, line);
    default:
      return NOTHING;
  }
}

function sessionFacts(payload: Json): SessionFacts {
  const sessionId = textOf(payload.id) ?? textOf(payload.session_id);
  const cwd = textOf(payload.cwd);
  const isSubAgent =
    objectOf(payload.source)?.subagent !== undefined || payload.thread_source === 'subagent';
  return {
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(isSubAgent ? { isSubAgent } : {}),
  };
}

function turnFacts(payload: Json): SessionFacts {
  const [turnId, cwd] = [textOf(payload.turn_id), textOf(payload.cwd)];
  return {
    ...(turnId === undefined ? {} : { turnId }),
    ...(cwd === undefined ? {} : { cwd }),
  };
}

function eventMeaning(payload: Json, line: Json): LineMeaning {
  switch (payload.type) {
    case 'task_started':
    case 'turn_started':
      return { is: 'about', about: turnFacts(payload) };
    case 'user_message':
      return promptOf(textOf(payload.message) ?? '', line, 'confirmed');
    case 'agent_message':
      return answerOf(textOf(payload.message));
    case 'task_complete':
    case 'turn_complete':
      return answerOf(textOf(payload.last_agent_message));
    case 'error':
    case 'stream_error': {
      const text = textOf(payload.message);
      return text === undefined ? NOTHING : { is: 'failure', text };
    }
    default:
      return NOTHING;
  }
}

function itemMeaning(payload: Json, line: Json): LineMeaning {
  if (payload.type === 'function_call_output' || payload.type === 'custom_tool_call_output') {
    return { is: 'not said', why: 'tool result' };
  }
  if (payload.type !== 'message') return NOTHING;
  const said = texts(payload.content) ?? [];
  if (payload.role === 'assistant') return answerOf(said.join('\n\n'));
  if (payload.role !== 'user') return { is: 'not said', why: 'meta' };
  return promptOf(said.filter((text) => !isHarnessText(text)).join('\n\n'), line, 'tentative');
}

function promptOf(whole: string, line: Json, standing: 'tentative' | 'confirmed'): LineMeaning {
  const text = requestIn(whole).trim();
  if (text === '' || isHarnessText(text)) return { is: 'not said', why: 'harness text' };
  const at = textOf(line.timestamp);
  return { is: 'prompt', prompt: { text, standing, ...(at === undefined ? {} : { at }) } };
}

function requestIn(text: string): string {
  if (!text.trimStart().startsWith(EDITOR_HEADING)) return text;
  const heading = REQUEST_HEADING.exec(text);
  return heading === null ? text : text.slice(heading.index + heading[0].length);
}

function answerOf(text: string | undefined): LineMeaning {
  const said = text?.trim() ?? '';
  return said === '' ? NOTHING : { is: 'answer', text: said };
}
