/** Which project a prompt speaks of: whole words first, then the working directory, then nothing. */
import { foldName, GLOBAL_PROJECT, INBOX_PROJECT } from '../model/names.ts';
import type { Project, Registry } from '../model/projects.ts';
import type { ProjectId } from '../plugin.ts';

export interface DetectedProject {
  /** Absent when nothing matches, or more than one project does. */
  readonly project?: ProjectId;
  readonly matched: readonly { readonly project: ProjectId; readonly by: string }[];
}

export interface DetectAsk {
  readonly text: string;
  /** Absolute path that the caller works in, compared with the roots. */
  readonly workingFolder?: string;
  /** What `~` in a root stands for. */
  readonly homeFolder?: string;
}

/** An ambiguous or missing match forces no project (retrieval.md §3). */
export function detectProject(registry: Registry, ask: DetectAsk): DetectedProject {
  const projects = [...registry.projects.values()].filter(
    ({ id }) => id !== GLOBAL_PROJECT && id !== INBOX_PROJECT,
  );
  const named = matchesInText(projects, ask.text);
  if (named.length > 0) return decided(named);
  const { workingFolder } = ask;
  if (workingFolder === undefined) return { matched: [] };
  const rooted = projects.flatMap((project) => {
    const root = project.roots.find((each) =>
      isBelow(workingFolder, expand(each.path, ask.homeFolder)),
    );
    return root === undefined ? [] : [{ project: project.id, by: root.path }];
  });
  return decided(rooted);
}

function decided(matched: DetectedProject['matched']): DetectedProject {
  const [first] = matched;
  const isOne = new Set(matched.map((match) => match.project)).size === 1;
  return first !== undefined && isOne ? { project: first.project, matched } : { matched };
}

function matchesInText(projects: readonly Project[], text: string): DetectedProject['matched'] {
  const words = ` ${spaced(text)} `;
  return projects.flatMap((project) => {
    const names = [project.id, ...project.aliases, project.title];
    const by = names.find((name) => {
      const folded = spaced(name);
      return folded !== '' && words.includes(` ${folded} `);
    });
    return by === undefined ? [] : [{ project: project.id, by }];
  });
}

function spaced(text: string): string {
  return foldName(text)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function expand(path: string, home: string | undefined): string {
  return path.startsWith('~/') && home !== undefined ? home + path.slice(1) : path;
}

function isBelow(folder: string, root: string): boolean {
  const base = root.replace(/\/+$/, '');
  return folder === base || folder.startsWith(`${base}/`);
}
