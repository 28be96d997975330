/** One call of a hook, as it is for every agent: what happened, in which session and turn, and what was said. */
import {
  HOOK_AGENTS,
  type HookAgent,
  type HookAgentName,
  type HookField,
  type HookMoment,
  momentOf,
} from './hook-agents.ts';
import { defined, type Json, objectOf, textOf } from './loose-json.ts';

export interface HookEvent {
  readonly agent: HookAgentName;
  readonly moment: HookMoment;
  /** The agent's own name of it, which it wants back. */
  readonly event: string;
  readonly session?: string;
  readonly turn?: string;
  readonly cwd?: string;
  readonly prompt?: string;
  readonly response?: string;
  readonly failure?: string;
  /** Of the agent's session file. */
  readonly transcript?: string;
  /** Not typed by a person: the reason. */
  readonly notSaid?: 'sub-agent' | 'not by a person';
}

/** Who sends a prompt where it is no person, whatever an agent writes between the words. */
const MACHINE =
  /^(?:system|wake[-_ ]?up|poll|cron|schedule[dr]?|timer|loop|heartbeat|hook|agent|sub[-_ ]?agent|task[-_ ]?notification|notification|channel|auto(?:mation)?)$/i;

/**
 * What an agent's JSON says. None where it is no JSON object, or an event that is passed over.
 * @param named the event as the command line has it, which counts more than the JSON's
 */
export function hookEvent(
  name: HookAgentName,
  named: string | undefined,
  json: unknown,
): HookEvent | undefined {
  const agent: HookAgent = HOOK_AGENTS[name];
  const given = objectOf(json);
  if (given === undefined) return undefined;
  const value = (field: HookField): string | undefined => fieldOf(given, agent.fields[field]);
  const event = named ?? value('event') ?? '';
  const moment = momentOf(agent, event);
  if (moment === undefined) return undefined;
  const source = moment === 'prompt' ? value('source') : undefined;
  const isMachine = source !== undefined && MACHINE.test(source);
  const notSaid =
    value('subAgent') !== undefined
      ? { notSaid: 'sub-agent' as const }
      : isMachine
        ? { notSaid: 'not by a person' as const }
        : {};
  return {
    agent: name,
    moment,
    event,
    ...defined({
      session: value('session'),
      turn: value('turn'),
      cwd: value('cwd'),
      prompt: value('prompt'),
      response: value('response'),
      failure: value('failure'),
      transcript: value('transcript'),
    }),
    ...notSaid,
  };
}

function fieldOf(json: Json, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    let value: unknown = json;
    for (const part of path.split('.')) {
      value = Array.isArray(value) ? value[Number(part)] : objectOf(value)?.[part];
    }
    const text = textOf(value);
    if (text !== undefined) return text;
  }
  return undefined;
}
