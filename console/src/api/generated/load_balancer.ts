// SPDX-License-Identifier: Apache-2.0
// Made by tools/wire_types.py from src/api: do not edit. Times are RFC 3339.

export type LifecycleState =
  | 'CREATING'
  | 'FAILED'
  | 'ACTIVE'
  | 'DELETING'
  | 'DELETED';
export type ListenerState =
  | 'OPEN'
  | 'CLOSED'
  | 'PENDING'
  | 'SILENT';
export type ServerOrderPreference =
  | 'ENABLED'
  | 'DISABLED';
export type WorkRequestErrorCode =
  | 'BAD_INPUT'
  | 'INTERNAL_ERROR';
export type WorkRequestState =
  | 'ACCEPTED'
  | 'IN_PROGRESS'
  | 'FAILED'
  | 'SUCCEEDED';
export type CreateBackendDetails = BackendDetails;
export type UpdateListenerDetails = ListenerDetails;

export interface SslConfigurationDetails {
  verifyDepth?: number;
  verifyPeerCertificate?: boolean;
  hasSessionResumption?: boolean;
  trustedCertificateAuthorityIds?: string[];
  certificateIds?: string[];
  certificateName?: string;
  protocols?: string[];
  cipherSuiteName?: string;
  serverOrderPreference?: ServerOrderPreference;
}

export interface SslConfiguration {
  verifyDepth: number;
  verifyPeerCertificate: boolean;
  hasSessionResumption?: boolean;
  trustedCertificateAuthorityIds: string[];
  certificateIds: string[];
  certificateName?: string;
  serverOrderPreference?: ServerOrderPreference;
  cipherSuiteName?: string;
  protocols: string[];
}

export interface ConnectionConfiguration {
  idleTimeout: number;
  backendTcpProxyProtocolVersion?: number;
  backendTcpProxyProtocolOptions?: string[];
}

export interface ListenerDetails {
  defaultBackendSetName: string;
  port: number;
  protocol: string;
  hostnameNames?: string[];
  pathRouteSetName?: string;
  sslConfiguration?: SslConfigurationDetails;
  connectionConfiguration?: ConnectionConfiguration;
  routingPolicyName?: string;
  ruleSetNames?: string[];
}

export interface CreateListenerDetails {
  name: string;
  defaultBackendSetName: string;
  port: number;
  protocol: string;
  hostnameNames?: string[];
  pathRouteSetName?: string;
  sslConfiguration?: SslConfigurationDetails;
  connectionConfiguration?: ConnectionConfiguration;
  routingPolicyName?: string;
  ruleSetNames?: string[];
}

export interface Listener {
  name: string;
  defaultBackendSetName: string;
  port: number;
  protocol: string;
  hostnameNames: string[];
  pathRouteSetName?: string;
  sslConfiguration?: SslConfiguration;
  connectionConfiguration?: ConnectionConfiguration;
  ruleSetNames: string[];
  routingPolicyName?: string;
}

export interface HealthCheckerDetails {
  protocol: string;
  urlPath?: string;
  port?: number;
  returnCode?: number;
  retries?: number;
  timeoutInMillis?: number;
  intervalInMillis?: number;
  responseBodyRegex?: string;
  isForcePlainText?: boolean;
}

export interface HealthChecker {
  protocol: string;
  port: number;
  returnCode: number;
  responseBodyRegex: string;
  urlPath?: string;
  retries: number;
  timeoutInMillis: number;
  intervalInMillis: number;
  isForcePlainText?: boolean;
}

export interface BackendDetails {
  ipAddress: string;
  port: number;
  weight?: number;
  maxConnections?: number;
  backup?: boolean;
  drain?: boolean;
  offline?: boolean;
}

export interface Backend {
  name: string;
  ipAddress: string;
  port: number;
  weight: number;
  drain: boolean;
  backup: boolean;
  offline: boolean;
  maxConnections?: number;
}

export interface SessionPersistenceConfigurationDetails {
  cookieName: string;
  disableFallback?: boolean;
}

export interface LbCookieSessionPersistenceConfigurationDetails {
  cookieName?: string;
  disableFallback?: boolean;
  domain?: string;
  path?: string;
  maxAgeInSeconds?: number;
  isSecure?: boolean;
  isHttpOnly?: boolean;
}

export interface BackendSetDetails {
  policy: string;
  healthChecker: HealthCheckerDetails;
  backends?: BackendDetails[];
  backendMaxConnections?: number;
  sslConfiguration?: SslConfigurationDetails;
  sessionPersistenceConfiguration?: SessionPersistenceConfigurationDetails;
  lbCookieSessionPersistenceConfiguration?: LbCookieSessionPersistenceConfigurationDetails;
}

