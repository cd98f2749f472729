// SPDX-License-Identifier: Apache-2.0
// Authorities as the tree that their issuers make.
import type { Authority, CertificateAuthorityRule } from '../../api/certificates';
import { durationInWords, parseDuration } from '../certificate-renewal/duration';

export interface Branch {
  authority: Authority;
  depth: number;
}

// treeOf lists each authority below its issuer, depth first, by name. One whose issuer the caller may
// not see stands at the top; a circle, which cannot be, is broken rather than followed.
export function treeOf(authorities: Authority[]): Branch[] {
  const known = new Map(authorities.map((one) => [one.id, one]));
  const isTop = ({ id, issuerCertificateAuthorityId: issuer }: Authority): boolean =>
    issuer === undefined || issuer === id || !known.has(issuer);
  const byName = (a: Authority, b: Authority): number => a.name.localeCompare(b.name);
  const found: Branch[] = [];
  const seen = new Set<string>();
  const visit = (authority: Authority, depth: number): void => {
    if (seen.has(authority.id)) return;
    seen.add(authority.id);
    found.push({ authority, depth });
    authorities
      .filter((one) => one.issuerCertificateAuthorityId === authority.id)
      .sort(byName)
      .forEach((one) => visit(one, depth + 1));
  };
  authorities.filter(isTop).sort(byName).forEach((one) => visit(one, 0));
  for (const one of authorities) visit(one, 0);
  return found;
}

export function expiryOf(authority: Authority): string | undefined {
  const version = authority.currentVersion ?? authority.currentVersionSummary;
  return version?.validity?.timeOfValidityNotAfter;
}

// rulesInWords says each rule as a sentence.
export function rulesInWords(rules: CertificateAuthorityRule[] | undefined): string[] {
  const words = (text: string): string => durationInWords(parseDuration(text) ?? 0);
  return (rules ?? []).flatMap((rule) => {
    const said: string[] = [];
    if (rule.leafCertificateMaxValidityDuration !== undefined) {
      said.push(`Certificates live ${words(rule.leafCertificateMaxValidityDuration)} at most.`);
    }
    if (rule.certificateAuthorityMaxValidityDuration !== undefined) {
      const life = words(rule.certificateAuthorityMaxValidityDuration);
      said.push(`Authorities below it live ${life} at most.`);
    }
    const depth = rule.pathLengthConstraint;
    if (depth === 0) said.push('No authorities below it.');
    if (depth !== undefined && depth > 0) {
      said.push(`At most ${depth} ${depth === 1 ? 'level' : 'levels'} of authorities below it.`);
    }
    const list = (trees: { type: string; value: string }[] | undefined): string =>
      (trees ?? []).map((tree) => tree.value).join(', ');
    const permitted = list(rule.nameConstraint?.permittedSubtree);
    const excluded = list(rule.nameConstraint?.excludedSubtree);
    if (permitted !== '') said.push(`Only names within: ${permitted}.`);
    if (excluded !== '') said.push(`No names within: ${excluded}.`);
    return said;
  });
}

// room compares its own end with that of the longest certificate it has issued.
export function room(
  ownEnd: string | undefined,
  longestLeafEnd: string | undefined,
  now: Date,
): { color: string; text: string; percent: number } {
  if (ownEnd === undefined) return { color: 'gray', text: 'Its end is not known.', percent: 0 };
  const end = new Date(ownEnd).getTime();
  const left = (end - now.getTime()) / 1000;
  if (left <= 0) return { color: 'red', text: 'It has expired.', percent: 100 };
  if (longestLeafEnd === undefined) {
    return { color: 'teal', text: 'It has issued no certificate that is active.', percent: 0 };
  }
  const spare = (end - new Date(longestLeafEnd).getTime()) / 1000;
  const percent = Math.min(100, Math.max(0, 100 * (1 - spare / left)));
  if (spare <= 0) {
    return {
      color: 'red',
      text: 'It ends with its longest certificate: new ones are cut short. Replace it now.',
      percent,
    };
  }
  const text = `It outlives its longest certificate by ${durationInWords(spare)}.`;
  return { color: percent > 75 ? 'yellow' : 'teal', text, percent };
}
