/** Every route there is: one resource is one file and one line here. */
import { adminRoutes } from './admin.ts';
import { agentHookRoutes } from './agent-hooks.ts';
import { backupRoutes } from './backup.ts';
import { captureAskRoutes } from './capture-asks.ts';
import { checkRoutes } from './check.ts';
import { conflictRoutes } from './conflicts.ts';
import { contextRoutes } from './context.ts';
import { creationRoutes } from './creations.ts';
import { decisionRoutes } from './decisions.ts';
import { detectRoutes } from './detect.ts';
import { engineeringRoutes } from './engineering.ts';
import { eventRoutes } from './events.ts';
import { healthRoutes } from './health.ts';
import { historyRoutes } from './history.ts';
import { interactionRoutes } from './interactions.ts';
import { metricsRoutes } from './metrics-route.ts';
import { mirrorRoutes } from './mirror.ts';
import type { PackJson } from './pack-json.ts';
import { projectStateRoutes } from './project-state.ts';
import { projectRoutes } from './projects.ts';
import { pushWebhookRoutes } from './push-webhooks.ts';
import { queryRoutes } from './query.ts';
import { queueRoutes } from './queue.ts';
import { queueDecisionRoutes } from './queue-decisions.ts';
import { recordRoutes } from './records.ts';
import { relationshipRoutes } from './relationships.ts';
import { restoreRoutes } from './restore.ts';
import type { Route } from './route.ts';
import type { Site } from './site.ts';
import { statsRoutes } from './stats.ts';
import { sweepRoutes } from './sweep.ts';
import { syncRoutes } from './sync.ts';

/** The routes of a site; the OpenAPI document is made from them. */
export function routesOf(site: Site): readonly Route[] {
  const packs: PackJson[] = [];
  return [
    ...healthRoutes(site),
    ...metricsRoutes(site),
    ...contextRoutes(site, packs),
    ...queryRoutes(site),
    ...interactionRoutes(site),
    ...agentHookRoutes(site),
    ...captureAskRoutes(site),
    ...recordRoutes(site),
    ...creationRoutes(site),
    ...decisionRoutes(site),
    ...relationshipRoutes(site),
    ...queueRoutes(site),
    ...queueDecisionRoutes(site),
    ...historyRoutes(site, packs),
    ...conflictRoutes(site),
    ...projectStateRoutes(site),
    ...projectRoutes(site),
    ...mirrorRoutes(site),
    ...engineeringRoutes(site),
    ...detectRoutes(site),
    ...adminRoutes(site),
    ...sweepRoutes(site),
    ...syncRoutes(site),
    ...pushWebhookRoutes(site),
    ...checkRoutes(site),
    ...statsRoutes(site),
    ...eventRoutes(site),
    ...backupRoutes(site),
    ...restoreRoutes(site),
  ];
}
