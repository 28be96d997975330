/** Which build this is: the version of the package and what was baked in. */
import packageFile from '../../package.json' with { type: 'json' };

export interface Build {
  readonly version: string;
  /** Commit that was built; empty when nobody said. */
  readonly sha: string;
  readonly time: string;
  readonly branch: string;
}

// Written out so that a bundler can put the values in their place.
export const BUILD: Build = {
  version: packageFile.version,
  sha: process.env.ATOCORE_BUILD_SHA ?? '',
  time: process.env.ATOCORE_BUILD_TIME ?? '',
  branch: process.env.ATOCORE_BUILD_BRANCH ?? '',
};
