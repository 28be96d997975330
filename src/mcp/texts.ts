/** Answers as a few lines of text, for agents whose host shows them no structured content. */
import type { Json } from './operations.ts';

type Entries = readonly Json[];

function items(body: Json): Entries {
  return (body.items ?? []) as Entries;
}

/** The lines of a list, and how many more there are. */
function list(body: Json, none: string, line: (item: Json) => string): string {
  const shown = items(body);
  if (shown.length === 0) return none;
  const count = Number(body.count ?? shown.length);
  const more = count > shown.length ? [`${count - shown.length} more; ask with a cursor.`] : [];
  const cursor = body.next_cursor === undefined ? [] : [`next_cursor: ${String(body.next_cursor)}`];
  return [...shown.map(line), ...more, ...cursor].join('\n');
}

export function pack(body: Json): string {
  const text = String(body.formatted_context ?? '').trim();
  return text === '' ? 'Nothing is known for this prompt.' : text;
}

export function hits(body: Json): string {
  return list(body, 'Nothing found.', (hit) => {
    const [from, to] = (hit.lines ?? []) as readonly number[];
    const where = `${String(hit.path)}:${from}-${to}`;
    const about = [hit.layer, hit.status].filter((part) => part !== '').join(', ');
    return `- [${about}] ${String(hit.title)} (${where})\n  ${String(hit.snippet)}`;
  });
}

export function record(body: Json): string {
  const conflicts = (body.conflicts ?? []) as readonly string[];
  return [
    `${String(body.id)}: ${String(body.kind)} of ${String(body.project)}, ${String(body.status)}`,
    String(body.text),
    `origins: ${((body.origins ?? []) as readonly string[]).join(', ') || 'written by a person'}`,
    ...(conflicts.length === 0 ? [] : [`disputed: ${conflicts.join(', ')}`]),
    ...(body.expired === true ? ['expired'] : []),
    ...(body.unsupported === true ? ['no longer supported by its source'] : []),
  ].join('\n');
}

export function states(body: Json): string {
  const none = `No trusted state of ${String(body.project)}.`;
  return list(body, none, (state) => {
    const expired = state.expired === true ? ' (expired)' : '';
    return `- ${String(state.category)}/${String(state.key)}: ${String(state.value)}${expired}`;
  });
}

export function projects(body: Json): string {
  return list(body, 'No projects.', (project) => {
    const aliases = ((project.aliases ?? []) as readonly string[]).join(', ');
    const also = aliases === '' ? '' : ` (also: ${aliases})`;
    return `- ${String(project.id)}: ${String(project.title)}${also}`;
  });
}

export function detected(body: Json): string {
  if (typeof body.project === 'string') return body.project;
  const matched = (body.matched ?? []) as Entries;
  if (matched.length === 0) return 'No project.';
  return `More than one: ${matched.map((each) => String(each.project)).join(', ')}.`;
}

export function queue(body: Json): string {
  return list(
    body,
    'Nothing waits for a decision.',
    (entry) =>
      `- ${String(entry.id)} (${String(entry.kind)}, ${String(entry.project)}, candidate): ${String(entry.text)}`,
  );
}

export function conflicts(body: Json): string {
  return list(body, 'No conflicts.', (conflict) => {
    const members = ((conflict.members ?? []) as Entries)
      .map((member) => `${String(member.id)} says ${String(member.value)}`)
      .join('; ');
    return `- ${String(conflict.id)} (${String(conflict.status)}, ${String(conflict.project)}) ${String(conflict.slot)}: ${members}`;
  });
}

export function captured(body: Json): string {
  return `Kept as ${String(body.id)} in ${String(body.path)}.`;
}

export function proposed(body: Json): string {
  const { id } = (body.record ?? {}) as Json;
  return `Proposed as ${String(id)}: a candidate until a person decides.`;
}

export function answered(body: Json): string {
  return `${String(body.title)}\n${JSON.stringify(body.answer, null, 1)}`;
}

/** What was expected, found and to do, with each fault of a request. */
export function problem(body: unknown, status: number): string {
  const { detail, errors } = (body ?? {}) as { detail?: unknown; errors?: readonly Json[] };
  const faults = (errors ?? []).map(
    (each) => `- ${String(each.pointer ?? each.parameter ?? '')}: ${String(each.detail)}`,
  );
  const first = typeof detail === 'string' ? detail : `Expected an answer, found status ${status}.`;
  return faults.length > 1 ? [first, ...faults].join('\n') : first;
}
