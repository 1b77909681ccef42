import type { TabInfo } from '../api/types.js';
import type { LinkInfo } from '../mesh/index.js';
import type { TabRecord } from './roster.js';

export type TabSeen = {
  readonly self: boolean;
  /** What host and co-hosts call it, else what it calls itself. */
  readonly name: string;
  readonly host: boolean;
  readonly coHost: boolean;
  readonly here: boolean;
  readonly link: LinkInfo | undefined;
};

/** A tab as the API tells of it: what it says of itself, and how this tab sees it. */
export function tabInfo(record: TabRecord, { self, name, host, coHost, here, link }: TabSeen): TabInfo {
  return {
    id: record.id,
    name,
    self,
    host,
    coHost,
    watching: record.watching,
    link: self ? 'self' : (link?.state ?? (here ? 'indirect' : 'closed')),
    presence: here ? 'here' : record.left ? 'left' : 'crashed',
    lab: record.lab,
    hidden: record.hidden,
    browser: record.browser,
    roundTripMs: link?.roundTripMs ?? null,
    links: record.links,
  };
}
