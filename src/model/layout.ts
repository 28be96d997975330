/** Which file of a store is what: the folders of domain.md §2. */
import type { ProjectId, StorePath } from '../plugin.ts';
import { CONFIG_PATH } from './config-path.ts';
import { projectOfFolder } from './names.ts';

export { CONFIG_PATH };

/** What a file is by its path. `other` is kept and committed, never read. */
export type Role =
  | { readonly role: 'source'; readonly project: ProjectId; readonly label: string }
  | { readonly role: 'record'; readonly project: ProjectId; readonly kind: string }
  | {
      readonly role: 'state';
      readonly project: ProjectId;
      readonly category: string;
      readonly key: string;
    }
  | { readonly role: 'project'; readonly project: ProjectId }
  | { readonly role: 'mirror'; readonly project: ProjectId }
  | { readonly role: 'capture' }
  | { readonly role: 'inbox' }
  | { readonly role: 'conflict' }
  | { readonly role: 'report' }
  | { readonly role: 'config' }
  | { readonly role: 'misplaced'; readonly expected: string }
  | { readonly role: 'other' };

const OTHER: Role = { role: 'other' };

/** What the file at a path is. Only Markdown is a record, state entry, capture or conflict. */
export function roleOf(path: StorePath): Role {
  // Asked for every file in every round, so the many are told by their start.
  if (path.startsWith(PROJECTS)) return roleInProject(path);
  if (path.startsWith('captures/')) return path.endsWith('.md') ? CAPTURE : OTHER;
  if (path === CONFIG_PATH) return { role: 'config' };
  const parts = path.split('/');
  const isMarkdown = path.endsWith('.md');
  if (parts[0] === 'inbox' && parts.length === 2) {
    return isMarkdown || path.endsWith('.json') ? { role: 'inbox' } : OTHER;
  }
  if (!isMarkdown) return OTHER;
  if (parts[0] === 'conflicts' && parts.length === 2) return { role: 'conflict' };
  return parts[0] === 'reports' ? { role: 'report' } : OTHER;
}

const PROJECTS = 'projects/';
const CAPTURE: Role = { role: 'capture' };

function roleInProject(path: StorePath): Role {
  const folderEnd = path.indexOf('/', PROJECTS.length);
  const folder = path.slice(PROJECTS.length, folderEnd === -1 ? path.length : folderEnd);
  const project = projectOfFolder(folder);
  const isMarkdown = path.endsWith('.md');
  if (project === undefined) {
    return isMarkdown
      ? { role: 'misplaced', expected: 'projects/<lower-case-id>/sources/' }
      : OTHER;
  }
  if (folderEnd === -1) return OTHER;
  const below = path.slice(folderEnd + 1);
  if (below.startsWith('sources/')) return sourceRole(project, below);
  if (below === 'project.md') return { role: 'project', project };
  if (!isMarkdown) return OTHER;
  const [area, group = '', file = '', ...deeper] = below.split('/');
  if (area === 'mirror') return { role: 'mirror', project };
  const isFile = file !== '' && deeper.length === 0;
  if (area === 'records') {
    return isFile
      ? { role: 'record', project, kind: group }
      : { role: 'misplaced', expected: 'records/<kind>/<slug>--<id>.md' };
  }
  if (area === 'state') {
    return isFile
      ? { role: 'state', project, category: group, key: file.slice(0, -'.md'.length) }
      : { role: 'misplaced', expected: 'state/<category>/<key>.md' };
  }
  return OTHER;
}

function sourceRole(project: ProjectId, below: string): Role {
  const start = 'sources/'.length;
  const end = below.indexOf('/', start);
  return { role: 'source', project, label: end === -1 ? '' : below.slice(start, end) };
}

/** The folder of a project. */
export function projectFolder(project: ProjectId): string {
  return `projects/${project}`;
}

/** The registry entry of a project. */
export function projectPath(project: ProjectId): StorePath {
  return `projects/${project}/project.md` as StorePath;
}

/** The file of a trusted state entry. */
export function statePath(project: ProjectId, category: string, key: string): StorePath {
  return `projects/${project}/state/${category}/${key}.md` as StorePath;
}

/** True for an origin that names a passage of a source or capture; other origins are words, or `memory:<id>`. */
export function isDocumentOrigin(origin: string): boolean {
  return origin.startsWith('projects/') || origin.startsWith('captures/');
}
