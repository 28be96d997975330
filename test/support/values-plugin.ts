/** A plugin for tests: two records of one project and subject with different values contradict. */
import type { DetectedConflict, KnowledgeRecord, PluginModule, Records } from '../../src/plugin.ts';

const module: PluginModule = { create: () => ({ name: 'values', version: 1, detect }) };
export default module;

function detect(records: Records): readonly DetectedConflict[] {
  const slots = new Map<string, KnowledgeRecord[]>();
  for (const record of records.values()) {
    if (record.value === undefined || !['active', 'candidate'].includes(record.status)) continue;
    const subject = record.subject.toLowerCase().replace(/[-_\s]+/g, ' ');
    const slot = `${record.project}|${subject}`;
    slots.set(slot, [...(slots.get(slot) ?? []), record]);
  }
  return [...slots].flatMap(([slot, members]) => {
    if (new Set(members.map(({ value }) => value)).size < 2) return [];
    const [first] = members;
    if (first === undefined) return [];
    return [
      {
        slot,
        project: first.project,
        members: members.map(({ id, value = '' }) => ({ id, value })),
        reason: `${slot} has several values`,
      },
    ];
  });
}
