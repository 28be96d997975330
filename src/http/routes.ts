/** Every route there is: one resource is one file and one line here. */
import { adminRoutes } from './admin.ts';
import { conflictRoutes } from './conflicts.ts';
import { contextRoutes } from './context.ts';
import { creationRoutes } from './creations.ts';
import { decisionRoutes } from './decisions.ts';
import { detectRoutes } from './detect.ts';
import { healthRoutes } from './health.ts';
import { interactionRoutes } from './interactions.ts';
import { projectStateRoutes } from './project-state.ts';
import { projectRoutes } from './projects.ts';
import { queryRoutes } from './query.ts';
import { queueRoutes } from './queue.ts';
import { recordRoutes } from './records.ts';
import type { Route } from './route.ts';
import type { Site } from './site.ts';

/** The routes of a site; the OpenAPI document is made from them. */
export function routesOf(site: Site): readonly Route[] {
  return [
    ...healthRoutes(site),
    ...contextRoutes(site),
    ...queryRoutes(site),
    ...interactionRoutes(site),
    ...recordRoutes(site),
    ...creationRoutes(site),
    ...decisionRoutes(site),
    ...queueRoutes(site),
    ...conflictRoutes(site),
    ...projectStateRoutes(site),
    ...projectRoutes(site),
    ...detectRoutes(site),
    ...adminRoutes(site),
  ];
}
