// SPDX-License-Identifier: Apache-2.0
#include "cli/output/table.h"

#include <algorithm>

#include "base/check.h"
#include "cli/output/text.h"

namespace perennial::cli {
namespace {

const char* ColourOf(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kGood:
      return "\033[32m";
    case Tone::kWarning:
      return "\033[33m";
    case Tone::kBad:
      return "\033[1;31m";
    case Tone::kFaint:
      return "\033[2m";
  }
  return "";
}

std::string Padding(const std::string& text, size_t width) {
  const auto used = Width(text);
  return std::string(width > used ? width - used : 0, ' ');
}

}  // namespace

std::string Paint(std::string text, Tone tone, bool colours) {
  if (!colours || tone == Tone::kPlain) return text;
  return ColourOf(tone) + text + "\033[0m";
}

void Table::Add(std::vector<Cell> row) {
  CHECK(row.size() == header_.size());
  for (auto& cell : row) cell.text = cell.text.empty() ? "-" : Printable(cell.text);
  rows_.push_back(std::move(row));
}

void Table::Print(std::ostream& out, bool colours) const {
  std::vector<size_t> widths;
  for (const auto& name : header_) widths.push_back(Width(name));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i].text));
  }
  const auto line = [&](size_t i, const std::string& text, Tone tone) {
    out << Paint(text, tone, colours);
    out << (i + 1 < widths.size() ? Padding(text, widths[i] + 2) : "\n");
  };
  for (size_t i = 0; i < header_.size(); ++i) line(i, header_[i], Tone::kFaint);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) line(i, row[i].text, row[i].tone);
  }
}

void Fields::Print(std::ostream& out, bool colours) const {
  size_t width = 0;
  for (const auto& [name, value] : fields_) width = std::max(width, Width(name));
  for (const auto& [name, value] : fields_) {
    out << name << ":" << Padding(name, width) << "  "
        << Paint(Printable(value.text), value.tone, colours) << "\n";
  }
}

}  // namespace perennial::cli
