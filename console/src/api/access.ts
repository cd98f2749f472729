// SPDX-License-Identifier: Apache-2.0
// Who may do what: users, groups, policies, API keys (the public identity API, /20160918), and the
// sessions of people (our own, /20260101).
import { type Answer, send } from './send';

type Signal = AbortSignal | undefined;

interface Named {
  id: string;
  compartmentId: string;
  name: string;
  description: string;
  timeCreated: string;
}
export interface User extends Named {
  email?: string;
}
export type UserGroup = Named;
export type Compartment = Named;
export interface Policy extends Named {
  statements: string[];
}
export interface Membership {
  id: string;
  groupId: string;
  userId: string;
}
export interface ApiKey {
  keyId: string;
  keyValue: string;
  fingerprint: string;
  userId: string;
  timeCreated: string;
}
export interface Session {
  id: string;
  userId: string;
  userName: string;
  tenancyId: string;
  tenancyName: string;
  timeCreated: string;
  timeExpires: string;
  timeEnds?: string;
  timeOfLastUse: string;
  signedInBy?: string;
  address?: string;
  isThisSession?: boolean;
  hasPassword?: boolean;
  needsCurrentPassword?: boolean;
  groups?: string[];
  isAdministrator?: boolean;
}

const BASE = '/20160918';
const user = (id: string): string => `${BASE}/users/${encodeURIComponent(id)}`;

async function all<T>(kind: string, query: Record<string, string>, signal: Signal): Promise<T[]> {
  const found: T[] = [];
  let page: string | undefined;
  do {
    const path = `${BASE}/${kind}`;
    const answer: Answer<T[]> = await send({
      method: 'GET',
      path,
      query: { ...query, limit: 500, page },
      signal,
    });
    found.push(...answer.body);
    page = answer.nextPage;
  } while (page !== undefined);
  return found;
}

export function listCompartments(tenancyId: string, signal?: Signal): Promise<Compartment[]> {
  return all('compartments', { compartmentId: tenancyId, accessLevel: 'ACCESSIBLE' }, signal);
}
export function listUsers(tenancyId: string, signal?: Signal): Promise<User[]> {
  return all('users', { compartmentId: tenancyId }, signal);
}
export function listGroups(tenancyId: string, signal?: Signal): Promise<UserGroup[]> {
  return all('groups', { compartmentId: tenancyId }, signal);
}
export function listPolicies(compartmentId: string, signal?: Signal): Promise<Policy[]> {
  return all('policies', { compartmentId }, signal);
}
export function listMemberships(
  tenancyId: string,
  filter: { userId: string } | { groupId: string },
  signal?: Signal,
): Promise<Membership[]> {
  return all('userGroupMemberships', { compartmentId: tenancyId, ...filter }, signal);
}

export interface CreateNamed {
  compartmentId: string;
  name: string;
  description: string;
}
async function created<T>(path: string, body: object): Promise<T> {
  return (await send<T>({ method: 'POST', path, body })).body;
}
export function createUser(body: CreateNamed & { email?: string }): Promise<User> {
  return created(`${BASE}/users`, body);
}
export function createGroup(body: CreateNamed): Promise<UserGroup> {
  return created(`${BASE}/groups`, body);
}
export function createPolicy(body: CreateNamed & { statements: string[] }): Promise<Policy> {
  return created(`${BASE}/policies`, body);
}
export async function deletePolicy(id: string): Promise<void> {
  await send({ method: 'DELETE', path: `${BASE}/policies/${encodeURIComponent(id)}` });
}
export function addUserToGroup(userId: string, groupId: string): Promise<Membership> {
  return created(`${BASE}/userGroupMemberships`, { userId, groupId });
}
export async function removeMembership(id: string): Promise<void> {
  await send({ method: 'DELETE', path: `${BASE}/userGroupMemberships/${encodeURIComponent(id)}` });
}

export async function listApiKeys(userId: string, signal?: Signal): Promise<ApiKey[]> {
  return (await send<ApiKey[]>({ method: 'GET', path: `${user(userId)}/apiKeys`, signal })).body;
}
export function uploadApiKey(userId: string, key: string): Promise<ApiKey> {
  return created(`${user(userId)}/apiKeys`, { key });
}
export async function deleteApiKey(userId: string, fingerprint: string): Promise<void> {
  const path = `${user(userId)}/apiKeys/${encodeURIComponent(fingerprint)}`;
  await send({ method: 'DELETE', path });
}

export async function getMySession(signal?: Signal): Promise<Session> {
  return (await send<Session>({ method: 'GET', path: '/20260101/sessions/me', signal })).body;
}
export async function listSessions(userId?: string, signal?: Signal): Promise<Session[]> {
  const answer = await send<{ items: Session[] }>({
    method: 'GET',
    path: '/20260101/sessions',
    query: { userId },
    signal,
  });
  return answer.body.items;
}
export async function endSession(id: string): Promise<void> {
  await send({ method: 'DELETE', path: `/20260101/sessions/${encodeURIComponent(id)}` });
}
export function createSignInLink(userId: string): Promise<{ link: string; timeExpires: string }> {
  return created(`/20260101/users/${encodeURIComponent(userId)}/actions/createLink`, {});
}
export async function changePassword(body: {
  currentPassword?: string;
  newPassword: string;
}): Promise<void> {
  const path = '/20260101/sessions/me/actions/changePassword';
  await send({ method: 'POST', path, body });
}
