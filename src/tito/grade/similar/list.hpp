// The list of similar submissions as it is written.
#pragma once

#include "src/tito/grade/results/record.hpp"
#include "src/tito/grade/similar/similar.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

/// A row for each pair; shares in percent.
std::string similar_csv(const std::vector<SimilarPair>& pairs, const Roster& roster);

/// The same as a page; the names lead to the students' pages beside it.
std::string similar_page(const Lab& lab, const std::vector<SimilarPair>& pairs, const Roster& roster);

/// Compares them and writes similar.csv and similar.html into the folder. Returns how many pairs are on the list.
std::size_t write_similar(const Lab& lab, const std::vector<Submission>& submissions, const Roster& roster,
                          const fs::path& results);

}  // namespace tinytorch::tito
