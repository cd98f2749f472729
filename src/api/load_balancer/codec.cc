// SPDX-License-Identifier: Apache-2.0
#include "api/load_balancer/listener_states.h"
#include "api/load_balancer/load_balancer_types.h"
#include "api/load_balancer/node_configuration.h"
#include "base/json_codec.h"

namespace perennial::api::load_balancer {

BOOST_DESCRIBE_STRUCT(SslConfigurationDetails, (),
                      (verify_depth, verify_peer_certificate, has_session_resumption,
                       trusted_certificate_authority_ids, certificate_ids, certificate_name,
                       protocols, cipher_suite_name, server_order_preference))
BOOST_DESCRIBE_STRUCT(SslConfiguration, (),
                      (verify_depth, verify_peer_certificate, has_session_resumption,
                       trusted_certificate_authority_ids, certificate_ids, certificate_name,
                       server_order_preference, cipher_suite_name, protocols))
BOOST_DESCRIBE_STRUCT(ConnectionConfiguration, (),
                      (idle_timeout, backend_tcp_proxy_protocol_version,
                       backend_tcp_proxy_protocol_options))
BOOST_DESCRIBE_STRUCT(ListenerDetails, (),
                      (default_backend_set_name, port, protocol, hostname_names,
                       path_route_set_name, ssl_configuration, connection_configuration,
                       routing_policy_name, rule_set_names))
BOOST_DESCRIBE_STRUCT(CreateListenerDetails, (),
                      (name, default_backend_set_name, port, protocol, hostname_names,
                       path_route_set_name, ssl_configuration, connection_configuration,
                       routing_policy_name, rule_set_names))
BOOST_DESCRIBE_STRUCT(Listener, (),
                      (name, default_backend_set_name, port, protocol, hostname_names,
                       path_route_set_name, ssl_configuration, connection_configuration,
                       rule_set_names, routing_policy_name))
BOOST_DESCRIBE_STRUCT(HealthCheckerDetails, (),
                      (protocol, url_path, port, return_code, retries, timeout_in_millis,
                       interval_in_millis, response_body_regex, is_force_plain_text))
BOOST_DESCRIBE_STRUCT(HealthChecker, (),
                      (protocol, port, return_code, response_body_regex, url_path, retries,
                       timeout_in_millis, interval_in_millis, is_force_plain_text))
BOOST_DESCRIBE_STRUCT(BackendDetails, (),
                      (ip_address, port, weight, max_connections, backup, drain, offline))
BOOST_DESCRIBE_STRUCT(Backend, (),
                      (name, ip_address, port, weight, drain, backup, offline, max_connections))
BOOST_DESCRIBE_STRUCT(SessionPersistenceConfigurationDetails, (), (cookie_name, disable_fallback))
BOOST_DESCRIBE_STRUCT(LbCookieSessionPersistenceConfigurationDetails, (),
                      (cookie_name, disable_fallback, domain, path, max_age_in_seconds, is_secure,
                       is_http_only))
BOOST_DESCRIBE_STRUCT(BackendSetDetails, (),
                      (policy, health_checker, backends, backend_max_connections, ssl_configuration,
                       session_persistence_configuration,
                       lb_cookie_session_persistence_configuration))
BOOST_DESCRIBE_STRUCT(CreateBackendSetDetails, (),
                      (name, policy, health_checker, backends, backend_max_connections,
                       ssl_configuration, session_persistence_configuration,
                       lb_cookie_session_persistence_configuration))
BOOST_DESCRIBE_STRUCT(UpdateBackendSetDetails, (),
                      (policy, backends, health_checker, backend_max_connections, ssl_configuration,
                       session_persistence_configuration,
                       lb_cookie_session_persistence_configuration))
BOOST_DESCRIBE_STRUCT(BackendSet, (),
                      (name, policy, backends, health_checker, backend_max_connections,
                       ssl_configuration, session_persistence_configuration,
                       lb_cookie_session_persistence_configuration))

BOOST_DESCRIBE_STRUCT(ShapeDetails, (), (minimum_bandwidth_in_mbps, maximum_bandwidth_in_mbps))
BOOST_DESCRIBE_STRUCT(ReservedIp, (), (id))
BOOST_DESCRIBE_STRUCT(IpAddress, (), (ip_address, is_public))
BOOST_DESCRIBE_STRUCT(CreateLoadBalancerDetails, (),
                      (compartment_id, display_name, shape_name, subnet_ids, shape_details,
                       is_private, is_delete_protection_enabled, ip_mode, is_request_id_enabled,
                       request_id_header, reserved_ips, listeners, backend_sets,
                       network_security_group_ids, hostnames, certificates, ssl_cipher_suites,
                       path_route_sets, rule_sets, security_attributes, freeform_tags,
                       defined_tags))
BOOST_DESCRIBE_STRUCT(LoadBalancer, (),
                      (id, compartment_id, display_name, lifecycle_state, time_created, shape_name,
                       ip_addresses, shape_details, is_private, is_delete_protection_enabled,
                       subnet_ids, network_security_group_ids, listeners, backend_sets, hostnames,
                       certificates, ssl_cipher_suites, path_route_sets, rule_sets,
                       routing_policies, freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(WorkRequestError, (), (error_code, message))
BOOST_DESCRIBE_STRUCT(WorkRequest, (),
                      (id, load_balancer_id, type, lifecycle_state, message, time_accepted,
                       error_details, compartment_id, time_finished))

BOOST_DESCRIBE_STRUCT(CertificateReference, (), (association_id, certificate_id, current_version))
BOOST_DESCRIBE_STRUCT(TrustReference, (), (association_id, certificates_resource_id))
BOOST_DESCRIBE_STRUCT(ListenerTlsConfiguration, (),
                      (certificates, trusted, protocols, verify_peer, verify_depth))
BOOST_DESCRIBE_STRUCT(ListenerConfiguration, (),
                      (name, port, protocol, default_backend_set, ssl, idle_timeout_s))
BOOST_DESCRIBE_STRUCT(HealthCheckerConfiguration, (),
                      (protocol, port, url_path, return_code, retries, timeout_ms, interval_ms))
BOOST_DESCRIBE_STRUCT(BackendConfiguration, (),
                      (ip_address, port, weight, drain, backup, offline, max_connections))
BOOST_DESCRIBE_STRUCT(BackendSetConfiguration, (), (name, policy, health_checker, backends))
BOOST_DESCRIBE_STRUCT(LoadBalancerConfiguration, (),
                      (id, tenancy_id, compartment_id, addresses, listeners, backend_sets))
BOOST_DESCRIBE_STRUCT(NodeConfiguration, (), (version, previous_hash, hash, resources))
BOOST_DESCRIBE_STRUCT(NodeListener, (), (load_balancer_id, name, port, waiting, reason))
BOOST_DESCRIBE_STRUCT(ReportListenersDetails, (), (configuration_version, problem, closed))
BOOST_DESCRIBE_STRUCT(ListenerOnNode, (),
                      (load_balancer_id, load_balancer_name, listener_name, port, node_id,
                       node_name, state, reason, troubled, time_last_seen))
BOOST_DESCRIBE_STRUCT(ListenerStates, (), (items))
BOOST_DESCRIBE_STRUCT(NodeConfigurationAsSent, (), (version, previous_hash, hash, resources))

}  // namespace perennial::api::load_balancer

PERENNIAL_JSON_TYPE(perennial::api::load_balancer::CreateListenerDetails)
PERENNIAL_JSON_TYPE(perennial::api::load_balancer::UpdateListenerDetails)
PERENNIAL_JSON_TYPE(perennial::api::load_balancer::Listener)
PERENNIAL_JSON_TYPE(perennial::api::load_balancer::CreateBackendSetDetails)
PERENNIAL_JSON_TYPE(perennial::api::load_balancer::UpdateBackendSetDetails)
PERENNIAL_JSON_TYPE(perennial::api::load_balancer::BackendSet)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::load_balancer::BackendSet>)
PERENNIAL_JSON_TYPE(perennial::api::load_balancer::CreateBackendDetails)
PERENNIAL_JSON_TYPE(perennial::api::load_balancer::Backend)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::load_balancer::Backend>)
PERENNIAL_JSON_TYPE(perennial::api::load_balancer::CreateLoadBalancerDetails)
PERENNIAL_JSON_TYPE(perennial::api::load_balancer::LoadBalancer)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::load_balancer::LoadBalancer>)
PERENNIAL_JSON_TYPE(perennial::api::load_balancer::WorkRequest)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::load_balancer::WorkRequest>)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::load_balancer::LoadBalancerConfiguration>)
PERENNIAL_JSON_TYPE(perennial::api::load_balancer::LoadBalancerConfiguration)
PERENNIAL_JSON_TYPE(perennial::api::load_balancer::NodeConfiguration)
PERENNIAL_JSON_TYPE(perennial::api::load_balancer::NodeConfigurationAsSent)
PERENNIAL_JSON_TYPE(perennial::api::load_balancer::ReportListenersDetails)
PERENNIAL_JSON_TYPE(perennial::api::load_balancer::ListenerStates)
