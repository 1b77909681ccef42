import { strings } from '../../strings/index.js';

type Words = { readonly name: string; readonly text: string };

function wordsOf(protocol: string): Words {
  const known: { readonly [name: string]: Words } = strings.value.protocols;
  return known[protocol] ?? { name: protocol, text: '' };
}

/** A protocol's name as people write it. */
export function protocolName(protocol: string): string {
  return wordsOf(protocol).name;
}

/** What it promises, in a few words. */
export function protocolText(protocol: string): string {
  return wordsOf(protocol).text;
}
