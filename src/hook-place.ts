/** Where a hook's captures go: the store that is meant, its daemon on this machine, the agent's token. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { objectOf, parsed } from './agents/loose-json.ts';
import { CONFIG_PATH } from './model/config-path.ts';
import type { OwnPattern } from './secrets/clean-text.ts';
import { configFolder } from './user-folders.ts';

export interface Daemon {
  readonly host: string;
  readonly port: number;
  /** None where the store asks for none. */
  readonly token?: string;
}

export interface StoreFacts {
  readonly id?: string;
  readonly needsToken: boolean;
  /** The store's own patterns of secrets. */
  readonly patterns: readonly OwnPattern[];
}

/** What `atocore.json` says, read loosely: the daemon checks it. Without a store: nothing. */
export function storeFacts(folder: string): StoreFacts {
  const config = jsonIn(join(folder, CONFIG_PATH));
  const { store, auth, secrets } = config ?? {};
  const patterns = (secrets as { readonly patterns?: unknown } | undefined)?.patterns;
  return {
    ...(typeof store === 'string' ? { id: store } : {}),
    needsToken: auth !== 'none',
    patterns: Array.isArray(patterns) ? (patterns as readonly OwnPattern[]) : [],
  };
}

/** The daemon that serves the store; none where none says so, or it isn't on this machine. */
export function daemonOf(folder: string, { id, needsToken }: StoreFacts): Daemon | undefined {
  const { url, pid } = jsonIn(join(folder, '.atocore', 'daemon.json')) ?? {};
  if (typeof url !== 'string' || id === undefined || !/^[0-9a-f-]{8,64}$/.test(id))
    return undefined;
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  // A store may come from anywhere: its note must not send what was said to another machine.
  const isHere = host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
  // One that was killed left its note, and its port may be another program's by now.
  if (protocol !== 'http:' || !isHere || !isAlive(pid)) return undefined;
  if (!needsToken) return { host, port: Number(port) };
  const path = join(configFolder(process.env), id, 'agent.token');
  return { host, port: Number(port), token: readFileSync(path, 'utf8').trim() };
}

function isAlive(pid: unknown): boolean {
  if (typeof pid !== 'number') return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function jsonIn(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return objectOf(parsed(readFileSync(path, 'utf8').replace(/^\ufeff/, '')));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
