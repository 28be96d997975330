/** A conflict as answers show it. */
import type { ServedConflict } from '../model/snapshot.ts';
import { z } from './zod.ts';

export const CONFLICT_STATUS = z.enum(['open', 'resolved', 'dismissed']);

export const CONFLICT = z
  .object({
    id: z.string(),
    path: z.string(),
    status: CONFLICT_STATUS,
    project: z.string(),
    slot: z.string(),
    reason: z.string(),
    members: z.array(z.object({ id: z.string(), value: z.string() })),
  })
  .openapi('Conflict');

export type ConflictJson = z.output<typeof CONFLICT>;

export function conflictJson({ id, path, status, conflict }: ServedConflict): ConflictJson {
  const { project, slot, reason } = conflict;
  const members = conflict.members.map((member) => ({ id: member.id, value: member.value }));
  return { id, path, status, project, slot, reason, members };
}
