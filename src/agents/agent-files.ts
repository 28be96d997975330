/**
 * Which files of each agent an installation touches, and what it puts there. Places and formats are
 * those of the agents' documentation of November 2026.
 */
import { join } from 'node:path';
import { OPENCODE_MARK, openCodePlugin } from './bundles/opencode-plugin.ts';
import { SKILL_MARK, skillText } from './bundles/skill.ts';
import {
  hookWords,
  isOurHook,
  isOurServer,
  mcpWords,
  type Programs,
  shellLine,
} from './command-words.ts';
import { HOOK_AGENTS, type HookAgent, type HookAgentName } from './hook-agents.ts';
import type { Wanted } from './json-insert.ts';
import type { JsonMarks } from './json-remove.ts';
import type { JsonValue } from './json-settings.ts';
import { objectOf } from './loose-json.ts';
import type { TomlServer } from './toml-settings.ts';

export const INSTALL_AGENTS = [
  'claude-code',
  'codex',
  'gemini',
  'cursor',
  'copilot',
  'opencode',
  'openclaw',
] as const;
export type InstallAgent = (typeof INSTALL_AGENTS)[number];

/** One file of an agent, and what is to be in it. */
export interface AgentFile {
  /** Where it may be: the first that is there counts, else the first. */
  readonly places: readonly string[];
  readonly content: FileContent;
}

export type FileContent =
  | {
      readonly is: 'json';
      readonly isStrict: boolean;
      /** @param present the file's value as it is; none where there is no file */
      readonly wanted: (present: unknown) => Wanted;
      readonly marks: JsonMarks;
    }
  | { readonly is: 'toml'; readonly server: TomlServer }
  /** A file of ours alone. */
  | { readonly is: 'whole'; readonly text: string; readonly mark: string };

export interface AgentPlace {
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly programs: Programs;
}

export function agentFiles(agent: InstallAgent, place: AgentPlace): readonly AgentFile[] {
  return FILES[agent](place);
}

/** How long an agent waits for a hook; ours takes a second at most. */
const TIMEOUT_S = 5;
const SERVER = 'atocore';

