// SPDX-License-Identifier: Apache-2.0
// What people read: tables, and one thing field by field. Every text is made Printable on the way.
#pragma once

#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace perennial::cli {

enum class Tone { kPlain, kGood, kWarning, kBad, kFaint };

struct Cell {
  std::string text;
  Tone tone = Tone::kPlain;

  Cell(std::string cell_text, Tone cell_tone = Tone::kPlain)  // NOLINT(google-explicit-constructor)
      : text(std::move(cell_text)), tone(cell_tone) {}
  Cell(const char* cell_text) : text(cell_text) {}  // NOLINT(google-explicit-constructor)
};

// Colours the text, where colours are wanted. Never applied to a text of somebody else before
// Printable.
std::string Paint(std::string text, Tone tone, bool colours);

// Columns as wide as their widest cell, two spaces between, no frame: made for eyes and for awk.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}

  // As many cells as the header has. An empty cell is shown as "-".
  void Add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }
  void Print(std::ostream& out, bool colours) const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<Cell>> rows_;
};

// "name:  value" lines, aligned. A field without text is left out.
class Fields {
 public:
  void Add(std::string name, Cell value) {
    if (!value.text.empty()) fields_.emplace_back(std::move(name), std::move(value));
  }
  void Print(std::ostream& out, bool colours) const;

 private:
  std::vector<std::pair<std::string, Cell>> fields_;
};

}  // namespace perennial::cli
