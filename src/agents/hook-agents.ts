/**
 * The agents whose hooks are understood: the names that each gives its events and fields, and what
 * it takes back. From their documentation of November 2026; read loosely, since they change.
 */

/**
 * `start`: a session begins. `prompt`: a person sent something. `answer`: something was answered,
 * maybe not the last of it. `stop`: the turn is over. `failure`: it ended without an answer.
 * `end`: the session is over.
 */
export type HookMoment = 'start' | 'prompt' | 'answer' | 'stop' | 'failure' | 'end';

/**
 * How context is handed back on stdout: `hook-specific` is Claude Code's
 * `{hookSpecificOutput: {hookEventName, additionalContext}}`, the next two are an object with that
 * one key, `text` is the context alone.
 */
export type ContextForm = 'hook-specific' | 'additionalContext' | 'additional_context' | 'text';

export interface HookAgent {
  /** For people. */
  readonly title: string;
  /**
   * The agent's names of each moment. The first is the one to register the command for, as
   * `hook <agent> <event>`; the others are understood too.
   */
  readonly events: Readonly<
    Record<'prompt' | 'stop', readonly string[]> & Partial<Record<HookMoment, readonly string[]>>
  >;
  /** Where each value stands in the agent's JSON: the first of these paths that holds one. */
  readonly fields: Readonly<Record<HookField, readonly string[]>>;
  /** The moments at which the agent takes context, and in which form. */
  readonly context: Readonly<Partial<Record<'start' | 'prompt', ContextForm>>>;
  /** The format of its session files, for answers that the event leaves out. */
  readonly transcript?: 'claude-code' | 'codex' | 'copilot';
}

export type HookField =
  | 'event'
  | 'session'
  | 'turn'
  | 'cwd'
  | 'prompt'
  | 'response'
  | 'failure'
  | 'source'
  | 'subAgent'
  | 'transcript';

const CLAUDE_CODE_FIELDS: HookAgent['fields'] = {
  event: ['hook_event_name'],
  session: ['session_id'],
  turn: ['prompt_id', 'turn_id'],
  cwd: ['cwd'],
  prompt: ['prompt'],
  response: ['last_assistant_message'],
  failure: ['error_details', 'error'],
  source: ['source', 'prompt_source', 'origin.kind', 'origin'],
  subAgent: ['agent_id'],
  transcript: ['transcript_path'],
};

const CLAUDE_CODE_EVENTS: HookAgent['events'] = {
  start: ['SessionStart'],
  prompt: ['UserPromptSubmit'],
  stop: ['Stop'],
  failure: ['StopFailure'],
  end: ['SessionEnd'],
};

export const HOOK_AGENTS = {
  'claude-code': {
    title: 'Claude Code',
    events: CLAUDE_CODE_EVENTS,
    fields: CLAUDE_CODE_FIELDS,
    context: { start: 'hook-specific', prompt: 'hook-specific' },
    transcript: 'claude-code',
  },
  codex: {
    title: 'Codex',
    events: {
      start: ['SessionStart'],
      prompt: ['UserPromptSubmit'],
      stop: ['Stop'],
      failure: ['StopFailure'],
    },
    fields: { ...CLAUDE_CODE_FIELDS, turn: ['turn_id', 'prompt_id'] },
    context: { start: 'hook-specific', prompt: 'hook-specific' },
    transcript: 'codex',
  },
  gemini: {
    title: 'Gemini CLI',
    events: {
      start: ['SessionStart'],
      prompt: ['BeforeAgent'],
      stop: ['AfterAgent'],
      end: ['SessionEnd'],
    },
    fields: { ...CLAUDE_CODE_FIELDS, response: ['prompt_response'] },
    context: { start: 'hook-specific', prompt: 'hook-specific' },
  },
  cursor: {
    title: 'Cursor',
    events: {
      start: ['sessionStart'],
      prompt: ['beforeSubmitPrompt'],
      answer: ['afterAgentResponse'],
      stop: ['stop'],
      end: ['sessionEnd'],
    },
    fields: {
      event: ['hook_event_name'],
      session: ['conversation_id', 'session_id'],
      turn: ['generation_id'],
      cwd: ['cwd', 'workspace_roots.0'],
      prompt: ['prompt'],
      response: ['text'],
      failure: ['error_message'],
      source: ['source'],
      subAgent: ['subagent_id', 'agent_id'],
      transcript: [],
    },
    context: { start: 'additional_context', prompt: 'additional_context' },
  },
  copilot: {
    title: 'Copilot CLI',
    events: {
      start: ['sessionStart', 'SessionStart'],
      prompt: ['userPromptSubmitted', 'UserPromptSubmit'],
      stop: ['agentStop', 'Stop'],
      end: ['sessionEnd', 'SessionEnd'],
    },
    fields: {
      event: ['hook_event_name'],
      session: ['sessionId', 'session_id'],
      turn: [],
      cwd: ['cwd'],
      prompt: ['prompt'],
      response: ['last_assistant_message', 'response'],
      failure: ['error.message'],
      source: [],
      subAgent: ['agentId', 'agent_id'],
      transcript: ['transcriptPath', 'transcript_path'],
    },
    // What a command prints for a prompt is dropped by the agent.
    context: { start: 'additionalContext' },
    transcript: 'copilot',
  },
  opencode: {
    title: 'OpenCode',
    // OpenCode has no commands for its events: a small plugin calls this one and hands over these fields.
    events: {
      start: ['session.created'],
      prompt: ['chat.message'],
      stop: ['session.idle'],
      failure: ['session.error'],
      end: ['session.deleted'],
    },
    fields: {
      event: ['event', 'type'],
      session: ['sessionID', 'session_id'],
      turn: ['messageID', 'message_id', 'turn_id'],
      cwd: ['directory', 'cwd', 'worktree'],
      prompt: ['prompt'],
      response: ['response', 'text'],
      failure: ['error.message', 'error'],
      source: ['source'],
      subAgent: ['parentID', 'agent_id'],
      transcript: [],
    },
    context: { start: 'additionalContext', prompt: 'additionalContext' },
  },
  generic: {
    title: 'any other agent',
    events: {
      start: ['start', 'SessionStart'],
      prompt: ['prompt', 'UserPromptSubmit'],
      answer: ['answer'],
      stop: ['stop', 'Stop'],
      failure: ['failure', 'StopFailure'],
      end: ['end', 'SessionEnd'],
    },
    fields: {
      event: ['event', 'hook_event_name'],
      session: ['session_id', 'sessionId'],
      turn: ['turn_id', 'prompt_id', 'turnId'],
      cwd: ['cwd'],
      prompt: ['prompt'],
      response: ['response', 'last_assistant_message'],
      failure: ['failure', 'error'],
      source: ['source'],
      subAgent: ['agent_id'],
      transcript: [],
    },
    context: { start: 'text', prompt: 'text' },
  },
} as const satisfies Readonly<Record<string, HookAgent>>;

export type HookAgentName = keyof typeof HOOK_AGENTS;

export function isHookAgent(name: string): name is HookAgentName {
  return Object.hasOwn(HOOK_AGENTS, name);
}

/** Which moment an agent's event is; none for one that is passed over. */
export function momentOf(agent: HookAgent, event: string): HookMoment | undefined {
  const found = Object.entries(agent.events).find(([, names]) => names.includes(event));
  return found?.[0] as HookMoment | undefined;
}
