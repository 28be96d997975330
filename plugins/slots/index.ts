/** Finds active records that claim incompatible values for one slot (domain.md §6). */
import type { PluginModule } from '../../src/plugin.ts';
import { detect } from './detect.ts';
import { recordReader } from './named-values.ts';
import { TEMPLATES_MAX, type Template, templateOf } from './templates.ts';

export interface SlotsOptions {
  /** Most telling first. */
  readonly templates: readonly Template[];
}

const slots: PluginModule<SlotsOptions> = {
  checkOptions(options) {
    const { patterns, ...others } = (options ?? {}) as { readonly patterns?: unknown };
    const strange = Object.keys(others)[0];
    if (strange !== undefined) {
      throw new Error(`Expected only \`patterns\` as an option, found ${JSON.stringify(strange)}.`);
    }
    if (patterns === undefined) return { templates: [] };
    const isList = Array.isArray(patterns) && patterns.every((each) => typeof each === 'string');
    if (!isList || patterns.length > TEMPLATES_MAX) {
      throw new Error(`Expected \`patterns\` to be a list of at most ${TEMPLATES_MAX} texts.`);
    }
    const lengthOf = ({ relation }: Template) => relation.length;
    const templates = [...new Set<string>(patterns)]
      .sort()
      .map(templateOf)
      .sort((a, b) => lengthOf(b) - lengthOf(a));
    return { templates };
  },
  create({ templates }) {
    const read = recordReader(templates);
    return { name: 'slots', version: 1, detect: (records) => detect(records, read) };
  },
};

export default slots;
