/** Closed lists of English words that tell what sort of value a text is. */

function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}

/** Values that exclude each other whatever is said of a thing: it has one material, one colour. */
export const EXCLUSIVE: readonly ReadonlySet<string>[] = [
  words(`steel bronze brass copper aluminium titanium invar zerodur glass ceramic wood concrete
    ptfe gf-ptfe peek nylon pom delrin rubber silicone graphite tungsten iron cast-iron silver gold
    nickel chrome bk7 sapphire quartz granite acrylic polycarbonate carbon-fibre cfrp gfrp`),
  words('black white red green blue yellow grey orange purple brown pink'),
  words('monday tuesday wednesday thursday friday saturday sunday'),
];

/** What a name ends in when it has one value at a time: "mirror material", "project lead". */
export const ATTRIBUTES = words(`
  material colour coating finish owner lead leader manager supplier vendor manufacturer author
  director chairperson chair president minister officer ceo cto capital headquarters language version
  release database framework licence license format protocol port host hostname address url domain
  region branch timezone currency unit type model name title date deadline phase stage status mode
  priority size width height length thickness diameter radius mass weight speed rate frequency
  temperature pressure voltage current power force torque stiffness capacity limit budget duration
  interval timeout period cost price location site country city maintainer approver editor runtime
  compiler backend provider platform shell theme font encoding charset algorithm grade alloy thread
  connector supervisor sponsor client customer wavelength aperture class`);

/** Attributes whose value is a state: any two exclude each other. */
export const STATES = words('phase stage mode');

/** What a thing may have many of, or what a sentence says about it in passing. */
export const NOT_FUNCTIONAL = words(`
  advantage disadvantage benefit drawback problem issue risk reason cause goal aim purpose objective
  result outcome effect role task job step part piece side example case instance way kind sort idea
  point question answer feature property aspect component element member child son daughter brother
  sister friend student sibling thing rest majority number lot consequence difficulty challenge
  strength weakness concern downside upside topic subject focus beauty nature essence key
  lesson finding value option default identifier note conclusion observation remark cost-driver bottleneck`);

/** Words that begin what is said of a thing's place, state or quality, and no name of a value. */
const PREDICATE_FIRST = words(`
  in on at from behind under above below with without for by of to via near inside outside between
  beside along across during after before due ready able unable made kept built written read set held
  left run done given known shown sent found cut put driven chosen bound sold bought worn torn fit
  very too quite rather fairly so as more less most least highly only just already still also mostly
  mainly partly always often sometimes usually important critical essential necessary sufficient
  adequate good bad better worse fine ok okay nice great poor high low higher lower big small large
  tiny huge fast slow noisy quiet heavy light expensive cheap hard easy difficult simple complex new
  old full empty hot cold warm dry wet clean dirty safe unsafe late early long short wide narrow thick
  thin tall deep shallow stable unstable usable useful useless reliable correct wrong right true false
  pending missing running ongoing failing waiting out up down off away back here there about over part one`);

/** Whether a value tells a place, a state or a quality rather than naming something. */
export function isPredicate(folded: readonly string[]): boolean {
  const [first = '', second = ''] = folded;
  if (EXCLUSIVE.some((list) => list.has(second))) return false;
  return PREDICATE_FIRST.has(first) || [first, folded.at(-1) ?? ''].some(isQuality);
}

function isQuality(word: string): boolean {
  return word.length > 4 && /(?:ed|able|ible|ful|less|ous|ive|ly)$/.test(word);
}

/** Whether a value may be a state that a thing is in: "detailed design", not "stored in a file". */
export function isStateLike(folded: readonly string[]): boolean {
  const last = folded.at(-1) ?? '';
  return !folded.some((word) => PREPOSITIONS.has(word)) && !/(?:able|ible)$/.test(last);
}

const PREPOSITIONS = words('in on at from by for with to of under over after before per via as');

const ANTONYMS: readonly (readonly [string, string])[] = [
  ['enabled', 'disabled'],
  ['on', 'off'],
  ['yes', 'no'],
  ['true', 'false'],
  ['allowed', 'forbidden'],
  ['permitted', 'prohibited'],
  ['required', 'optional'],
  ['mandatory', 'optional'],
  ['synchronous', 'asynchronous'],
  ['public', 'private'],
  ['internal', 'external'],
  ['metric', 'imperial'],
  ['present', 'absent'],
  ['supported', 'unsupported'],
  ['painted', 'unpainted'],
  ['encrypted', 'unencrypted'],
  ['automatic', 'manual'],
  ['approved', 'rejected'],
  ['accepted', 'rejected'],
];

const OPPOSITES: ReadonlySet<string> = new Set(
  ANTONYMS.flatMap(([a, b]) => [`${a} ${b}`, `${b} ${a}`]),
);

/** Whether two values are the same but for one pair of opposite words. */
export function areOpposites(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  const apart = a.flatMap((word, at) => (word === b[at] ? [] : [`${word} ${b[at]}`]));
  return apart.length === 1 && OPPOSITES.has(apart[0] ?? '');
}

/** Words that turn what stands behind them into something else: "pre-beta" is no sort of "beta". */
export const REVERSING = words(
  'not no non un pre post anti semi without never half quasi former ex no-longer almost except minus',
);
