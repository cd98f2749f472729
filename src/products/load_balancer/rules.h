// SPDX-License-Identifier: Apache-2.0
// What a load balancer may be. Details of a request become values that are already right; every failure is
// an Error whose message begins with the JSON pointer of the field. Pure functions.
//
// Everything that a node will be told passes here, and here alone: names are [A-Za-z0-9_-]{1,64}, addresses
// are parsed, the rest is numbers and closed enums, so nothing can become a directive of a proxy.
#pragma once

#include <string>
#include <string_view>

#include "products/load_balancer/model.h"

namespace perennial::load_balancer {

inline constexpr size_t kListenersMax = 64;
inline constexpr size_t kBackendSetsMax = 64;
inline constexpr size_t kBackendsMax = 512;  // In one set.

// ParseAddress returns the canonical spelling of an IPv4 or IPv6 address that names one host;
// kInvalidArgument otherwise.
Result<std::string> ParseAddress(const std::string& pointer, const std::string& text);

Result<wire::Listener> MakeListener(const std::string& pointer, const std::string& name,
                                    const wire::ListenerDetails& details);
Result<wire::BackendSet> MakeBackendSet(const std::string& pointer, const std::string& name,
                                        const wire::BackendSetDetails& details);
Result<wire::Backend> MakeBackend(const std::string& pointer, const wire::BackendDetails& details);

// MakeLoadBalancer judges everything but what identity knows: compartment, pool, addresses, id.
Result<wire::LoadBalancer> MakeLoadBalancer(const wire::CreateLoadBalancerDetails& details);

// Steps of a load balancer. kConflict: the name exists. kNotFound: it does not. kInvalidArgument: what it
// would refer to does not exist, or still refers to it.
Result<void> AddListener(Model& model, const wire::Listener& listener);
Result<void> ReplaceListener(Model& model, const wire::Listener& listener);
Result<void> RemoveListener(Model& model, const std::string& name);
Result<void> AddBackendSet(Model& model, const wire::BackendSet& set);
Result<void> ReplaceBackendSet(Model& model, const wire::BackendSet& set);
Result<void> RemoveBackendSet(Model& model, const std::string& name);
Result<void> AddBackend(Model& model, const std::string& set, const wire::Backend& backend);
Result<void> RemoveBackend(Model& model, const std::string& set, const std::string& backend);

}  // namespace perennial::load_balancer
