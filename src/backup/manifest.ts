/** What stands beside each bundle: which store, which commit, how it was made, how far it was proven. */
import { createHash } from 'node:crypto';
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';

/** The format that this version writes and reads; a newer one is refused. */
export const MANIFEST_FORMAT = 1;
export const BUNDLE_NAME = 'store.bundle';
export const MANIFEST_NAME = 'manifest.json';

/** `20260409T101500Z`, with `-2`, `-3`, … behind it when that was taken. */
export type Stamp = string;

export interface Manifest {
  readonly format: number;
  readonly stamp: Stamp;
  /** UTC. */
  readonly createdAt: string;
  readonly reason: 'asked' | 'scheduled' | 'before-restore' | 'drill';
  /** Id of the store, from its `atocore.json`. */
  readonly store: string;
  readonly branch: string;
  readonly head: Oid;
  readonly tree: Oid;
  readonly refs: Readonly<Record<string, Oid>>;
  /** The backup that this one adds to; absent for a whole one. */
  readonly parent?: Stamp;
  readonly bundle: { readonly bytes: number; readonly sha256: string; readonly objects: number };
  /** A copy of the index beside the bundle, compressed; absent when none was asked for. */
  readonly index?: { readonly bytes: number; readonly sha256: string };
  /** Files in the tree and their bytes: what a restore needs room for. */
  readonly content: { readonly files: number; readonly bytes: number };
  /** Records as `decision/active`, with how many of them there are. */
  readonly counts: Readonly<Record<string, number>>;
  readonly build?: string;
  readonly durationMs: number;
  readonly validated: { readonly level: ValidationLevel; readonly at: string };
}

/** 1: the file; 2: the pack; 3: the tree, checked out and settled. */
export type ValidationLevel = 1 | 2 | 3;

const STAMP = /^\d{8}T\d{6}Z(?:-[1-9]\d{0,4})?$/;
const OID = /^[0-9a-f]{40}$/;
const SHA256 = /^[0-9a-f]{64}$/;

export function isStamp(text: string): boolean {
  return STAMP.test(text);
}

/** `20260409T101500Z` of a moment. */
export function stampOf(at: Date): Stamp {
  return at.toISOString().replace(/[-:]|\.\d+/g, '');
}

/** The text of a manifest; it closes with a digest of itself, so that no byte of it changes unseen. */
export function encodeManifest(manifest: Manifest): string {
  const digest = digestOf(manifest);
  return `${JSON.stringify({ ...manifest, digest }, null, 2)}\n`;
}

/** AtoError `verification-failed` for a damaged one, `newer-format`. */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw damaged('it is not JSON');
    throw error;
  }
  if (typeof value !== 'object' || value === null) throw damaged('it is not a mapping');
  const { digest, ...rest } = value as Record<string, unknown>;
  const { format } = rest;
  if (typeof format === 'number' && format > MANIFEST_FORMAT) {
    throw new AtoError(
      'newer-format',
      `Expected a backup of format ${MANIFEST_FORMAT} or older, found format ${format}. Update atocore; nothing was changed.`,
    );
  }
  const manifest = rest as unknown as Manifest;
  const fault = faultOf(manifest);
  if (fault !== undefined) throw damaged(fault);
  if (digest !== digestOf(manifest)) throw damaged('its digest differs');
  return manifest;
}

function faultOf(manifest: Manifest): string | undefined {
  const { bundle, index, content, validated, refs } = manifest as Partial<Manifest>;
  const isWhole =
    manifest.format === MANIFEST_FORMAT &&
    isStamp(String(manifest.stamp)) &&
    typeof manifest.store === 'string' &&
    typeof manifest.branch === 'string' &&
    OID.test(manifest.head) &&
    OID.test(manifest.tree) &&
    (manifest.parent === undefined || isStamp(manifest.parent)) &&
    typeof refs === 'object' &&
    Object.values(refs ?? {}).every((oid) => OID.test(oid)) &&
    Number.isSafeInteger(bundle?.bytes) &&
    SHA256.test(bundle?.sha256 ?? '') &&
    (index === undefined || (Number.isSafeInteger(index.bytes) && SHA256.test(index.sha256))) &&
    Number.isSafeInteger(content?.bytes) &&
    typeof manifest.counts === 'object' &&
    [1, 2, 3].includes(validated?.level ?? 0);
  return isWhole ? undefined : 'a field is missing or not what it should be';
}

function digestOf(manifest: Manifest): string {
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
}

function damaged(how: string): AtoError {
  return new AtoError(
    'verification-failed',
    `Expected the manifest of a backup, found a damaged one: ${how}. Use another backup; nothing was changed.`,
  );
}
