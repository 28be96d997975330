/** A restore of the store that is being served: settling stops meanwhile, reading goes on. */
import { planRestoreOf, type RestoreRequest, restoreThrough } from '../restore-flow.ts';
import { RESTORE_PLAN, RESTORED, restoredJson, restorePlanJson } from './backup-json.ts';
import { BUILD } from './build.ts';
import { defineRoute, type Route } from './route.ts';
import { personOf, type Site } from './site.ts';
import { z } from './zod.ts';

const ASK = {
  stamp: z.string().max(40).meta({ description: 'As the list of backups shows it' }),
  other_store: z
    .boolean()
    .optional()
    .meta({ description: "Take another store's backup: its files replace this store's" }),
};

export function restoreRoutes(site: Site): readonly Route[] {
  return [planRoute(site), restoreRoute(site)];
}

function planRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/admin/restore/plan',
      access: 'admin',
      summary: 'What a restore would do; nothing is changed',
      tag: 'operation',
      isRead: true,
      body: z.strictObject(ASK),
      answer: RESTORE_PLAN,
    },
    async ({ body: { stamp, other_store: acceptOtherStore = false } }) => {
      const { folder } = site.engine.status();
      const request = { place: site.backups.folder, stamp, person: site.person, acceptOtherStore };
      return { body: restorePlanJson(await planRestoreOf(folder, request)) };
    },
  );
}

function restoreRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/admin/restore',
      access: 'admin',
      summary: 'Bring a backup back as a new commit, with a safety backup before',
      tag: 'operation',
      body: z.strictObject({
        ...ASK,
        safety_backup: z.boolean().optional().meta({ description: 'False makes none' }),
        actor: z.string().max(320).optional(),
      }),
      answer: RESTORED,
    },
    async ({
      body: { stamp, other_store: acceptOtherStore = false, safety_backup: isSafe, actor },
    }) => {
      const request: RestoreRequest = {
        place: site.backups.folder,
        stamp,
        person: personOf(site, actor),
        acceptOtherStore,
        noSafetyBackup: isSafe === false,
        ...(BUILD.sha === '' ? {} : { build: BUILD.sha }),
      };
      return { body: restoredJson(await restoreThrough(site.engine, request)) };
    },
  );
}
