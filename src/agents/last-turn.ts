/** The last turn of a session file, for what an agent's event leaves out: read from its end, a bounded part. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { HOOK_AGENTS, type HookAgent, type HookAgentName } from './hook-agents.ts';
import { objectOf, parsed, textOf } from './loose-json.ts';
import { type TranscriptFormat, TranscriptReader } from './transcript.ts';

/** A turn longer than this is not looked for: a hook has little time. */
export const TAIL_BYTES_MAX = 4_000_000;

export interface LastTurn {
  readonly prompt?: string;
  readonly response?: string;
  readonly failure?: string;
}

/** None where the file can't be read or holds no turn. */
export async function lastTurn(name: HookAgentName, path: string): Promise<LastTurn | undefined> {
  const agent: HookAgent = HOOK_AGENTS[name];
  if (agent.transcript === undefined) return undefined;
  const lines = await tailOf(path);
  if (lines === undefined) return undefined;
  return agent.transcript === 'copilot' ? copilotTurn(lines) : turnIn(lines, agent.transcript);
}

function turnIn(lines: readonly string[], format: TranscriptFormat): LastTurn | undefined {
  const reader = new TranscriptReader(format);
  for (const line of lines) reader.read(line);
  return reader.end();
}

/** Copilot's `events.jsonl`: `{type: 'user.message' | 'assistant.message', data: {content}}`. */
function copilotTurn(lines: readonly string[]): LastTurn | undefined {
  let turn: LastTurn | undefined;
  for (const line of lines) {
    const { type, data } = objectOf(parsed(line)) ?? {};
    const { content, parentToolCallId } = objectOf(data) ?? {};
    const said = textOf(content);
    if (said === undefined || textOf(parentToolCallId) !== undefined) continue;
    if (type === 'user.message') turn = { prompt: said };
    if (type === 'assistant.message') turn = { ...turn, response: said };
  }
  return turn;
}

async function tailOf(path: string): Promise<readonly string[] | undefined> {
  try {
    // Not to wait for somebody who writes into a pipe.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const found = await file.stat();
      if (!found.isFile()) return undefined;
      const { size } = found;
      const from = Math.max(0, size - TAIL_BYTES_MAX);
      const bytes = Buffer.alloc(size - from);
      const { bytesRead } = await file.read(bytes, 0, bytes.byteLength, from);
      const lines = bytes.subarray(0, bytesRead).toString('utf8').split('\n');
      // The first may be the end of one.
      return from === 0 ? lines : lines.slice(1);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (/^E[A-Z]+$/.test((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