const FILES: Readonly<Record<InstallAgent, (place: AgentPlace) => readonly AgentFile[]>> = {
  'claude-code': (place) => {
    const own = place.environment.CLAUDE_CONFIG_DIR;
    return [
      settings(
        join(own || join(place.home, '.claude'), 'settings.json'),
        { hooks: groups('claude-code', place, 'timeout', TIMEOUT_S) },
        hookMarks('claude-code'),
      ),
      servers(join(own || place.home, '.claude.json'), serverEntry(place, { type: 'stdio' })),
    ];
  },
  codex: (place) => {
    const own = place.environment.CODEX_HOME || join(place.home, '.codex');
    const [command = '', ...args] = mcpWords(place.programs);
    return [
      settings(
        join(own, 'hooks.json'),
        { hooks: groups('codex', place, 'timeout', TIMEOUT_S) },
        hookMarks('codex'),
        true,
      ),
      {
        places: [join(own, 'config.toml')],
        content: { is: 'toml', server: { table: ['mcp_servers', SERVER], command, args } },
      },
    ];
  },
  gemini: (place) => {
    const own = join(place.environment.GEMINI_CLI_HOME || place.home, '.gemini');
    const hooks = groups('gemini', place, 'timeout', TIMEOUT_S * 1000);
    const mcpServers = entries({ [SERVER]: value(serverEntry(place)) });
    const marks = { ...hookMarks('gemini'), ...SERVER_MARKS };
    return [settings(join(own, 'settings.json'), { hooks, mcpServers }, marks)];
  },
  cursor: (place) => {
    const own = join(place.home, '.cursor');
    const hooks = lists('cursor', place, (command) => ({ command, timeout: TIMEOUT_S }));
    return [
      settings(join(own, 'hooks.json'), { version: value(1), hooks }, hookMarks('cursor')),
      servers(join(own, 'mcp.json'), serverEntry(place)),
    ];
  },
  copilot: (place) => {
    const own = place.environment.COPILOT_HOME || join(place.home, '.copilot');
    const hooks = lists('copilot', place, (command) => ({
      type: 'command',
      [place.platform === 'win32' ? 'powershell' : 'bash']: command,
      timeoutSec: TIMEOUT_S,
    }));
    const entry = serverEntry(place, { type: 'local' }, { tools: ['*'] });
    return [
      settings(
        join(own, 'hooks', 'atocore.json'),
        { version: value(1), hooks },
        hookMarks('copilot'),
      ),
      servers(join(own, 'mcp-config.json'), entry),
    ];
  },
  opencode: (place) => {
    const own = join(place.environment.XDG_CONFIG_HOME || join(place.home, '.config'), 'opencode');
    const [node = '', hook = '', agent = '', , ...more] = hookWords(place.programs, 'opencode', '');
    const entry: JsonValue = { type: 'local', command: mcpWords(place.programs) };
    return [
      {
        places: [join(own, 'plugins', 'atocore.js')],
        content: {
          is: 'whole',
          text: openCodePlugin([node, hook, agent], more),
          mark: OPENCODE_MARK,
        },
      },
      {
        places: [join(own, 'opencode.json'), join(own, 'opencode.jsonc')],
        content: {
          is: 'json',
          isStrict: false,
          // OpenCode 2 reads the form of OpenCode 1 too, unless a file has its own form already.
          wanted: (present) => {
            const isSecond = objectOf(objectOf(objectOf(present)?.mcp)?.servers) !== undefined;
            const own = entries({ [SERVER]: value(entry) });
            return entries({ mcp: isSecond ? entries({ servers: own }) : own });
          },
          marks: {
            serversAt: [
              ['mcp', SERVER],
              ['mcp', 'servers', SERVER],
            ],
            isOurServer,
          },
        },
      },
    ];
  },
  openclaw: (place) => {
    const own = place.environment.OPENCLAW_STATE_DIR || join(place.home, '.openclaw');
    const { node, main, store } = place.programs;
    const command = [node, main, '--store', store];
    const text = skillText({
      command,
      shell: shellLine(command, place.platform),
      isOpenClaw: true,
    });
    return [
      {
        places: [join(own, 'skills', 'atocore', 'SKILL.md')],
        content: { is: 'whole', text, mark: SKILL_MARK },
      },
      {
        places: [place.environment.OPENCLAW_CONFIG_PATH || join(own, 'openclaw.json')],
        content: {
          is: 'json',
          isStrict: false,
          wanted: () =>
            entries({
              mcp: entries({ servers: entries({ [SERVER]: value(serverEntry(place)) }) }),
            }),
          marks: { serversAt: [['mcp', 'servers', SERVER]], isOurServer },
        },
      },
    ];
  },
};

const SERVER_MARKS: JsonMarks = { serversAt: [['mcpServers', SERVER]], isOurServer };

function hookMarks(agent: HookAgentName): JsonMarks {
  return { hooksAt: ['hooks'], isOurCommand: (command) => isOurHook(command, agent) };
}

function settings(
  path: string,
  keys: Readonly<Record<string, Wanted>>,
  marks: JsonMarks,
  isStrict = false,
): AgentFile {
  const wanted = () => entries(keys);
  return { places: [path], content: { is: 'json', isStrict, wanted, marks } };
}

function servers(path: string, entry: JsonValue): AgentFile {
  return settings(path, { mcpServers: entries({ [SERVER]: value(entry) }) }, SERVER_MARKS);
}

function serverEntry(
  { programs }: AgentPlace,
  before: Readonly<Record<string, JsonValue>> = {},
  after: Readonly<Record<string, JsonValue>> = {},
): JsonValue {
  const [command = '', ...args] = mcpWords(programs);
  return { ...before, command, args, ...after };
}

/** As Claude Code and those that took its format over have hooks: groups, each with commands. */
export function groups(
  agent: HookAgentName,
  place: AgentPlace,
  limit: 'timeout',
  timeout: number,
): Wanted {
  return lists(agent, place, (command) => ({
    hooks: [{ type: 'command', command, [limit]: timeout }],
  }));
}

function lists(
  agent: HookAgentName,
  { programs, platform }: AgentPlace,
  hookOf: (command: string) => JsonValue,
): Wanted {
  const { events }: HookAgent = HOOK_AGENTS[agent];
  const each = Object.values(events).flatMap(([event]) => {
    if (event === undefined) return [];
    const command = shellLine(hookWords(programs, agent, event), platform);
    return [[event, { is: 'list', append: [hookOf(command)] }] as const];
  });
  return entries(Object.fromEntries(each));
}

function entries(keys: Readonly<Record<string, Wanted>>): Wanted {
  return { is: 'object', keys };
}

function value(of: JsonValue): Wanted {
  return { is: 'value', value: of };
}
