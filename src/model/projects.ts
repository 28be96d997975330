/** The registry: which projects there are, and the one function that makes a name canonical. */
import { z } from 'zod';
import type { Problem, ProjectId, StorePath } from '../plugin.ts';
import { readFields, textField, textList } from './fields.ts';
import { formatFile, splitFrontMatter, withFields } from './front-matter.ts';
import { projectPath } from './layout.ts';
import { byText, checkProjectId, foldName, GLOBAL_PROJECT, INBOX_PROJECT, quote } from './names.ts';

/** A folder or git repository outside the store whose Markdown `refresh` stages. */
export interface Root {
  /** The folder below `sources/` that it is staged into. */
  readonly label: string;
  /** Absolute, or `~/…`. */
  readonly path: string;
  /** Below `path`; absent = all of it. */
  readonly subPath?: string;
}

export interface Project {
  readonly id: ProjectId;
  readonly title: string;
  readonly aliases: readonly string[];
  readonly roots: readonly Root[];
  /** The wave that last changed what a root has staged, by the root's label. */
  readonly waves: ReadonlyMap<string, string>;
  /** URLs of repositories whose pushes refresh it, besides those that its roots are clones of. */
  readonly repositories: readonly string[];
  /** Labels of roots in clones that may be brought forward when they were pushed. */
  readonly pulled: readonly string[];
  readonly description: string;
  /** Its `project.md`; absent for the reserved ones and for a bare folder. */
  readonly path?: StorePath;
}

export interface Registry {
  readonly projects: ReadonlyMap<ProjectId, Project>;
  /** Folded id, alias or title to the one project that it names. */
  readonly byName: ReadonlyMap<string, ProjectId>;
}

const SCHEMA = z.object({
  id: textField,
  title: textField.optional(),
  aliases: textList.optional(),
  roots: textList.optional(),
  waves: textList.optional(),
  repositories: textList.optional(),
  pulled: textList.optional(),
});

/** The project that an id, alias or title names, in whatever spelling; none when none does. */
export function canonicalProject(registry: Registry, name: string): ProjectId | undefined {
  // Two ids may fold to one name: `a-b` and `a--b`. An id as written names its own project.
  const asWritten = registry.projects.get(name as ProjectId)?.id;
  return asWritten ?? registry.byName.get(foldName(name));
}

/** Reads a `project.md`. Its folder is its id; the file must say the same. */
export function readProject(
  path: StorePath,
  id: ProjectId,
  text: string,
): { project: Project; problems: readonly Problem[] } | { problem: Problem } {
  const split = splitFrontMatter(text);
  if ('fault' in split) return { problem: { path, ...split.fault } };
  const read = readFields(SCHEMA, split.parts.frontMatter, path);
  if ('problem' in read) return read;
  if (read.fields.id !== id) {
    const message = `Expected \`id\` to be the folder's name ${quote(id)}, found ${quote(read.fields.id)}. Correct it.`;
    return { problem: { path, rule: 'id-mismatch', message } };
  }
  const roots = (read.fields.roots ?? []).map(parseRoot);
  const problems = roots.flatMap((root) =>
    'fault' in root ? [{ path, rule: 'bad-root', message: root.fault }] : [],
  );
  const project = {
    id,
    title: read.fields.title ?? id,
    aliases: read.fields.aliases ?? [],
    roots: roots.flatMap((root) => ('fault' in root ? [] : [root])),
    waves: parseWaves(read.fields.waves ?? []),
    repositories: read.fields.repositories ?? [],
    pulled: read.fields.pulled ?? [],
    description: split.parts.body.trim(),
    path,
  };
  return { project, problems };
}

/** `label = path`, or `label = path :: sub/path`: flat, so that a person can write it. */
export function parseRoot(line: string): Root | { fault: string } {
  const found = /^([a-z0-9][a-z0-9-]{0,62})\s*=\s*(.+?)(?:\s+::\s+(.+))?$/.exec(line.trim());
  const [, label, path, subPath] = found ?? [];
  const isAbsolute = path !== undefined && /^(?:\/|~\/|[A-Za-z]:[\\/])/.test(path);
  if (label === undefined || path === undefined || !isAbsolute) {
    return {
      fault: `Expected a root as "label = /absolute/path" or "label = /path :: sub/folder", found ${quote(line)}. Correct it.`,
    };
  }
  if (subPath?.split(/[\\/]/).some((part) => part === '..' || part === '')) {
    return { fault: `Expected a sub-folder below the root, found ${quote(subPath)}. Correct it.` };
  }
  return subPath === undefined ? { label, path } : { label, path, subPath };
}

const WAVE = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** What is wrong with the name of a wave; it names a report too. */
export function waveFault(wave: string): string | undefined {
  if (WAVE.test(wave)) return undefined;
  return `Expected a wave's name of lower-case letters, digits and hyphens, found ${quote(wave)}.`;
}

// A note of what was done, not a setting: a line that isn't one says nothing.
function parseWaves(lines: readonly string[]): ReadonlyMap<string, string> {
  const pairs = lines.map((line) => line.split(' = '));
  return new Map(
    pairs.flatMap(([label = '', wave = '']) =>
      waveFault(wave) === undefined ? [[label, wave] as const] : [],
    ),
  );
}

/** A `project.md` that says which wave last changed these roots. */
export function withWave(
  text: string,
  project: Project,
  named: ReadonlyMap<string, string>,
): string {
  const waves = new Map([...project.waves, ...named]);
  const lines = [...waves].sort(([a], [b]) => byText(a, b)).map((pair) => pair.join(' = '));
  return withFields(text, { waves: lines });
}

