/** Where agents keep their session files, and which there are. */
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { TranscriptFormat } from './transcript.ts';

export interface SessionFile {
  readonly path: string;
  /** When something was last written to it, in milliseconds since 1970. */
  readonly modifiedMs: number;
  readonly sizeBytes: number;
}

export interface FileFault {
  readonly path: string;
  readonly message: string;
}

export interface FoundSessions {
  /** In order of path. */
  readonly files: readonly SessionFile[];
  readonly faults: readonly FileFault[];
}

/** The folders that the agent writes to, by its own variables or in the home folder. */
export function sessionFolders(
  format: TranscriptFormat,
  environment: NodeJS.ProcessEnv,
): readonly string[] {
  if (format === 'claude-code') {
    return [join(environment.CLAUDE_CONFIG_DIR || join(homedir(), '.claude'), 'projects')];
  }
  const home = environment.CODEX_HOME || join(homedir(), '.codex');
  return [join(home, 'sessions'), join(home, 'archived_sessions')];
}

/** Every session file below the places; a place may be one file. Links are not followed. */
export async function findSessions(places: readonly string[]): Promise<FoundSessions> {
  const files: SessionFile[] = [];
  const faults: FileFault[] = [];
  for (const place of places) await look(place, files, faults, true);
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), faults };
}

async function look(
  path: string,
  files: SessionFile[],
  faults: FileFault[],
  isNamed: boolean,
): Promise<void> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      const entries = await readdir(path, { withFileTypes: true });
      for (const entry of entries) {
        if (
          entry.isDirectory() ? entry.name !== 'subagents' : entry.isFile() && isSession(entry.name)
        ) {
          await look(join(path, entry.name), files, faults, false);
        }
      }
    } else if (path.endsWith('.zst')) {
      faults.push({
        path,
        message: 'Expected JSON lines, found a compressed file. Unpack it first.',
      });
    } else {
      files.push({ path, modifiedMs: found.mtimeMs, sizeBytes: found.size });
    }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    // A folder that isn't there holds no sessions; only what was seen a moment ago is missed.
    if (code === 'ENOENT' && isNamed) return;
    faults.push({ path, message: `Expected a readable file or folder, found ${code}.` });
  }
}

// What an agent's agent said has files of its own.
function isSession(name: string): boolean {
  return /\.jsonl(?:\.zst)?$/.test(name) && !name.startsWith('agent-');
}
