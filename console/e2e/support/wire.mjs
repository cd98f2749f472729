// SPDX-License-Identifier: Apache-2.0
// Every place of a request that takes text, read from the generated wire types: a field that is added
// to the API is found here without anybody's thinking of it.
import fs from 'node:fs';

function interfacesOf(service) {
  const text = fs.readFileSync(new URL(`../../src/api/generated/${service}.ts`, import.meta.url), 'utf8');
  return new Map([...text.matchAll(/export interface (\w+) \{\n([^}]*)\}/g)].map(([, name, body]) =>
    [name, [...body.matchAll(/^ {2}(\w+)\??: (.+);$/gm)].map(([, field, type]) => ({ field, type }))]));
}

// placesOf lists the JSON pointers of `name` below which text stands; `0` is the first of a list, `k` a key
// of our own. Enums and numbers are no text; what has any shape is tried as text.
export function placesOf(service, name) {
  const interfaces = interfacesOf(service);
  const walk = (type, pointer) => {
    if (/^(string|unknown)$/.test(type)) return [pointer];
    if (type.endsWith('[]')) return walk(type.slice(0, -2), `${pointer}/0`);
    const map = /^Record<string, (.+)>$/.exec(type);
    if (map !== null) return walk(map[1], `${pointer}/k`);
    return (interfaces.get(type) ?? []).flatMap((one) => walk(one.type, `${pointer}/${one.field}`));
  };
  if (!interfaces.has(name)) throw new Error(`the wire types of ${service} have no ${name}`);
  return walk(name, '');
}

// requestsIn lists the bodies of requests that a service takes: its types called …Details that stand in no other.
export function requestsIn(service) {
  const interfaces = interfacesOf(service);
  const inside = new Set([...interfaces.values()].flat().flatMap(({ type }) => type.match(/\w+/g)));
  return [...interfaces.keys()].filter((name) => name.endsWith('Details') && !inside.has(name));
}

// withText is a copy of the body with the text at its place.
export function withText(body, pointer, text) {
  const copy = JSON.parse(JSON.stringify(body));
  const steps = pointer.split('/').slice(1);
  let at = copy;
  steps.slice(0, -1).forEach((step, index) => {
    at[step] ??= /^\d+$/.test(steps[index + 1]) ? [] : {};
    at = at[step];
  });
  at[steps.at(-1)] = text;
  return copy;
}