/** A root as `parseRoot` reads it. */
export function formatRoot(root: Root): string {
  return `${root.label} = ${root.path}${root.subPath === undefined ? '' : ` :: ${root.subPath}`}`;
}

/** The registry of the projects read, with a problem for every name that two of them claim. */
export function buildRegistry(
  read: readonly Project[],
  folders: Iterable<ProjectId>,
): { registry: Registry; problems: readonly Problem[] } {
  const projects = new Map<ProjectId, Project>();
  for (const id of [GLOBAL_PROJECT, INBOX_PROJECT]) projects.set(id, bareProject(id));
  for (const id of [...folders].sort(byText)) projects.set(id, bareProject(id));
  for (const project of read) projects.set(project.id, project);
  const claimants = new Map<string, Set<ProjectId>>();
  for (const project of projects.values()) {
    for (const name of namesOf(project)) {
      claimants.set(name, (claimants.get(name) ?? new Set()).add(project.id));
    }
  }
  const byName = new Map<string, ProjectId>();
  const problems: Problem[] = [];
  for (const [name, ids] of claimants) {
    // An id always names its own project, whatever aliases others give themselves.
    const owner = [...ids].find((id) => foldName(id) === name);
    const only = owner ?? (ids.size === 1 ? [...ids][0] : undefined);
    if (only !== undefined) byName.set(name, only);
    if (ids.size > 1) problems.push(collision(name, [...ids].sort(byText)));
  }
  return { registry: { projects, byName }, problems };
}

function bareProject(id: ProjectId): Project {
  const none = { aliases: [], roots: [], repositories: [], pulled: [], waves: new Map() };
  return { id, title: id, ...none, description: '' };
}

/** Every folded name that a project goes by. */
export function namesOf(project: Project): readonly string[] {
  const names = [project.id, ...project.aliases, project.title].map(foldName);
  return [...new Set(names)].filter((name) => name !== '');
}

function collision(name: string, ids: readonly ProjectId[]): Problem {
  return {
    path: projectPath(ids[ids.length - 1] as ProjectId),
    rule: 'name-collision',
    message: `Expected a name of one project, found ${quote(name)} claimed by ${ids.join(' and ')}. Rename it in one of them.`,
  };
}

/** What a person registers. */
export interface Proposal {
  readonly id: string;
  readonly title?: string;
  readonly aliases?: readonly string[];
  readonly roots?: readonly string[];
  readonly description?: string;
}

/** A proposal checked against the registry: the file to write, or everything that is wrong with it. */
export function checkProposal(
  registry: Registry,
  proposal: Proposal,
  isUpdate: boolean,
): { project: Project; faults: [] } | { faults: readonly string[] } {
  const checked = checkProjectId(proposal.id);
  if ('fault' in checked) return { faults: [checked.fault] };
  const id = checked.id;
  const before = registry.projects.get(id);
  const exists = before?.path !== undefined;
  const roots = (proposal.roots ?? before?.roots.map(formatRoot) ?? []).map(parseRoot);
  const project: Project = {
    id,
    title: proposal.title ?? before?.title ?? id,
    aliases: proposal.aliases ?? before?.aliases ?? [],
    roots: roots.flatMap((root) => ('fault' in root ? [] : [root])),
    waves: before?.waves ?? new Map(),
    repositories: before?.repositories ?? [],
    pulled: before?.pulled ?? [],
    description: proposal.description ?? before?.description ?? '',
    path: projectPath(id),
  };
  const faults = [
    ...(exists && !isUpdate ? [`Expected a new project, found ${id} registered already.`] : []),
    ...(!exists && isUpdate ? [`Expected a registered project, found none called ${id}.`] : []),
    ...roots.flatMap((root) => ('fault' in root ? [root.fault] : [])),
    ...doubledLabels(project.roots),
    ...emptyNames(project.aliases),
    ...takenNames(registry, project),
  ];
  return faults.length === 0 ? { project, faults: [] } : { faults };
}

function doubledLabels(roots: readonly Root[]): readonly string[] {
  const labels = roots.map((root) => root.label);
  const doubled = labels.filter((label, at) => labels.indexOf(label) !== at);
  return [...new Set(doubled)].map(
    (label) => `Expected each root to have a label of its own, found ${quote(label)} twice.`,
  );
}

function takenNames(registry: Registry, project: Project): readonly string[] {
  const wanted = new Set(namesOf(project));
  const others = [...registry.projects.values()].filter(({ id }) => id !== project.id);
  return others.flatMap((other) =>
    namesOf(other)
      .filter((name) => wanted.has(name))
      .map(
        (name) =>
          `Expected names that no other project has, found ${quote(name)}, which names ${other.id}. Leave it out of ${project.id}.`,
      ),
  );
}

function emptyNames(aliases: readonly string[]): readonly string[] {
  return aliases
    .filter((alias) => foldName(alias) === '')
    .map(
      (alias) => `Expected aliases with letters or digits, found ${quote(alias)}. Leave it out.`,
    );
}

/** The `project.md` of a project: a new text, or the present one with its fields set. */
export function formatProject(project: Project, present?: string): string {
  const fields = {
    id: project.id,
    title: project.title,
    aliases: project.aliases,
    roots: project.roots.map(formatRoot),
  };
  const body = project.description === '' ? '' : `\n${project.description}\n`;
  if (present === undefined) return formatFile(fields, body);
  const text = withFields(present, fields);
  const split = splitFrontMatter(text);
  if ('fault' in split || split.parts.body.trim() === project.description) return text;
  return text.slice(0, text.length - split.parts.body.length) + body;
}
