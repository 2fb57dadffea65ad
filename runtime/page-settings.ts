// The billing page in the environment: how long links and visits last, and whose it looks like.

import { isColor } from '../domain/accent';
import { isLine } from '../domain/text';
import { type Parsed, publicAddress, type Readers, whole } from './config';

export type PageSettings = {
  /** How long a link into the page is good. */
  readonly linkMinutes: number;
  /** How long a visit lasts without use, and in all. */
  readonly idleMinutes: number;
  readonly visitHours: number;
  /** The platform, as its customers know it; the seller where it is left out. */
  readonly name: string | undefined;
  /** Where the platform is: links in e-mails lead back there. */
  readonly home: string | undefined;
  /** A file, SVG or PNG. */
  readonly logoFile: string | undefined;
  /** `#rrggbb`, as it was set. */
  readonly accent: string | undefined;
};

export function readPageSettings(read: Readers): PageSettings {
  return {
    linkMinutes: read.optional('PAGE_LINK_MINUTES', 10, whole(1, 60)),
    idleMinutes: read.optional('PAGE_IDLE_MINUTES', 30, whole(1, 1440)),
    visitHours: read.optional('PAGE_VISIT_HOURS', 12, whole(1, 168)),
    name: read.optional('PLATFORM_NAME', undefined, name),
    home: read.optional('PLATFORM_HOME', undefined, publicAddress),
    logoFile: read.optional('PLATFORM_LOGO', undefined, logo),
    accent: read.optional('PLATFORM_ACCENT', undefined, accent),
  };
}

function name(text: string): Parsed<string> {
  const expected = 'the name of your platform, at most 100 characters';
  return isLine(text, 100) ? { value: text.trim() } : { expected };
}

function logo(text: string): Parsed<string> {
  return /\.(svg|png)$/i.test(text) ? { value: text } : { expected: 'a file that ends in .svg or .png' };
}

function accent(text: string): Parsed<string> {
  return isColor(text) ? { value: text.toLowerCase() } : { expected: 'a colour such as #1f5fc4' };
}
