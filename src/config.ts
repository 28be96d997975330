/** `atocore.json` and the environment, as checked values; the list of built-in plugins is here. */
import { pathToFileURL } from 'node:url';
import adr from '../plugins/adr/index.ts';
import cues from '../plugins/cues/index.ts';
import markdown from '../plugins/markdown/index.ts';
import mirror from '../plugins/mirror/index.ts';
import slots from '../plugins/slots/index.ts';
import { AtoError } from './errors.ts';
import { byText, quote } from './model/names.ts';
import type { StoreConfig } from './model/store-config.ts';
import type { Plugin, PluginModule } from './plugin.ts';

/** One extension is one folder and one line here. */
const BUILT_IN: Readonly<Record<string, PluginModule>> = {
  adr: adr as PluginModule,
  cues: cues as PluginModule,
  markdown: markdown as PluginModule,
  mirror: mirror as PluginModule,
  slots: slots as PluginModule,
};

/** `ATOCORE_PLUGINS`: `name=package-or-path`, comma-separated; what the operator installed. */
export function operatorPlugins(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const entries = (environment.ATOCORE_PLUGINS ?? '').split(',').filter((each) => each !== '');
  return Object.fromEntries(
    entries.map((entry) => {
      const cut = entry.indexOf('=');
      if (cut > 0) return [entry.slice(0, cut).trim(), entry.slice(cut + 1).trim()];
      throw new AtoError(
        'usage',
        `Expected ATOCORE_PLUGINS as "name=package" or "name=/path/to/module", found ${quote(entry)}.`,
      );
    }),
  );
}

/**
 * The plugins that a store names, sorted by name. A store never contains a plugin: a name is a
 * built-in one, or one that the operator gave a package or path for (invariant 11).
 */
export async function loadPlugins(
  config: StoreConfig,
  operators: Readonly<Record<string, string>>,
): Promise<readonly Plugin[]> {
  const names = Object.keys(config.plugins).sort(byText);
  return Promise.all(
    names.map(async (name) => create(name, await moduleOf(name, operators), config.plugins[name])),
  );
}

async function moduleOf(
  name: string,
  operators: Readonly<Record<string, string>>,
): Promise<PluginModule> {
  const place = operators[name];
  if (place === undefined) {
    const builtIn = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
    if (builtIn !== undefined) return builtIn;
    throw new AtoError(
      'invalid',
      `Expected plugins of atocore.json to be built in (${Object.keys(BUILT_IN).join(', ')}) or given in ATOCORE_PLUGINS, found ${quote(name)}. Install it and set ATOCORE_PLUGINS="${name}=package-or-path", or remove it.`,
    );
  }
  const target = /^(?:\.|\/|[A-Za-z]:)/.test(place) ? pathToFileURL(place).href : place;
  const loaded = (await import(target)) as { default?: unknown };
  const module = loaded.default as Partial<PluginModule> | undefined;
  if (typeof module?.create === 'function') return module as PluginModule;
  throw new AtoError(
    'invalid',
    `Expected ${quote(place)} to export a plugin by default ({ create }), found ${typeof loaded.default}.`,
  );
}

function create(name: string, module: PluginModule, options: unknown): Plugin {
  try {
    const checked = module.checkOptions === undefined ? options : module.checkOptions(options);
    const plugin = module.create(checked);
    if (plugin.name === name) return plugin;
    throw new TypeError(`it calls itself ${quote(plugin.name)}`);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new AtoError(
      'invalid',
      `Expected plugin ${quote(name)} to take its options from atocore.json, found: ${found}. Correct them.`,
      { cause: error },
    );
  }
}
