/** After the stages: what readers are told of each record. */
import { isDocumentOrigin } from '../model/layout.ts';
import { blobOid } from '../model/names.ts';
import type { Proposal, RecordFile } from '../model/records.ts';
import type { ServedRecord } from '../model/snapshot.ts';
import type { KnowledgeRecord, Oid, RecordId, StorePath } from '../plugin.ts';
import type { ReadStore } from './read-store.ts';
import { originPath } from './reconcile.ts';

export interface Serving {
  readonly read: ReadStore;
  readonly files: ReadonlyMap<RecordId, RecordFile>;
  readonly support: ReadonlyMap<RecordId, Proposal>;
  readonly isUnread: (path: StorePath) => boolean;
}

/** Each record as readers get it: what it rests on, its blob, whether it is stale. */
export function serve(
  served: ReadonlyMap<RecordId, KnowledgeRecord>,
  serving: Serving,
): ReadonlyMap<RecordId, ServedRecord> {
  const out = new Map<RecordId, ServedRecord>();
  for (const [id, record] of served) {
    const proposal = serving.support.get(id);
    const file = serving.files.get(id);
    out.set(id, {
      record,
      oid: servedOid(id, file, serving.read),
      stated: file?.stated ?? {},
      isUnsupported: proposal === undefined && isUnsupported(record, serving),
      isStale: serving.read.stale.has(id),
      evidence: proposal?.claim.evidence ?? '',
    });
  }
  return out;
}

// What settling writes has its name before it is on disk.
function servedOid(id: RecordId, file: RecordFile | undefined, read: ReadStore): Oid {
  const isWritten = file !== undefined && file.text !== read.records.get(id)?.text;
  return isWritten ? blobOid(new TextEncoder().encode(file.text)) : (read.oids.get(id) ?? NO_OID);
}

const NO_OID = '' as Oid;

/** Rests on passages alone, every one of them read, and none says it any more. */
function isUnsupported(record: KnowledgeRecord, { read, isUnread }: Serving): boolean {
  if (record.type === 'state' || record.handAuthored || read.stale.has(record.id)) return false;
  return record.origins.every(
    (origin) => isDocumentOrigin(origin) && !isUnread(originPath(origin)),
  );
}
