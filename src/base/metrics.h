// SPDX-License-Identifier: Apache-2.0
// Counters, gauges and histograms of this process, and their text for /metrics. Names are
// perennial_<room>_<noun>_<unit>[_total], labels few and of few values: never an OCID or a name
// (conventions.md).
//
//   static Counter signatures = GetCounter("perennial_certificates_signatures_total", "Certificates
//   signed."); signatures.Add();
#pragma once

#include <map>
#include <string>
#include <vector>

namespace perennial {

using MetricLabels = std::map<std::string, std::string>;

// Handles are cheap to copy, live as long as the process, and are safe to use from many threads.
// The same name and labels give the same metric. A name that breaks the convention, or is used for
// another kind of metric, is a defect and stops the process.
class Counter {
 public:
  void Add(double amount = 1);  // Never negative.
  double Get() const;

 private:
  friend Counter GetCounter(const std::string&, const std::string&, const MetricLabels&);
  explicit Counter(void* metric) : metric_(metric) {}
  void* metric_;
};

class Gauge {
 public:
  void Set(double value);
  void Add(double amount);
  double Get() const;

 private:
  friend Gauge GetGauge(const std::string&, const std::string&, const MetricLabels&);
  explicit Gauge(void* metric) : metric_(metric) {}
  void* metric_;
};

class Histogram {
 public:
  void Observe(double value);

 private:
  friend Histogram GetHistogram(const std::string&, const std::string&, const std::vector<double>&,
                                const MetricLabels&);
  explicit Histogram(void* metric) : metric_(metric) {}
  void* metric_;
};

Counter GetCounter(const std::string& name, const std::string& help,
                   const MetricLabels& labels = {});
Gauge GetGauge(const std::string& name, const std::string& help, const MetricLabels& labels = {});
// `bounds` are the upper bounds of the buckets, ascending; the one without bound is added.
Histogram GetHistogram(const std::string& name, const std::string& help,
                       const std::vector<double>& bounds, const MetricLabels& labels = {});

// RenderMetrics returns all metrics in the Prometheus text format, version 0.0.4.
std::string RenderMetrics();

}  // namespace perennial
