/** What the documents claim, for whom, and what of the store could not be read. */
import { roleOf } from '../model/layout.ts';
import { INBOX_PROJECT, quote } from '../model/names.ts';
import { canonicalProject } from '../model/projects.ts';
import type { Settlement } from '../model/snapshot.ts';
import type { KnowledgeRecord, Problem, RecordId, StorePath } from '../plugin.ts';
import type { ReadStore } from './read-store.ts';
import type { ClaimSource } from './reconcile.ts';

/** The claims of each document, under the project that it speaks of. */
export function claimSources(
  read: ReadStore,
  registry: Settlement['registry'],
): {
  sources: readonly ClaimSource[];
  unread: readonly StorePath[];
  problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const sources: ClaimSource[] = [];
  const unread: StorePath[] = [];
  const isRegistryWhole = ![...read.unread].some((path) => roleOf(path).role === 'project');
  for (const [path, parsed] of read.documents) {
    const role = roleOf(path);
    let project = role.role === 'source' ? role.project : INBOX_PROJECT;
    if (parsed.capture !== undefined) {
      const written = parsed.capture.project;
      const named = canonicalProject(registry, written);
      if (!isRegistryWhole && named !== written) {
        // A `project.md` that can't be read may hold the alias: where it belongs isn't known.
        unread.push(path);
        continue;
      }
      project = named ?? INBOX_PROJECT;
      if (named === undefined) problems.push(unknownProject(path, written));
    }
    sources.push({ path, project, claims: parsed.claims });
  }
  return { sources, unread, problems };
}

function unknownProject(path: StorePath, written: string): Problem {
  const message = `Expected the project of a capture to be registered, found ${quote(written)}. It is kept in ${INBOX_PROJECT}; register the project or add the name as an alias.`;
  return { path, rule: 'unknown-project', message };
}

/** Tells paths that are there and were not read, themselves or as part of a folder. */
export function unreadTest(unread: readonly StorePath[]): (path: StorePath) => boolean {
  const paths = new Set<string>(unread);
  return (path) => {
    if (paths.size === 0) return false;
    if (paths.has(path)) return true;
    const parts = path.split('/');
    return parts.some((_part, at) => at > 0 && paths.has(parts.slice(0, at).join('/')));
  };
}

const HIDES_RECORDS = /^projects(?:\/[^/]+(?:\/(?:records|state)(?:\/[^/]+)?)?)?$/;

/** An id whose file can't be read, or may lie in a folder that can't. */
export function unreadIdTest(
  read: ReadStore,
  served: ReadonlyMap<RecordId, KnowledgeRecord>,
): (id: RecordId) => boolean {
  const isHidden = [...read.unread].some((path) => HIDES_RECORDS.test(path));
  return (id) => read.unreadIds.has(id) || (isHidden && !served.has(id));
}