export interface CreateBackendSetDetails {
  name: string;
  policy: string;
  healthChecker: HealthCheckerDetails;
  backends?: BackendDetails[];
  backendMaxConnections?: number;
  sslConfiguration?: SslConfigurationDetails;
  sessionPersistenceConfiguration?: SessionPersistenceConfigurationDetails;
  lbCookieSessionPersistenceConfiguration?: LbCookieSessionPersistenceConfigurationDetails;
}

export interface UpdateBackendSetDetails {
  policy: string;
  backends: BackendDetails[];
  healthChecker: HealthCheckerDetails;
  backendMaxConnections?: number;
  sslConfiguration?: SslConfigurationDetails;
  sessionPersistenceConfiguration?: SessionPersistenceConfigurationDetails;
  lbCookieSessionPersistenceConfiguration?: LbCookieSessionPersistenceConfigurationDetails;
}

export interface BackendSet {
  name: string;
  policy: string;
  backends: Backend[];
  healthChecker: HealthChecker;
  backendMaxConnections?: number;
  sslConfiguration?: SslConfiguration;
  sessionPersistenceConfiguration?: SessionPersistenceConfigurationDetails;
  lbCookieSessionPersistenceConfiguration?: LbCookieSessionPersistenceConfigurationDetails;
}

export interface ShapeDetails {
  minimumBandwidthInMbps: number;
  maximumBandwidthInMbps: number;
}

export interface ReservedIp {
  id?: string;
}

export interface IpAddress {
  ipAddress: string;
  isPublic?: boolean;
}

export interface CreateLoadBalancerDetails {
  compartmentId: string;
  displayName: string;
  shapeName: string;
  subnetIds: string[];
  shapeDetails?: ShapeDetails;
  isPrivate?: boolean;
  isDeleteProtectionEnabled?: boolean;
  ipMode?: string;
  isRequestIdEnabled?: boolean;
  requestIdHeader?: string;
  reservedIps?: ReservedIp[];
  listeners?: Record<string, ListenerDetails>;
  backendSets?: Record<string, BackendSetDetails>;
  networkSecurityGroupIds?: string[];
  hostnames?: Record<string, unknown>;
  certificates?: Record<string, unknown>;
  sslCipherSuites?: Record<string, unknown>;
  pathRouteSets?: Record<string, unknown>;
  ruleSets?: Record<string, unknown>;
  securityAttributes?: Record<string, unknown>;
  freeformTags?: Record<string, string>;
  definedTags?: Record<string, Record<string, unknown>>;
}

export interface LoadBalancer {
  id: string;
  compartmentId: string;
  displayName: string;
  lifecycleState: LifecycleState;
  timeCreated: string;
  shapeName: string;
  ipAddresses: IpAddress[];
  shapeDetails?: ShapeDetails;
  isPrivate?: boolean;
  isDeleteProtectionEnabled?: boolean;
  subnetIds: string[];
  networkSecurityGroupIds: string[];
  listeners: Record<string, Listener>;
  backendSets: Record<string, BackendSet>;
  hostnames: Record<string, unknown>;
  certificates: Record<string, unknown>;
  sslCipherSuites: Record<string, unknown>;
  pathRouteSets: Record<string, unknown>;
  ruleSets: Record<string, unknown>;
  routingPolicies: Record<string, unknown>;
  freeformTags: Record<string, string>;
  definedTags: Record<string, Record<string, unknown>>;
}

export interface WorkRequestError {
  errorCode: WorkRequestErrorCode;
  message: string;
}

export interface WorkRequest {
  id: string;
  loadBalancerId: string;
  type: string;
  lifecycleState: WorkRequestState;
  message: string;
  timeAccepted: string;
  errorDetails: WorkRequestError[];
  compartmentId?: string;
  timeFinished?: string;
}

export interface NodeListener {
  loadBalancerId: string;
  name: string;
  port: number;
  waiting: boolean;
  reason: string;
}

export interface ReportListenersDetails {
  configurationVersion: number;
  problem?: string;
  closed: NodeListener[];
}

export interface ListenerOnNode {
  loadBalancerId: string;
  loadBalancerName: string;
  listenerName: string;
  port: number;
  nodeId: string;
  nodeName: string;
  state: ListenerState;
  reason?: string;
  troubled: boolean;
  timeLastSeen?: string;
}

export interface ListenerStates {
  items: ListenerOnNode[];
}
