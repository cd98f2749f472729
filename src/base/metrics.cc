// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/check.h"

namespace perennial {
namespace {

prometheus::Registry& TheRegistry() {
  static auto* registry = new prometheus::Registry(prometheus::Registry::InsertBehavior::Merge);
  return *registry;
}

// perennial_<room>_<noun>_<unit>: lower-case words, at least four, the first one fixed.
bool IsMetricName(const std::string& name) {
  if (!name.starts_with("perennial_") || name.ends_with('_') || name.contains("__")) return false;
  int underscores = 0;
  for (const char c : name) {
    if (c == '_') ++underscores;
    if (c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9')) return false;
  }
  return underscores >= 3;
}

template <class Builder, class... Arguments>
auto* Register(Builder builder, const std::string& name, const std::string& help,
               const MetricLabels& labels, const Arguments&... arguments) noexcept {
  const bool metric_name_follows_the_convention = IsMetricName(name);
  CHECK(metric_name_follows_the_convention);
  // The library throws when a name is used for two kinds of metric or a label's name is bad: no
  // work of a request may swallow that, so it ends here (noexcept).
  return &builder.Name(name).Help(help).Register(TheRegistry()).Add(labels, arguments...);
}

}  // namespace

Counter GetCounter(const std::string& name, const std::string& help, const MetricLabels& labels) {
  CHECK(name.ends_with("_total"));
  return Counter(Register(prometheus::BuildCounter(), name, help, labels));
}

Gauge GetGauge(const std::string& name, const std::string& help, const MetricLabels& labels) {
  CHECK(!name.ends_with("_total"));
  return Gauge(Register(prometheus::BuildGauge(), name, help, labels));
}

Histogram GetHistogram(const std::string& name, const std::string& help,
                       const std::vector<double>& bounds, const MetricLabels& labels) {
  CHECK(!name.ends_with("_total"));
  return Histogram(Register(prometheus::BuildHistogram(), name, help, labels, bounds));
}

void Counter::Add(double amount) {
  CHECK(amount >= 0);
  static_cast<prometheus::Counter*>(metric_)->Increment(amount);
}

double Counter::Get() const { return static_cast<prometheus::Counter*>(metric_)->Value(); }

void Gauge::Set(double value) { static_cast<prometheus::Gauge*>(metric_)->Set(value); }

void Gauge::Add(double amount) { static_cast<prometheus::Gauge*>(metric_)->Increment(amount); }

double Gauge::Get() const { return static_cast<prometheus::Gauge*>(metric_)->Value(); }

void Histogram::Observe(double value) {
  static_cast<prometheus::Histogram*>(metric_)->Observe(value);
}

std::string RenderMetrics() {
  return prometheus::TextSerializer().Serialize(TheRegistry().Collect());
}

}  // namespace perennial
