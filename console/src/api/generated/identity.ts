// SPDX-License-Identifier: Apache-2.0
// Made by tools/wire_types.py from src/api: do not edit. Times are RFC 3339.

export type LifecycleState =
  | 'CREATING'
  | 'ACTIVE'
  | 'INACTIVE'
  | 'DELETING'
  | 'DELETED';
export type NodeState =
  | 'ACTIVE'
  | 'DRAINING'
  | 'REMOVED';

export interface Tenancy {
  id: string;
  name: string;
  description?: string;
  homeRegionKey?: string;
  freeformTags: Record<string, string>;
  definedTags: Record<string, Record<string, unknown>>;
}

export interface CreateCompartmentDetails {
  compartmentId: string;
  name: string;
  description: string;
  freeformTags?: Record<string, string>;
  definedTags?: Record<string, Record<string, unknown>>;
}

export interface Compartment {
  id: string;
  compartmentId: string;
  name: string;
  description: string;
  timeCreated: string;
  lifecycleState: LifecycleState;
  inactiveStatus?: number;
  isAccessible?: boolean;
  freeformTags: Record<string, string>;
  definedTags: Record<string, Record<string, unknown>>;
}

export interface UserCapabilities {
  canUseConsolePassword: boolean;
  canUseApiKeys: boolean;
  canUseAuthTokens: boolean;
  canUseSmtpCredentials: boolean;
  canUseDbCredentials: boolean;
  canUseCustomerSecretKeys: boolean;
  canUseOAuth2ClientCredentials: boolean;
}

export interface CreateUserDetails {
  compartmentId: string;
  name: string;
  description: string;
  email?: string;
  freeformTags?: Record<string, string>;
  definedTags?: Record<string, Record<string, unknown>>;
}

export interface User {
  id: string;
  compartmentId: string;
  name: string;
  description: string;
  timeCreated: string;
  lifecycleState: LifecycleState;
  isMfaActivated: boolean;
  email?: string;
  emailVerified?: boolean;
  inactiveStatus?: number;
  capabilities?: UserCapabilities;
  freeformTags: Record<string, string>;
  definedTags: Record<string, Record<string, unknown>>;
}

export interface CreateApiKeyDetails {
  key: string;
}

export interface ApiKey {
  keyId: string;
  keyValue: string;
  fingerprint: string;
  userId: string;
  timeCreated: string;
  lifecycleState: LifecycleState;
  inactiveStatus?: number;
}

export interface CreateGroupDetails {
  compartmentId: string;
  name: string;
  description: string;
  freeformTags?: Record<string, string>;
  definedTags?: Record<string, Record<string, unknown>>;
}

export interface Group {
  id: string;
  compartmentId: string;
  name: string;
  description: string;
  timeCreated: string;
  lifecycleState: LifecycleState;
  inactiveStatus?: number;
  freeformTags: Record<string, string>;
  definedTags: Record<string, Record<string, unknown>>;
}

export interface AddUserToGroupDetails {
  userId: string;
  groupId: string;
}

export interface UserGroupMembership {
  id: string;
  compartmentId: string;
  groupId: string;
  userId: string;
  timeCreated: string;
  lifecycleState: LifecycleState;
  inactiveStatus?: number;
}

export interface CreatePolicyDetails {
  compartmentId: string;
  name: string;
  statements: string[];
  description: string;
  versionDate?: string;
  freeformTags?: Record<string, string>;
  definedTags?: Record<string, Record<string, unknown>>;
}

export interface Policy {
  id: string;
  compartmentId: string;
  name: string;
  statements: string[];
  description: string;
  timeCreated: string;
  lifecycleState: LifecycleState;
  inactiveStatus?: number;
  versionDate?: string;
  freeformTags: Record<string, string>;
  definedTags: Record<string, Record<string, unknown>>;
}

export interface CreateNodeTokenDetails {
  nodePoolIds: string[];
  productKinds: string[];
  expiresInSeconds: number;
}

export interface NodeToken {
  id: string;
  token: string;
  caHash: string;
  timeExpires: string;
}

export interface CreateNodePoolDetails {
  displayName: string;
  compartmentId: string;
  addresses: string[];
}

export interface NodePool {
  id: string;
  compartmentId: string;
  displayName: string;
  addresses: string[];
  timeCreated: string;
}

export interface NodePoolCollection {
  items: NodePool[];
}

export interface Node {
  id: string;
  tenancyId: string;
  name: string;
  state: NodeState;
  nodePoolIds: string[];
  productKinds: string[];
  addresses: string[];
  timeEnrolled: string;
  timeLastSeen?: string;
  agentVersion?: string;
  wantedCount?: number;
  servedCount?: number;
}

export interface NodeCollection {
  items: Node[];
}

export interface Resource {
  id: string;
  kind: string;
  tenancyId: string;
  compartmentId: string;
  nodePoolIds: string[];
}

export interface PutPlacementsDetails {
  version: number;
  nodeIds: string[];
}

export interface CreateSessionDetails {
  publicKey: unknown;
  link?: string;
  tenancy?: string;
  user?: string;
  password?: string;
  date: string;
  proof: string;
}

export interface Session {
  id: string;
  token?: string;
  userId: string;
  userName: string;
  tenancyId: string;
  tenancyName: string;
  timeCreated: string;
  timeExpires: string;
  timeEnds: string;
  timeOfLastUse: string;
  signedInBy: string;
  address: string;
  isThisSession: boolean;
  hasPassword?: boolean;
  needsCurrentPassword?: boolean;
  groups?: string[];
  isAdministrator?: boolean;
}

export interface SessionCollection {
  items: Session[];
}

export interface ChangePasswordDetails {
  currentPassword?: string;
  newPassword: string;
}

export interface SignInLink {
  link: string;
  timeExpires: string;
}
