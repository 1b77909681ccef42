import type { Finding, Mutant } from '../mutants/index.js';

const columns = ['mutant', 'what it breaks', 'found by', 'seed / bound', 'nodes', 'seconds'] as const;

/** The findings as a Markdown table, in the order of the mutants. */
export function mutantsTable(mutants: readonly Mutant[], findings: readonly Finding[]): string {
  const rows = mutants.flatMap((mutant) => {
    const finding = findings.find(({ name }) => name === mutant.name);
    return finding === undefined ? [] : [rowOf(mutant, finding)];
  });
  return [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function rowOf({ name, breaks, seedsMax, nodes }: Mutant, { rule, seed, seconds }: Finding): string[] {
  return [
    `\`${name}\``,
    breaks,
    rule === null ? 'nothing' : `\`${rule}\``,
    `${seed ?? '-'} / ${seedsMax}`,
    String(nodes),
    seconds.toFixed(1),
  ];
}

/** What is wrong with a finding, in a sentence; null when it is as it must be. */
export function complaintOf({ seedsMax, foundBy }: Mutant, finding: Finding): string | null {
  const { name, verdict, rule, seed, why } = finding;
  switch (verdict) {
    case 'found':
      return null;
    case 'not-found':
      return `${name}: nothing fell in ${seedsMax} seeds; ${foundBy.join(' or ')} should have`;
    case 'wrong-rule':
      return `${name}: seed ${seed} broke ${rule}, and should have broken ${foundBy.join(' or ')}: ${why}`;
  }
}
