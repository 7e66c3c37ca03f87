// Task 12.4 under many schedules: the explorer (tests/kit/instruments/schedule.hpp) says at each lock who goes on.

#include "modules/12_mlops/tests/models.hpp"
#include "tests/kit/instruments/schedule.hpp"

namespace tinytorch::deploy {
namespace {

// Which version computed each batch, if the outputs agree with what the replies say; else -1.
std::vector<std::int64_t> versions_of(const Replies& replies, const std::vector<Taken>& batches) {
  std::vector<std::int64_t> versions;
  std::size_t next = 0;
  for (const Taken& taken : batches) {
    std::int64_t version = -1;
    for (const Request& request : taken.batch) {
      const Reply& reply = replies.at(next++);
      const double x = lab::values(request.input)[0];
      const double y = reply.output.defined() ? lab::values(reply.output)[0] : -1.0;
      const bool fits = reply.id == request.id && y == x * static_cast<double>(reply.version);
      version = fits && (version == -1 || version == reply.version) ? reply.version : -2;
    }
    versions.push_back(version);
  }
  return versions;
}

}  // namespace

TASK_TEST(12, 4, models_change_under_every_schedule) {
  lab::cases(3, [](lab::Case& c) {
    const std::int64_t count = c.input("models", c.integer(2, 3));
    std::vector<Taken> batches(2);
    for (Taken& taken : batches) {
      for (std::int64_t id = 1; id <= 2; ++id)
        taken.batch.push_back({id, row_tensor({static_cast<double>(c.integer(1, 9))}), never});
    }
    show_taken(c, "batch 1", batches[0]);
    show_taken(c, "batch 2", batches[1]);
    const auto story = [&] {
      ModelHandle current;
      publish_model(current, scaling(1));
      lab::Actor publisher("publisher", [&] {
        for (std::int64_t version = 2; version <= count; ++version) {
          const lab::Calls calls("publish_model()");
          publish_model(current, scaling(version));
        }
      });
      Replies out;
      for (const Taken& taken : batches) {
        const lab::Calls calls("answer()");
        answer(taken, current, out);
      }
      publisher.join();
      const std::vector<std::int64_t> versions = versions_of(out, batches);
      const bool in_order = versions[0] >= 1 && versions[0] <= versions[1] && versions[1] <= count;
      return lab::to_value(in_order ? "one model for each batch, never an older one" : "models are mixed");
    };
    lab::check_schedules(c, "replies", 60, story,
                         [] { return lab::to_value("one model for each batch, never an older one"); });
  });
}

}  // namespace tinytorch::deploy
