/**
 * Plugin folders as text: for Claude Code with hooks, skill and MCP server; for agents that take Agent
 * Plugins 1.0 with skill and MCP server, which is all that format has.
 */
import type { InstallAgent } from '../agent-files.ts';
import { hookWords, mcpWords, type Programs, shellLine } from '../command-words.ts';
import { HOOK_AGENTS } from '../hook-agents.ts';
import type { JsonValue } from '../json-settings.ts';
import { skillText } from './skill.ts';

export interface BundleFile {
  /** Relative to the bundle's folder, with `/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface BundlePlan {
  readonly programs: Programs;
  /** `dist/hook.cjs`, which the bundle carries with it. */
  readonly hook: Uint8Array;
  readonly version: string;
  readonly platform: NodeJS.Platform;
}

/** Where a bundle says that it is one. */
export const MANIFESTS = ['.claude-plugin/plugin.json', 'plugin.json'] as const;

const ABOUT = {
  description: 'Reviewed, sourced context of long-lived projects, and captures of what was said.',
  license: 'MIT',
  keywords: ['context', 'memory', 'mcp'],
};
const SCHEMAS = 'https://agent-plugins.org/schemas/1.0.0';

/** The files of a bundle; none for an agent that takes none. */
export function bundleFiles(
  agent: InstallAgent | 'generic',
  plan: BundlePlan,
): readonly BundleFile[] | undefined {
  if (agent === 'claude-code') return claudeCodePlugin(plan);
  const takesAgentPlugins = ['generic', 'codex', 'cursor', 'copilot'].includes(agent);
  return takesAgentPlugins ? agentPlugin(plan) : undefined;
}

function claudeCodePlugin(plan: BundlePlan): readonly BundleFile[] {
  const { programs, hook, version } = plan;
  const events = Object.values(HOOK_AGENTS['claude-code'].events).flatMap(([event]) =>
    event === undefined ? [] : [event],
  );
  const [node = '', , ...rest] = hookWords(programs, 'claude-code', '');
  const [agent = '', , ...more] = rest;
  // The root is filled in by the agent; quotes of our own keep a path with blanks one word.
  const start = `${shellLine([node], plan.platform)} "\${CLAUDE_PLUGIN_ROOT}/scripts/hook.cjs"`;
  const commandOf = (event: string) =>
    `${start} ${shellLine([agent, event, ...more], plan.platform)}`;
  const hooks = Object.fromEntries(
    events.map((event) => [
      event,
      [{ hooks: [{ type: 'command', command: commandOf(event), timeout: 5 }] }],
    ]),
  );
  const [command = '', ...args] = mcpWords(programs);
  return [
    json('.claude-plugin/plugin.json', { name: 'atocore', version, ...ABOUT }),
    json('hooks/hooks.json', { hooks }),
    { path: 'scripts/hook.cjs', bytes: hook },
    skill(plan),
    json('.mcp.json', { mcpServers: { atocore: { command, args } } }),
  ];
}

function agentPlugin(plan: BundlePlan): readonly BundleFile[] {
  const [, ...args] = mcpWords(plan.programs);
  // The format takes a bare program name here, and no path outside of the bundle.
  const server = { type: 'stdio', command: 'node', args };
  return [
    json('plugin.json', {
      $schema: `${SCHEMAS}/plugin.schema.json`,
      name: 'atocore',
      version: plan.version,
      ...ABOUT,
    }),
    skill(plan),
    json('mcp.json', { $schema: `${SCHEMAS}/mcp.schema.json`, mcpServers: { atocore: server } }),
  ];
}

function skill({ programs: { node, main, store }, platform }: BundlePlan): BundleFile {
  const command = [node, main, '--store', store];
  const text = skillText({ command, shell: shellLine(command, platform), isOpenClaw: false });
  return { path: 'skills/atocore/SKILL.md', bytes: Buffer.from(text) };
}

function json(path: string, value: JsonValue): BundleFile {
  return { path, bytes: Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`) };
}
