/** Units as people spell them: which quantity they measure, and how much of its base unit they are. */

export interface Unit {
  /** What is measured; only units of one dimension can be compared. */
  readonly dimension: string;
  /** Of the base unit. */
  readonly factor: number;
  /** Added after multiplying; temperatures only. */
  readonly offset: number;
}

/** `1 mm`, `1 millimetre`; the spelling as written decides first (`mW` is not `MW`), then any case of words. */
export function unitOf(spelling: string): Unit | undefined {
  const tidy = spelling
    .normalize('NFKC')
    .replace(/μ/g, 'µ')
    .replace(/\s*[·⋅*]\s*/g, '·')
    .replace(/\s+/g, ' ');
  const lower = tidy.toLowerCase();
  const isWord = lower.length > 3 || ANY_CASE.has(lower);
  return UNITS.get(tidy) ?? (isWord ? UNITS.get(lower) : undefined);
}

/** Short symbols that mean the same however they are capitalised. */
const ANY_CASE = new Set(['kg', 'mm', 'cm', 'km', 'rpm', 'psi', 'bar', 'khz', 'sec', 'day']);

/** Each row: dimension, factor and spellings of one unit. Symbols keep their case, words have none. */
const ROWS: readonly (readonly [string, number, string])[] = [
  ['length', 1e-9, 'nm nanometre nanometres nanometer nanometers'],
  ['length', 1e-6, 'µm um micron microns micrometre micrometres micrometer micrometers'],
  ['length', 1e-3, 'mm millimetre millimetres millimeter millimeters'],
  ['length', 1e-2, 'cm centimetre centimetres centimeter centimeters'],
  ['length', 1, 'm metre metres meter meters'],
  ['length', 1e3, 'km kilometre kilometres kilometer kilometers'],
  ['length', 0.0254, 'in inch inches'],
  ['length', 0.3048, 'ft foot feet'],
  ['mass', 1e-6, 'mg milligram milligrams'],
  ['mass', 1e-3, 'g gram grams gramme grammes'],
  ['mass', 1, 'kg kilo kilos kilogram kilograms kilogramme kilogrammes'],
  ['mass', 1e3, 't tonne tonnes'],
  ['mass', 0.45359237, 'lb lbs pound pounds'],
  ['time', 1e-9, 'ns nanosecond nanoseconds'],
  ['time', 1e-6, 'µs us microsecond microseconds'],
  ['time', 1e-3, 'ms millisecond milliseconds'],
  ['time', 1, 's sec secs second seconds'],
  ['time', 60, 'min mins minute minutes'],
  ['time', 3600, 'h hr hrs hour hours'],
  ['time', 86_400, 'd day days'],
  ['time', 604_800, 'week weeks'],
  ['month', 1, 'month months'],
  ['month', 12, 'year years'],
  ['force', 1e-3, 'mN millinewton millinewtons'],
  ['force', 1, 'N newton newtons'],
  ['force', 1e3, 'kN kilonewton kilonewtons'],
  ['force', 9.80665, 'kgf'],
  ['pressure', 1, 'Pa pascal pascals'],
  ['pressure', 100, 'hPa mbar millibar millibars'],
  ['pressure', 1e3, 'kPa kilopascal kilopascals'],
  ['pressure', 1e6, 'MPa megapascal megapascals N/mm2 N/mm²'],
  ['pressure', 1e9, 'GPa gigapascal gigapascals'],
  ['pressure', 1e5, 'bar bars'],
  ['pressure', 6894.757293168, 'psi'],
  ['power', 1e-3, 'mW milliwatt milliwatts'],
  ['power', 1, 'W watt watts'],
  ['power', 1e3, 'kW kilowatt kilowatts'],
  ['power', 1e6, 'MW megawatt megawatts'],
  ['energy', 1, 'J joule joules'],
  ['energy', 1e3, 'kJ kilojoule kilojoules'],
  ['energy', 1e6, 'MJ megajoule megajoules'],
  ['energy', 3600, 'Wh'],
  ['energy', 3.6e6, 'kWh'],
  ['voltage', 1e-3, 'mV millivolt millivolts'],
  ['voltage', 1, 'V volt volts'],
  ['voltage', 1e3, 'kV kilovolt kilovolts'],
  ['current', 1e-6, 'µA uA microampere microamperes'],
  ['current', 1e-3, 'mA milliamp milliamps milliampere milliamperes'],
  ['current', 1, 'A amp amps ampere amperes'],
  ['resistance', 1, 'Ω ohm ohms'],
  ['resistance', 1e3, 'kΩ kohm kiloohm kiloohms'],
  ['frequency', 1, 'Hz hertz'],
  ['frequency', 1e3, 'kHz khz kilohertz'],
  ['frequency', 1e6, 'MHz megahertz'],
  ['frequency', 1e9, 'GHz gigahertz'],
  ['rotation', 1, 'rpm r/min rev/min'],
  ['speed', 1e-3, 'mm/s'],
  ['speed', 1e-3 / 60, 'mm/min'],
  ['speed', 1, 'm/s'],
  ['speed', 1 / 60, 'm/min'],
  ['speed', 1 / 3.6, 'km/h kph'],
  ['angle', 1, '° deg degree degrees'],
  ['angle', 1 / 60, 'arcmin arcminute arcminutes'],
  ['angle', 1 / 3600, 'arcsec arcsecond arcseconds'],
  ['angle', 180 / Math.PI, 'rad radian radians'],
  ['angle', 0.18 / Math.PI, 'mrad milliradian milliradians'],
  ['torque', 1e-3, 'mNm mN·m'],
  ['torque', 1, 'Nm N·m newton-metre newton-metres'],
  ['torque', 1e3, 'kNm kN·m'],
  ['stiffness', 1, 'N/m'],
  ['stiffness', 1e3, 'N/mm kN/m'],
  ['stiffness', 1e6, 'N/µm N/um kN/mm'],
  ['volume', 1e-6, 'ml mL millilitre millilitres milliliter milliliters cm3 cm³'],
  ['volume', 1e-3, 'l L litre litres liter liters dm3 dm³'],
  ['volume', 1, 'm3 m³'],
  ['flow', 1, 'l/min L/min'],
  ['ratio', 0.01, '% percent per-cent'],
  ['ratio', 1e-6, 'ppm'],
  ['storage', 1, 'B byte bytes'],
  ['storage', 1e3, 'kB KB kilobyte kilobytes'],
  ['storage', 1e6, 'MB megabyte megabytes'],
  ['storage', 1e9, 'GB gigabyte gigabytes'],
  ['storage', 1e12, 'TB terabyte terabytes'],
  ['storage', 1024, 'KiB kibibyte kibibytes'],
  ['storage', 1024 ** 2, 'MiB mebibyte mebibytes'],
  ['storage', 1024 ** 3, 'GiB gibibyte gibibytes'],
  ['storage', 1024 ** 4, 'TiB tebibyte tebibytes'],
  ['bitrate', 1, 'bit/s bps baud'],
  ['bitrate', 1e3, 'kbit/s kbps'],
  ['bitrate', 1e6, 'Mbit/s Mbps'],
  ['bitrate', 1e9, 'Gbit/s Gbps'],
  ['euro', 1, '€ EUR euro euros'],
  ['euro', 1e3, 'k€ kEUR'],
  ['dollar', 1, '$ USD dollar dollars'],
  ['dollar', 1e3, 'k$ kUSD'],
];

const TEMPERATURES: readonly (readonly [number, number, readonly string[]])[] = [
  [1, 0, ['K', 'kelvin', 'kelvins']],
  [1, 273.15, ['°C', 'degC', 'celsius', 'degrees celsius', 'degree celsius', 'degrees c', 'deg c']],
  [5 / 9, 459.67 * (5 / 9), ['°F', 'degF', 'fahrenheit', 'degrees fahrenheit', 'degrees f']],
];

const UNITS: ReadonlyMap<string, Unit> = new Map<string, Unit>([
  ...ROWS.flatMap(([dimension, factor, spellings]) =>
    spellings.split(' ').map((each) => [each, { dimension, factor, offset: 0 }] as const),
  ),
  ...TEMPERATURES.flatMap(([factor, offset, spellings]) =>
    spellings.map((each) => [each, { dimension: 'temperature', factor, offset }] as const),
  ),
]);
