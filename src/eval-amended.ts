/**
 * Amended decisions: values that are stated in three places and more, then changed by a decision.
 * Is the value from before ever served as if it still held (retrieval.md §5)?
 */
import { formatCapture } from './model/captures.ts';
import { formatFile } from './model/front-matter.ts';
import { slug } from './model/names.ts';
import type { ProjectId, StorePath } from './plugin.ts';
import { buildContext, type Pack, type PackEntry } from './view/context.ts';
import type { View } from './view/view.ts';
import { viewOfFiles } from './view-of-files.ts';

export interface EvalAmended {
  /** Decisions that were changed, and packs that were asked for. */
  readonly decisions: number;
  readonly packs: number;
  /** Passages, captures and records that state a former value, in the whole store. */
  readonly statements: number;
  /** Packs that serve the present value. */
  readonly current: number;
  /** Entries that give a former value, marked as such. */
  readonly marked: number;
  /** Entries that give a former value as if it held: `prompt → entry`. */
  readonly stale: readonly string[];
}

/** How a decision was changed. */
const WAYS = [
  'an entity superseded by an entity',
  'a record overruled by trusted state',
  'a memory superseded by an entity',
  'trusted state changed in place',
  'records without a value, superseded',
  'a memory left behind by an entity',
] as const;
type Way = (typeof WAYS)[number];

export interface Amendment {
  readonly way: Way;
  readonly project: ProjectId;
  readonly subject: string;
  readonly before: string;
  readonly after: string;
}

/** Sixty: every subject once, every way ten times. */
export function amendments(): readonly Amendment[] {
  return SUBJECTS.map(([subject, before, after], at) => ({
    way: WAYS[at % WAYS.length] ?? WAYS[0],
    project: PROJECTS[at % PROJECTS.length] as ProjectId,
    subject,
    before,
    after,
  }));
}

export async function evaluateAmended(): Promise<EvalAmended> {
  const all = amendments();
  const files = new Map<StorePath, string>();
  for (const [at, amendment] of all.entries()) {
    for (const [path, text] of filesOf(amendment, at)) files.set(path, text);
  }
  const view = await viewOfFiles(files);
  const asked = all.flatMap((amendment) =>
    packsOf(view, amendment).map((each) => ({ ...each, amendment })),
  );
  const stating = asked.flatMap(({ prompt, pack, amendment: { before } }) =>
    entriesStating(pack, before).map((entry) => ({ prompt, entry })),
  );
  const stale = stating.filter(({ entry }) => !isMarked(entry));
  return {
    decisions: all.length,
    packs: asked.length,
    statements: [...files.values()].filter((text) => all.some(({ before }) => states(text, before)))
      .length,
    current: asked.filter(({ pack, amendment }) => states(pack.formattedContext, amendment.after))
      .length,
    marked: stating.length - stale.length,
    stale: stale.map(({ prompt, entry }) => `${prompt} → ${entry.id}`),
  };
}

function packsOf(view: View, { project, subject, before }: Amendment) {
  const prompts = [
    `What is the ${subject}?`,
    `Remind me which ${subject} we settled on and why, I want to write it down`,
    `Do we still use ${before} for the ${subject}?`,
  ];
  return prompts.flatMap((prompt) =>
    [{ project, budget: 4_000 }, { budget: 8_000 }].map((how) => ({
      prompt,
      pack: buildContext(view, { prompt, today: '2026-11-22', ...how }),
    })),
  );
}

function entriesStating(pack: Pack, value: string): readonly PackEntry[] {
  // What stands in front of an entry, its own marks included, is not what it says.
  const said = ({ text }: PackEntry) => text.slice(text.indexOf(']'));
  return pack.sections.flatMap(({ entries }) =>
    entries.filter((entry) => states(said(entry), value)),
  );
}

/** Letter by letter, as a whole word: deliberately not by the rule that marks. */
function states(text: string, value: string): boolean {
  const exact = value.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return new RegExp(
    `(?<![\\p{L}\\p{N}])${exact}(?![\\p{L}\\p{N}])|${OTHER_SCRIPT.test(value) ? exact : '$^'}`,
    'iu',
  ).test(text);
}

const OTHER_SCRIPT = /[\p{sc=Han}\p{sc=Katakana}]/u;

function isMarked({ notes }: PackEntry): boolean {
  return notes.some((note) => /^(?:superseded|disputed|where it differs)/.test(note));
}

function filesOf(amendment: Amendment, at: number): ReadonlyMap<StorePath, string> {
  const { project, subject, before, after } = amendment;
  const name = slug(subject);
  const folder = `projects/${project}`;
  const capture = formatCapture(
    {
      prompt: `Which ${subject} did we take?`,
      response: `You took ${before}: the ${subject} is ${before} since the review.`,
      project,
      reinforce: false,
      extract: false,
    },
    `2026-03-${String(1 + (at % 28)).padStart(2, '0')}T09:00:00Z`,
  );
  return new Map([
    [
      `${folder}/sources/notes/${name}.md` as StorePath,
      `# ${subject}\n\n## Decision: ${subject}\n\nThe ${subject} is ${before}.\n\n## Later\n\nNothing to add.\n`,
    ],
    [
      `${folder}/sources/meetings/${at}-${name}.md` as StorePath,
      `# Meeting ${at}\n\nThe ${subject} came up again. Everybody was happy with ${before}, and it is ordered.\n`,
    ],
    [
      `${folder}/sources/log/${at}.md` as StorePath,
      `# Log ${at}\n\nUnpacked ${before}, checked it for the ${subject} and put it on the shelf.\n`,
    ],
    [capture.capture.path, capture.text],
    ...recordsOf(amendment, at, { before, after }),
  ]);
}

interface Values {
  readonly before: string;
  readonly after: string;
}

