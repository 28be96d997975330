/** `GET /metrics`: what was counted, and what the store holds now, for Prometheus. */
import { AtoError } from '../errors.ts';
import { type Health, healthOf } from './health.ts';
import type { Sample } from './metrics.ts';
import { defineRoute, type Route } from './route.ts';
import type { Site } from './site.ts';
import { z } from './zod.ts';

export function metricsRoutes(site: Site): readonly Route[] {
  return [
    defineRoute(
      {
        method: 'get',
        path: '/metrics',
        access: 'admin',
        summary: 'Counts, durations and figures as Prometheus text',
        tag: 'operation',
        mediaType: 'text/plain; version=0.0.4; charset=utf-8',
        answer: z.string(),
      },
      async () => {
        const { metrics } = site;
        if (metrics === undefined) {
          throw new AtoError('no-daemon', 'Expected a daemon, which counts, found none running.');
        }
        const text = await metrics.text(samplesOf(site, await healthOf(site)));
        const { body } = new Response(text);
        return { body: text, ...(body === null ? {} : { stream: body }) };
      },
    ),
  ];
}

/** Nothing where there is no upstream. */
function syncSamples(site: Site, { sync }: Health): readonly Sample[] {
  if (sync.state === 'off') return [];
  const value = Number(sync.state !== 'failed');
  const ok: Sample = { name: 'atocore_standing_ok', value, labels: { of: 'sync' } };
  if (sync.at === undefined) return [ok];
  const ageMs = site.now().getTime() - Date.parse(sync.at);
  return [ok, { name: 'atocore_last_sync_age_seconds', value: Math.max(0, ageMs / 1000) }];
}

/** The figures of `/health` as samples. */
function samplesOf(site: Site, health: Health): readonly Sample[] {
  const { queue, records } = health;
  const byKind = Object.entries(records.by_kind).flatMap(([typeAndKind, counts]) => {
    const [type = '', kind = ''] = typeAndKind.split('/');
    return Object.entries(counts).map(([status, value]): Sample => {
      return { name: 'atocore_records', value, labels: { type, kind, status } };
    });
  });
  const standing = (['backup', 'validation', 'drill'] as const).flatMap((of): Sample[] => {
    const { state, at } = health[`last_${of}`];
    const ok: Sample = {
      name: 'atocore_standing_ok',
      value: Number(state === 'ok' || state === 'never'),
      labels: { of },
    };
    if (at === undefined) return [ok];
    const ageMs = site.now().getTime() - Date.parse(at);
    return [ok, { name: `atocore_last_${of}_age_seconds`, value: Math.max(0, ageMs / 1000) }];
  });
  const age = queue.oldest_age_seconds;
  return [
    { name: 'atocore_ready', value: Number(health.ready) },
    { name: 'atocore_writable', value: Number(health.writable) },
    { name: 'atocore_watching', value: Number(health.watcher.state === 'watching') },
    { name: 'atocore_documents', value: health.documents },
    ...byKind,
    { name: 'atocore_queue_depth', value: queue.depth },
    { name: 'atocore_queue_held', value: queue.held },
    ...(age === undefined
      ? []
      : [{ name: 'atocore_queue_oldest_age_seconds', value: age } as const]),
    { name: 'atocore_open_conflicts', value: health.open_conflicts_count },
    { name: 'atocore_problems', value: health.problems.count },
    { name: 'atocore_index_documents', value: site.engine.view?.index.size ?? 0 },
    ...(health.spool === undefined ? [] : spoolSamples(health.spool)),
    ...standing,
    ...syncSamples(site, health),
  ];
}

function spoolSamples(spool: NonNullable<Health['spool']>): readonly Sample[] {
  return [
    { name: 'atocore_spool_waiting', value: spool.waiting },
    { name: 'atocore_spool_set_aside', value: spool.set_aside.length },
    { name: 'atocore_spool_refused', value: spool.refused },
  ];
}
