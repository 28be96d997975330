/** `GET /events`: server-sent events, so that nobody has to ask again and again. */
import { EVENTS_KEPT, EventLog, happenings, type LoggedEvent } from './event-log.ts';
import { HttpProblem } from './problem.ts';
import { defineRoute, type Route } from './route.ts';
import type { Site } from './site.ts';
import { z } from './zod.ts';

export const STREAMS_MAX = 50;
const HEARTBEAT_MS = 15_000;
/** How soon a client that lost its connection comes again. */
const RETRY_MS = 2_000;

export function eventRoutes(site: Site): readonly Route[] {
  const { engine } = site;
  const log = new EventLog();
  // Numbers begin anew with each start: the start itself tells them apart.
  const run = Date.parse(engine.status().startedAt).toString(36);
  let before = engine.view;
  engine.onPublish((view) => {
    log.add(happenings(before, view));
    before = view;
  });
  const streams = new Set<object>();
  return [
    defineRoute(
      {
        method: 'get',
        path: '/events',
        access: 'any',
        summary: `Server-sent events: view, queue, conflict, problem; \`Last-Event-ID\` resumes within the last ${EVENTS_KEPT}, and \`missed\` says that more happened`,
        tag: 'reading',
        mediaType: 'text/event-stream',
        answer: z.string(),
      },
      ({ headers }) => {
        if (streams.size >= STREAMS_MAX) {
          const message = `Expected at most ${STREAMS_MAX} readers of events, found as many. Close one.`;
          throw new HttpProblem('too-many-requests', message);
        }
        const place = placeOf(headers.get('last-event-id'), run, log);
        return { body: '', stream: eventStream(log, { run, place, streams, ended: site.ended }) };
      },
    ),
  ];
}

/** Where a reader goes on; -1 for one whose place isn't known here. */
function placeOf(lastId: string | null, run: string, log: EventLog): number {
  if (lastId === null || lastId === '') return log.last;
  const [, start, number] = /^([a-z0-9]+)-(\d{1,15})$/.exec(lastId) ?? [];
  return start === run ? Number(number) : -1;
}

interface Reading {
  readonly run: string;
  readonly place: number;
  /** The streams that are being read. */
  readonly streams: Set<object>;
  readonly ended: AbortSignal | undefined;
}

// Nothing is kept for a reader but its place: a slow one costs no memory, and one that never reads
// (a HEAD request) is never counted.
function eventStream(log: EventLog, reading: Reading): ReadableStream<Uint8Array> {
  const { run, streams, ended } = reading;
  const left = new AbortController();
  const signal = ended === undefined ? left.signal : AbortSignal.any([ended, left.signal]);
  const encoder = new TextEncoder();
  let { place } = reading;
  let isOpened = false;
  const next = async (): Promise<string> => {
    if (!isOpened) {
      isOpened = true;
      streams.add(left);
      return `retry: ${RETRY_MS}\n: atocore\n\n`;
    }
    if (log.after(place).events.length === 0 && log.after(place).isWhole) {
      await log.change(HEARTBEAT_MS, signal);
    }
    const { events, isWhole } = log.after(place);
    const missed = isWhole ? '' : `event: missed\ndata: {}\nid: ${run}-${log.last}\n\n`;
    place = log.last;
    const text = missed + events.map((event) => eventText(event, run)).join('');
    return text === '' ? ': still here\n\n' : text;
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const text = await next();
        if (left.signal.aborted) return;
        if (!signal.aborted) return controller.enqueue(encoder.encode(text));
        streams.delete(left);
        controller.close();
      },
      cancel() {
        streams.delete(left);
        left.abort();
      },
    },
    { highWaterMark: 0 },
  );
}

function eventText({ type, said, number }: LoggedEvent, run: string): string {
  return `event: ${type}\nid: ${run}-${number}\ndata: ${JSON.stringify(said)}\n\n`;
}
