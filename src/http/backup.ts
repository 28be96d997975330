/** Backups, as an operator asks for them: make, list, validate, thin out, and prove by a drill. */
import { listPlace } from '../backup/backup-folder.ts';
import type { ValidationLevel } from '../backup/manifest.ts';
import { RETENTION } from '../backup/retention.ts';
import { backUp, cleanUp, drill, validateOnRecord } from '../backup-flow.ts';
import type { Alone } from '../one-at-a-time.ts';
import {
  BACKUPS,
  CLEANUP,
  cleanupJson,
  DRILL,
  drillJson,
  listedJson,
  TAKEN,
  takenJson,
  VALIDATION,
  validationJson,
} from './backup-json.ts';
import { BUILD } from './build.ts';
import { PAGE_QUERY, pageOf } from './page.ts';
import { defineRoute, type Route } from './route.ts';
import { personOf, type Site } from './site.ts';
import { z } from './zod.ts';

const PERIODS = z.int().min(1).max(1_000).optional();
const STAMP = z.strictObject({ stamp: z.string().max(40) });

export function backupRoutes(site: Site): readonly Route[] {
  const { alone } = site;
  return [
    createRoute(site, alone),
    listRoute(site),
    validateRoute(site),
    cleanupRoute(site, alone),
    drillRoute(site, alone),
  ];
}

function createRoute(site: Site, alone: Alone): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/admin/backup',
      access: 'admin',
      summary: 'Settle, then back up everything that is committed; read back and checked',
      tag: 'operation',
      status: 201,
      body: z.strictObject({
        incremental: z
          .boolean()
          .optional()
          .meta({ description: 'Only what came since the newest backup, where there is one' }),
        include_index: z
          .boolean()
          .optional()
          .meta({ description: 'Beside a copy of the index, for a quicker start after a restore' }),
      }),
      answer: TAKEN,
    },
    ({ body: { incremental = false, include_index: includeIndex = false } }) =>
      alone('a backup', async () => {
        const { engine, backups: place, second } = site;
        const ask = { place, second, incremental, includeIndex, build: BUILD.sha };
        return { body: takenJson(await backUp(engine, { ...ask, reason: 'asked' })) };
      }),
  );
}

function listRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'get',
      path: '/admin/backup',
      access: 'admin',
      summary: 'Backups, newest first, as far as their manifests tell',
      tag: 'operation',
      query: z.strictObject(PAGE_QUERY),
      answer: BACKUPS,
    },
    async ({ query }) => {
      const page = pageOf(await listPlace(site.backups), query, ({ stamp }) => stamp);
      const { folder, isDefault } = site.backups;
      const items = page.items.map(listedJson);
      return { body: { ...page, items, folder, is_default: isDefault } };
    },
  );
}

function validateRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'get',
      path: '/admin/backup/{stamp}/validate',
      access: 'admin',
      summary: 'How far a backup can be believed; level 3 restores it to a scratch folder',
      tag: 'operation',
      params: STAMP,
      query: z.strictObject({ level: z.coerce.number().int().min(1).max(3).default(2) }),
      answer: VALIDATION,
    },
    async ({ params: { stamp }, query: { level } }) => {
      const { backups, engine, now } = site;
      const { store } = engine.config;
      const ask = { level: level as ValidationLevel, now: now(), store };
      return { body: validationJson(await validateOnRecord(backups, stamp, ask)) };
    },
  );
}

function cleanupRoute(site: Site, alone: Alone): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/admin/backup/cleanup',
      access: 'admin',
      summary: 'What would be removed; with `confirm` it is',
      tag: 'operation',
      body: z.strictObject({
        confirm: z.boolean().optional(),
        days: PERIODS,
        weeks: PERIODS,
        months: PERIODS,
      }),
      answer: CLEANUP,
    },
    ({ body: { confirm: isConfirmed = false, days, weeks, months } }) =>
      alone('a cleanup', async () => {
        const { backups, engine, now } = site;
        const policy = {
          days: days ?? RETENTION.days,
          weeks: weeks ?? RETENTION.weeks,
          months: months ?? RETENTION.months,
        };
        const { store } = engine.config;
        const cleanup = await cleanUp(backups, { policy, isConfirmed, now: now(), store });
        return { body: cleanupJson(backups.folder, cleanup) };
      }),
  );
}

function drillRoute(site: Site, alone: Alone): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/admin/drill',
      access: 'admin',
      summary: 'Prove that a backup can be restored, by restoring one and comparing',
      tag: 'operation',
      body: z.strictObject({
        level: z
          .union([z.literal(1), z.literal(2), z.literal(3)])
          .optional()
          .meta({
            description:
              '1: the newest backup; 2 (default): a new one, in a scratch folder; 3: also in the store itself',
          }),
        actor: z.string().max(320).optional(),
      }),
      answer: DRILL,
    },
    ({ body: { level = 2, actor } }) =>
      alone('a drill', async () => {
        const { backups: place, engine } = site;
        const person = personOf(site, actor);
        return { body: drillJson(await drill(engine, { place, level, person, build: BUILD.sha })) };
      }),
  );
}
