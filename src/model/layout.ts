/** Which file of a store is what: the folders of domain.md §2. */
import type { ProjectId, StorePath } from '../plugin.ts';
import { projectOfFolder } from './names.ts';

export const CONFIG_PATH = 'atocore.json' as StorePath;

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
  if (path === CONFIG_PATH) return { role: 'config' };
  const parts = path.split('/');
  const isMarkdown = path.endsWith('.md');
  if (parts[0] === 'projects') return roleInProject(parts, isMarkdown);
  if (parts[0] === 'inbox' && parts.length === 2) {
    return isMarkdown || path.endsWith('.json') ? { role: 'inbox' } : OTHER;
  }
  if (!isMarkdown) return OTHER;
  if (parts[0] === 'captures') return { role: 'capture' };
  if (parts[0] === 'conflicts' && parts.length === 2) return { role: 'conflict' };
  return parts[0] === 'reports' ? { role: 'report' } : OTHER;
}

function roleInProject(parts: readonly string[], isMarkdown: boolean): Role {
  const [, folder = '', area = ''] = parts;
  const project = projectOfFolder(folder);
  if (project === undefined) {
    return isMarkdown ? { role: 'misplaced', expected: 'a lower-case kebab-case folder' } : OTHER;
  }
  if (area === 'project.md' && parts.length === 3) return { role: 'project', project };
  if (area === 'sources' && parts.length >= 4) {
    return { role: 'source', project, label: parts.length > 4 ? (parts[3] ?? '') : '' };
  }
  if (!isMarkdown) return OTHER;
  if (area === 'mirror') return { role: 'mirror', project };
  const [, , , group = '', file = ''] = parts;
  const key = file.slice(0, -'.md'.length);
  if (area === 'records') {
    return parts.length === 5
      ? { role: 'record', project, kind: group }
      : { role: 'misplaced', expected: 'records/<kind>/<slug>--<id>.md' };
  }
  if (area === 'state') {
    return parts.length === 5
      ? { role: 'state', project, category: group, key }
      : { role: 'misplaced', expected: 'state/<category>/<key>.md' };
  }
  return OTHER;
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
