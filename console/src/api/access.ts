// SPDX-License-Identifier: Apache-2.0
// Who may do what: users, groups, policies, API keys (the public identity API, /20160918), and the
// sessions of people (our own, /20260101).
import type {
  ApiKey,
  ChangePasswordDetails,
  Compartment,
  CreateGroupDetails,
  CreatePolicyDetails,
  CreateUserDetails,
  Group,
  Policy,
  Session,
  SessionCollection,
  SignInLink,
  User,
  UserGroupMembership,
} from './generated/identity';
import { readAll } from './list';
import { send } from './send';

export type {
  ApiKey,
  Compartment,
  Group,
  Policy,
  Session,
  User,
  UserGroupMembership,
} from './generated/identity';

type Signal = AbortSignal | undefined;

const BASE = '/20160918';
const user = (id: string): string => `${BASE}/users/${encodeURIComponent(id)}`;

function all<T>(kind: string, query: Record<string, string>, signal: Signal): Promise<T[]> {
  return readAll(`${BASE}/${kind}`, { ...query, limit: 500 }, signal);
}

export function listCompartments(tenancyId: string, signal?: Signal): Promise<Compartment[]> {
  return all('compartments', { compartmentId: tenancyId, accessLevel: 'ACCESSIBLE' }, signal);
}
export function listUsers(tenancyId: string, signal?: Signal): Promise<User[]> {
  return all('users', { compartmentId: tenancyId }, signal);
}
export function listGroups(tenancyId: string, signal?: Signal): Promise<Group[]> {
  return all('groups', { compartmentId: tenancyId }, signal);
}
export function listPolicies(compartmentId: string, signal?: Signal): Promise<Policy[]> {
  return all('policies', { compartmentId }, signal);
}
export function listMemberships(
  tenancyId: string,
  filter: { userId: string } | { groupId: string },
  signal?: Signal,
): Promise<UserGroupMembership[]> {
  return all('userGroupMemberships', { compartmentId: tenancyId, ...filter }, signal);
}

async function created<T>(path: string, body: object, retryToken?: string): Promise<T> {
  return (await send<T>({ method: 'POST', path, body, retryToken })).body;
}
export function createUser(body: CreateUserDetails, retryToken: string): Promise<User> {
  return created(`${BASE}/users`, body, retryToken);
}
export function createGroup(body: CreateGroupDetails, retryToken: string): Promise<Group> {
  return created(`${BASE}/groups`, body, retryToken);
}
export function createPolicy(body: CreatePolicyDetails, retryToken: string): Promise<Policy> {
  return created(`${BASE}/policies`, body, retryToken);
}
export async function deletePolicy(id: string): Promise<void> {
  await send({ method: 'DELETE', path: `${BASE}/policies/${encodeURIComponent(id)}` });
}
export function addUserToGroup(userId: string, groupId: string): Promise<UserGroupMembership> {
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
  const answer = await send<SessionCollection>({
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
export function createSignInLink(userId: string): Promise<SignInLink> {
  return created(`/20260101/users/${encodeURIComponent(userId)}/actions/createLink`, {});
}
export async function changePassword(body: ChangePasswordDetails): Promise<void> {
  const path = '/20260101/sessions/me/actions/changePassword';
  await send({ method: 'POST', path, body });
}
