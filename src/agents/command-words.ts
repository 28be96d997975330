/** Commands as agents' settings hold them: words for a shell, and how ours are told from others. */
import type { HookAgentName } from './hook-agents.ts';

/** What an installation starts: this Node, the files of this build, the store meant. */
export interface Programs {
  /** The Node that runs. */
  readonly node: string;
  /** `dist/hook.cjs`. */
  readonly hook: string;
  /** `dist/cli/main.js`. */
  readonly main: string;
  readonly store: string;
}

/** The hook for one event of an agent. */
export function hookWords(
  { node, hook, store }: Programs,
  agent: HookAgentName,
  event: string,
): readonly string[] {
  return [node, hook, agent, event, '--store', store];
}

/** The MCP server on standard input and output. */
export function mcpWords({ node, main, store }: Programs): readonly string[] {
  return [node, main, '--store', store, 'mcp'];
}

/** Words as one line that a POSIX shell takes apart into the same words; on Windows as cmd does. */
export function shellLine(words: readonly string[], platform: NodeJS.Platform): string {
  return words
    .map((word) => (platform === 'win32' ? windowsWord(word) : posixWord(word)))
    .join(' ');
}

/** Whether a command in an agent's settings is a hook of ours for that agent, of whichever build. */
export function isOurHook(command: string, agent: HookAgentName): boolean {
  return new RegExp(`[\\\\/]hook\\.cjs['"]?\\s+${agent}(?:\\s|$)`).test(command);
}

/** Whether an MCP entry starts our server, of whichever build. */
export function isOurServer(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  const { command, args } = entry as { readonly command?: unknown; readonly args?: unknown };
  const words = [command, args].flat().filter((word) => typeof word === 'string');
  return words.at(-1) === 'mcp' && words.some((word) => /[\\/]cli[\\/]main\.js$/.test(word));
}

function posixWord(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function windowsWord(word: string): string {
  return /^[\w.\\/:@+,=-]+$/.test(word) ? word : `"${word.replaceAll('"', '""')}"`;
}