function recordsOf(
  { way, project, subject }: Amendment,
  at: number,
  { before, after }: Values,
): readonly (readonly [StorePath, string])[] {
  const number = String(at).padStart(4, '0');
  const old = { id: `dec-a${number}`, type: 'entity', kind: 'decision', value: before };
  const now = { id: `dec-b${number}`, type: 'entity', kind: 'decision', value: after };
  const memory = { id: `knw-a${number}`, type: 'memory', kind: 'knowledge', value: before };
  const gone = { status: 'superseded', superseded_by: now.id };
  const isNew = { status: 'active', supersedes: [old.id, memory.id] };
  const file = (fields: RecordFields) => recordOf({ project, subject, ...fields });
  const state = stateOf(project, subject, after);
  const files: Readonly<Record<Way, readonly (readonly [StorePath, string])[]>> = {
    'an entity superseded by an entity': [file({ ...old, ...gone }), file({ ...now, ...isNew })],
    'a record overruled by trusted state': [file({ ...old, status: 'active' }), state],
    'a memory superseded by an entity': [file({ ...memory, ...gone }), file({ ...now, ...isNew })],
    'trusted state changed in place': [state],
    'records without a value, superseded': [
      file({ ...old, ...gone, isBare: true }),
      file({ ...now, ...isNew, isBare: true }),
    ],
    'a memory left behind by an entity': [
      file({ ...memory, status: 'active' }),
      file({ ...now, status: 'active' }),
    ],
  };
  return files[way];
}

interface RecordFields {
  readonly id: string;
  readonly type: string;
  readonly kind: string;
  readonly value: string;
  readonly status: string;
  readonly supersedes?: readonly string[];
  readonly superseded_by?: string;
  /** The value stands in the text alone. */
  readonly isBare?: boolean;
}

function recordOf(
  given: RecordFields & { readonly project: string; readonly subject: string },
): readonly [StorePath, string] {
  const { isBare, value, subject, ...fields } = given;
  const path = `projects/${given.project}/records/${given.kind}/${slug(subject)}--${given.id}.md`;
  const front = { ...fields, subject, ...(isBare ? {} : { value }), hand_authored: true };
  return [path as StorePath, formatFile(front, `\nThe ${subject} is ${value}.\n`)];
}

function stateOf(project: string, subject: string, value: string): readonly [StorePath, string] {
  const key = slug(subject);
  const fields = { type: 'state', project, category: 'decision', key, value };
  return [`projects/${project}/state/decision/${key}.md` as StorePath, formatFile(fields, '')];
}

const PROJECTS = ['p01-mirror', 'p02-coating-line', 'p03-site', 'p04-controller'] as const;

const SUBJECTS: readonly (readonly [subject: string, before: string, after: string])[] =
  `lateral support material: GF-PTFE > Zerodur
mirror blank supplier: Ohara > Schott AG
polishing tolerance: 12 nm > 8 nm
cell weight limit: 45 kg > 52 kg
actuator count: 18 > 24
primary coating: protected silver > bare aluminium
coating chamber vendor: Leybold > Bühler
chamber pressure target: 2e-6 mbar > 5e-7 mbar
deposition rate: 3 Å/s > 1.5 Å/s
witness sample size: 25 mm > 50 mm
cleaning solvent: acetone > isopropanol
storage humidity: 40 % > 30 %
dome drive motor: Siemens 1FK7 > Beckhoff AM8000
site power feed: 400 V > 690 V
road surface: gravel > asphalt
network uplink: microwave link > dark fibre
backup generator: diesel 60 kVA > battery bank
weather station: Vaisala WXT536 > Lufft WS700
control computer: Raspberry Pi 5 > Intel NUC
control loop rate: 500 Hz > 1 kHz
operating system: Ubuntu 22.04 > Debian 13
message bus: MQTT > ZeroMQ
log retention: 30 days > 1 year
database engine: PostgreSQL > SQLite
build tool: CMake > Meson
programming language: C++17 > Rust
code review rule: one approval > two approvals
release cadence: monthly > every two weeks
encoder model: Heidenhain LIC 4000 > Renishaw RESOLUTE
bearing type: angular contact > hydrostatic
bearing lubricant: Kluber L55 > dry film
thermal sensor: PT100 > NTC 10k
sensor cable: shielded pair > fibre optic
camera chip: IMX455 > IMX571
camera cooling: water > two-stage Peltier
guide star limit: 14 mag > 16 mag
pointing accuracy: 5 arcsec > 2 arcsec
slew speed: 2 deg/s > 3 deg/s
wind limit: 15 m/s > 12 m/s
earthquake load: 0.3 g > 0.5 g
foundation depth: 1.2 m > 2.0 m
concrete grade: C25/30 > C35/45
paint colour: signal white > titanium grey
truss tubes: carbon fibre > Invar 36
secondary mount: spider vanes > ring support
focus mechanism: ball screw > hexapod
alignment laser: 635 nm diode > 543 nm HeNe
wavefront sensor: Shack-Hartmann > curvature
calibration lamp: ThAr > laser comb
detector gain: 1.8 e/ADU > 0.9 e/ADU
exposure shutter: iris > sliding blade
filter set: Johnson > Sloan
data format: FITS > Zarr
archive location: basement server > Hetzner box
review date: 14 March > 2 May
project lead: Ada Winter > Jonas Berg
budget holder: faculty office > national agency
insurance policy: Allianz 2210 > Munich Re 88
spare parts store: hall 3 > container B
支持構造の材料: 石英ガラス > 炭化ケイ素`
    .split('\n')
    .map((line) => {
      const [subject = '', values = ''] = line.split(/: (.*)/);
      const [before = '', after = ''] = values.split(' > ');
      return [subject, before, after] as const;
    });
