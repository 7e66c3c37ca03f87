// build/<preset>/work: compiled files and linked programs. A file's name holds a hash of all that it was made from.
#pragma once

#include "src/tito/util/process.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tinytorch::tito {

/// 64-bit FNV-1a, fed piece by piece; a piece's length counts, so that ("ab", "c") is not ("a", "bc").
class Hash {
 public:
  Hash& add(std::string_view piece);
  Hash& add_file_state(const fs::path& file);  // path, size and time; not the content
  std::string text() const;                    // 16 hex digits

 private:
  std::uint64_t value_ = 14695981039346656037ULL;
};

fs::path cache_dir(const Context& context);

/// True when `file` is there. It then counts as used just now.
bool in_cache(const fs::path& file);

/// Runs a command that writes `file`; "-o" and a name are added. The name is one that no other process or thread uses,
/// and becomes `file` when the command has succeeded: nobody ever reads half a file. Nothing is kept when
/// `worth_keeping`, which is asked before that, says no.
ProcessResult make_cached(const fs::path& file, ProcessOptions command,
                          const std::function<bool()>& worth_keeping = {});

/// Removes the heads (see compile.cpp) that were not used for longest, of 70 to 100 MB each.
void prune_heads(const fs::path& folder);

/// Removes the files that were not used for longest, so that the cache stays under a few hundred MB.
void prune_cache(const Context& context);

}  // namespace tinytorch::tito
