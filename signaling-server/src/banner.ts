import { renderUnicodeCompact } from 'uqr';

/** What a teacher needs on the terminal: the addresses, and a QR code of the one that phones reach. */
export function banner(localUrl: string, lanUrls: readonly string[]): string {
  const [first] = lanUrls;
  const lines = ['', `  Quorate is running.`, '', `  On this machine:  ${localUrl}`];
  for (const url of lanUrls) lines.push(`  In this network:  ${url}`);
  if (first === undefined)
    lines.push('  In this network:  not reachable (no network, or --host keeps it here)');
  else lines.push('', renderUnicodeCompact(first, { border: 2 }).replaceAll(/^/gm, '  '));
  lines.push('', '  Ctrl-C stops it.', '');
  return `${lines.join('\n')}\n`;
}
