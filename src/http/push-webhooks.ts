/** `POST /hooks/push`: a service says that a repository was pushed; what follows, follows behind the answer. */
import { AtoError } from '../errors.ts';
import { Deliveries } from './deliveries.ts';
import { defineRoute, type Reply, type Route } from './route.ts';
import type { Site } from './site.ts';
import { readDelivery, readHint } from './webhook.ts';
import { z } from './zod.ts';

export const HOOK_BYTES_MAX = 5_000_000;

const TAKEN = z.object({
  status: z.enum(['taken', 'known', 'ping', 'ignored']),
  service: z.enum(['forgejo', 'gitea', 'gitlab', 'github']),
  reason: z.string().optional(),
});

export function pushWebhookRoutes(site: Site): readonly Route[] {
  const deliveries = new Deliveries();
  return [
    defineRoute(
      {
        method: 'post',
        path: '/hooks/push',
        access: 'signature',
        summary: 'A push webhook of Forgejo, Gitea, GitLab or GitHub, signed with the secret',
        tag: 'operation',
        rawBytesMax: HOOK_BYTES_MAX,
        status: 202,
        answer: TAKEN,
      },
      ({ headers, bytes }): Reply<z.input<typeof TAKEN>> => {
        const { webhookSecret: secret, pushed } = site;
        if (secret === undefined || pushed === undefined) throw notSetUp(pushed !== undefined);
        const nowMs = site.now().getTime();
        const delivery = readDelivery({ headers, bytes, secret, nowMs });
        const { service } = delivery;
        if (!deliveries.isNew(delivery.id, nowMs)) return { body: { status: 'known', service } };
        const hint = readHint(delivery, bytes, headers.get('content-type'));
        if (hint.kind !== 'push') {
          return { body: { status: hint.kind, service, reason: hint.why } };
        }
        if (pushed.take(hint.push)) return { body: { status: 'taken', service } };
        deliveries.forget(delivery.id);
        throw new AtoError(
          'busy',
          'Expected fewer pushes to wait, found 100. Send it again later.',
        );
      },
    ),
  ];
}

function notSetUp(isDaemon: boolean): AtoError {
  const message = isDaemon
    ? "Expected a secret of this store's webhooks, found none. Set ATOCORE_WEBHOOK_SECRET, or write webhook.secret beside the tokens, and start the daemon again."
    : 'Expected a daemon, which takes webhooks, found none running.';
  return new AtoError('not-allowed', message);
}
