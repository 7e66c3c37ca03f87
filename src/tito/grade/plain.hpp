// Text from a submission, made harmless: it is shown on terminals, in tables, pages and logs.
#pragma once

#include <string>
#include <string_view>

namespace tinytorch::tito {

/// `text` with "?" for each byte that is no UTF-8, each control character but the ends of lines and tabs, and each mark
/// that turns the direction of text.
std::string plain_text(std::string_view text);

/// A name: as plain_text, without ends of lines, tabs and slashes; 100 characters at most, and one at least.
std::string plain_name(std::string_view name);

/// A path: as plain_name, but with its slashes.
std::string plain_path(std::string_view path);

/// A file's name with each byte but ASCII letters, digits, "-", "_" and "." as "%" and two hex digits; and back.
std::string encoded_name(std::string_view name);
std::string decoded_name(std::string_view encoded);

}  // namespace tinytorch::tito
