/** The registry of projects: reading it, proposing, registering, updating, refreshing. */
import type { RefreshReport } from '../engine.ts';
import { AtoError } from '../errors.ts';
import { byText, checkProjectId, GLOBAL_PROJECT, INBOX_PROJECT } from '../model/names.ts';
import {
  checkProposal,
  formatProject,
  formatRoot,
  type Project,
  type Proposal,
  type Root,
} from '../model/projects.ts';
import type { View } from '../view/view.ts';
import { listOf, PAGE_QUERY, pageOf } from './page.ts';
import { defineRoute, type Route } from './route.ts';
import { RULE_FIGURES } from './rule-figures.ts';
import { personOf, projectInUrl, type Site, viewOf } from './site.ts';
import { z } from './zod.ts';

const ROOT = z.object({
  label: z.string(),
  path: z.string(),
  sub_path: z.string().optional(),
});

const PROJECT = z
  .object({
    id: z.string(),
    title: z.string(),
    aliases: z.array(z.string()),
    roots: z.array(ROOT),
    description: z.string(),
    path: z.string().optional(),
    registered: z.boolean().meta({ description: 'False for a folder without a `project.md`' }),
  })
  .openapi('Project');

const FIELDS = {
  title: z.string().min(1).max(200).optional(),
  aliases: z.array(z.string().min(1).max(200)).max(100).optional(),
  roots: z
    .array(
      z.union([
        z.string().min(1).max(5_000),
        z.strictObject({
          label: z.string().max(64),
          path: z.string().max(4_096),
          sub_path: z.string().max(4_096).optional(),
        }),
      ]),
    )
    .max(100)
    .optional()
    .meta({ description: 'Each as an object or as text: `label = /path :: sub/folder`' }),
  description: z.string().max(10_000).optional(),
};
const ACTOR = { actor: z.string().max(320).optional() };
const PROPOSAL = z.strictObject({ id: z.string().min(1).max(200), ...FIELDS });
type Fields = Omit<z.output<typeof PROPOSAL>, 'id'>;

const REFRESHED = z.object({
  project: z.string(),
  wave: z.string(),
  status: z.enum(['ingested', 'partial', 'nothing_to_ingest']),
  roots: z.array(
    z.object({
      label: z.string(),
      path: z.string(),
      state: z.enum(['staged', 'missing', 'unreadable', 'held']),
      added: z.int(),
      changed: z.int(),
      removed: z.int(),
      reason: z.string().optional(),
    }),
  ),
  commit: z.string().optional(),
  extraction: z
    .array(RULE_FIGURES)
    .meta({ description: 'What became of the claims in what this wave changed' }),
});

const COMMITTED = z.object({ project: PROJECT, commit: z.string() });

const CHECKED = z.object({
  valid: z.boolean(),
  faults: z.array(z.string()),
  project: PROJECT.optional(),
  file: z.string().optional().meta({ description: 'The `project.md` that it would write' }),
});

const PROJECT_LIST = listOf(PROJECT);

export type ProjectJson = z.output<typeof PROJECT>;
export type ProjectListJson = z.output<typeof PROJECT_LIST>;
export type CommittedProjectJson = z.output<typeof COMMITTED>;
export type ProposalCheckedJson = z.output<typeof CHECKED>;
export type RefreshedJson = z.output<typeof REFRESHED>;

export function projectRoutes(site: Site): readonly Route[] {
  return [
    listRoute(site),
    templateRoute(),
    proposalRoute(site),
    registerRoute(site),
    updateRoute(site),
    refreshRoute(site),
  ];
}

function listRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'get',
      path: '/projects',
      access: 'any',
      summary: 'The registry, in order of id',
      tag: 'projects',
      query: z.strictObject(PAGE_QUERY),
      answer: PROJECT_LIST,
    },
    ({ query }) => {
      const { projects } = viewOf(site).settlement.registry;
      const found = [...projects.values()]
        .filter(({ id }) => id !== GLOBAL_PROJECT && id !== INBOX_PROJECT)
        .sort((a, b) => byText(a.id, b.id));
      const page = pageOf(found, query, ({ id }) => id);
      return { body: { ...page, items: page.items.map(projectJson) } };
    },
  );
}

function templateRoute(): Route {
  const body = {
    id: 'p05-interferometer',
    title: 'P05 interferometer',
    aliases: ['p05'],
    roots: [{ label: 'notes', path: '/home/ada/p05', sub_path: 'docs' }],
    description: 'What the project is for, in a sentence.',
  };
  return defineRoute(
    {
      method: 'get',
      path: '/projects/template',
      access: 'any',
      summary: 'A filled-in proposal to start from',
      tag: 'projects',
      answer: z.object({
        id: z.string(),
        title: z.string(),
        aliases: z.array(z.string()),
        roots: z.array(ROOT),
        description: z.string(),
      }),
    },
    () => ({ body }),
  );
}

function proposalRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/projects/proposal',
      access: 'any',
      summary: 'Check a proposal; nothing is written',
      tag: 'projects',
      isRead: true,
      body: PROPOSAL,
      answer: CHECKED,
    },
    ({ body }) => {
      const { registry } = viewOf(site).settlement;
      const checked = checkProposal(registry, toProposal(body.id, body), false);
      if (!('project' in checked)) return { body: { valid: false, faults: [...checked.faults] } };
      const { project } = checked;
      return {
        body: {
          valid: true,
          faults: [],
          project: projectJson(project),
          file: formatProject(project),
        },
      };
    },
  );
}

function registerRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/projects/register',
      access: 'admin',
      summary: 'Register a project: one commit; nothing is read from its roots yet',
      tag: 'projects',
      body: PROPOSAL.extend(ACTOR),
      status: 201,
      answer: COMMITTED,
    },
    async ({ body: { actor, id, ...fields } }) => {
      viewOf(site);
      const by = personOf(site, actor);
      const { project, commit } = await site.engine.registerProject(toProposal(id, fields), by);
      return { body: { project: projectJson(project), commit } };
    },
  );
}

function updateRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'put',
      path: '/projects/{id}',
      access: 'admin',
      summary: 'Change what is given, keep the rest: one commit',
      tag: 'projects',
      params: z.strictObject({ id: z.string().min(1).max(200) }),
      body: z.strictObject({ ...FIELDS, ...ACTOR }),
      answer: COMMITTED,
    },
    async ({ params, body: { actor, ...fields } }) => {
      const id = registeredId(viewOf(site), params.id);
      const by = personOf(site, actor);
      const { project, commit } = await site.engine.updateProject(toProposal(id, fields), by);
      return { body: { project: projectJson(project), commit } };
    },
  );
}

function refreshRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/projects/{id}/refresh',
      access: 'admin',
      summary: 'Stage the Markdown of the roots into `sources/`, as one named wave',
      tag: 'projects',
      params: z.strictObject({ id: z.string().min(1).max(200) }),
      body: z.strictObject({
        wave: z
          .string()
          .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'lower-case words joined by hyphens'),
        confirm_removals: z.boolean().optional(),
        ...ACTOR,
      }),
      answer: REFRESHED,
    },
    async ({ params, body }) => {
      const id = registeredId(viewOf(site), params.id);
      const confirmRemovals = body.confirm_removals ?? false;
      const by = personOf(site, body.actor);
      const options = { wave: body.wave, confirmRemovals };
      return { body: reportJson(await site.engine.refreshProject(id, options, by)) };
    },
  );
}

/** A project that may be changed; an alias names it as well as its id. AtoError `usage`, `not-found`. */
function registeredId(view: View, name: string): Project['id'] {
  const id = projectInUrlOrFault(view, name);
  if (id !== GLOBAL_PROJECT && id !== INBOX_PROJECT) return id;
  throw new AtoError('not-allowed', `Expected a registered project, found the reserved ${id}.`);
}

function projectInUrlOrFault(view: View, name: string): Project['id'] {
  try {
    return projectInUrl(view, name);
  } catch (error) {
    const checked = checkProjectId(name);
    if (!(error instanceof AtoError) || !('fault' in checked)) throw error;
    throw new AtoError('usage', checked.fault);
  }
}

function toProposal(id: string, fields: Fields): Proposal {
  const roots = fields.roots?.map((root) =>
    typeof root === 'string' ? root : formatRoot(toRoot(root)),
  );
  return {
    id,
    ...(fields.title === undefined ? {} : { title: fields.title }),
    ...(fields.aliases === undefined ? {} : { aliases: fields.aliases }),
    ...(roots === undefined ? {} : { roots }),
    ...(fields.description === undefined ? {} : { description: fields.description }),
  };
}

function toRoot(root: { label: string; path: string; sub_path?: string | undefined }): Root {
  const { label, path, sub_path: subPath } = root;
  return subPath === undefined ? { label, path } : { label, path, subPath };
}

function projectJson(project: Project): z.input<typeof PROJECT> {
  return {
    id: project.id,
    title: project.title,
    aliases: [...project.aliases],
    roots: project.roots.map(({ label, path, subPath }) => ({ label, path, sub_path: subPath })),
    description: project.description,
    path: project.path,
    registered: project.path !== undefined,
  };
}

function reportJson(report: RefreshReport): z.input<typeof REFRESHED> {
  const { project, wave, status, commit } = report;
  const roots = report.roots.map((root) => ({ ...root }));
  return { project, wave, status, roots, commit, extraction: [...report.extraction] };
}
