// tito grade --slurm: a job array whose tasks call `tito grade one`, and a job that merges when they have ended.
#include "src/tito/grade/class/marker.hpp"
#include "src/tito/grade/class/subverbs.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

// Slurm's MaxArraySize is 1001 unless a site says otherwise; a task takes more than one submission beyond that.
constexpr std::size_t most_tasks = 1000;

// Names may hold everything but a zero byte.
fs::path list_file_in(const fs::path& results) { return results / "array" / "list"; }

std::string command_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_quoted(word);
  return line;
}

std::string own_command(const Context& context, const std::vector<std::string>& arguments) {
  return command_line(own_verb(context, arguments).argv);
}

std::string beginning_of(const Context& context) {
  return "#!/bin/bash\n# Written by `tito grade --slurm`.\nexport TINYTORCH_ROOT=" +
         shell_quoted(context.root.string()) + "\n";
}

std::string array_script(const Context& context, const ArrayJob& job, std::size_t tasks) {
  std::vector<std::string> how{"--lab", job.lab};
  if (!job.secret.empty()) how.insert(how.end(), {"--secret", fs::absolute(job.secret).string()});
  if (!job.walls.empty()) how.insert(how.end(), {"--walls", job.walls});
  return fill_in(R"({beginning}
mapfile -d '' words < {list}
code=0
# Pairs of a submission and the folder for its mark.
for ((i = 2 * SLURM_ARRAY_TASK_ID; i + 1 < ${#words[@]}; i += 2 * {tasks})); do
  {tito} "${words[i]}" --out "${words[i + 1]}" {how}
  status=$?
  # 2: nothing in the submission could be read, and its mark says so.
  if ((status != 0 && status != 2)); then code=$status; fi
done
exit $code
)",
                 {{"beginning", beginning_of(context)},
                  {"list", shell_quoted(list_file_in(job.results).string())},
                  {"tasks", std::to_string(tasks)},
                  {"tito", own_command(context, {"grade", "one"})},
                  {"how", command_line(how)}});
}

std::string merge_script(const Context& context, const ArrayJob& job) {
  std::vector<std::string> words{"grade", "merge", job.results.string()};
  const std::vector<std::string> more = words_of(job.report);
  words.insert(words.end(), more.begin(), more.end());
  return beginning_of(context) + own_command(context, words) + "\n";
}

// The number of the job.
std::string sbatch(const std::vector<std::string>& options, const fs::path& script) {
  ProcessOptions submit;
  submit.argv = {"sbatch", "--parsable"};
  submit.argv.insert(submit.argv.end(), options.begin(), options.end());
  submit.argv.push_back(script.string());
  const ProcessResult result = run_process(submit);
  if (!result.ok()) throw trouble("sbatch: " + trim(result.err.empty() ? ending(result) : result.err));
  const std::string job = trim(result.out);
  return job.substr(0, job.find(';'));  // "12;cluster" where there are several clusters
}

}  // namespace

void submit_array(const Context& context, const ArrayJob& job, const std::vector<std::pair<fs::path, fs::path>>& open) {
  if (!in_path("sbatch")) throw trouble("`sbatch` is not installed: Slurm is not here");
  std::string list;
  for (const auto& [submission, folder] : open) {
    fs::remove(folder / "grade.json");  // it does not hold any more
    list += submission.string() + '\0' + folder.string() + '\0';
  }
  const fs::path folder = job.results / "array", script = folder / "grade.sh", merge = folder / "merge.sh";
  const std::size_t tasks = std::min(open.size(), most_tasks);
  write_file(list_file_in(job.results), list);
  write_file(script, array_script(context, job, tasks));
  write_file(merge, merge_script(context, job));
  const std::string log = "--output=" + (folder / "task-%a.log").string();
  const std::string number =
      sbatch({fmt::format("--array=0-{}", tasks - 1), "--job-name=tito-grade-" + job.lab, log}, script);
  const std::string last = sbatch({"--dependency=afterany:" + number, "--job-name=tito-merge-" + job.lab,
                                   "--output=" + (folder / "merge.log").string()},
                                  merge);
  fmt::print(
      "job {}: {} tasks for {} submissions; job {} merges when they have ended, and {} says how it went\n"
      "When a task was stopped, give the same command again: what is graded is kept.\n",
      number, tasks, open.size(), last, (folder / "merge.log").string());
}

std::vector<fs::path> left_by_array(const fs::path& results) {
  if (!fs::exists(list_file_in(results))) return {};
  const std::vector<std::string> words = split(read_file(list_file_in(results)), '\0');
  std::vector<fs::path> left;
  for (std::size_t i = 1; i < words.size(); i += 2) {
    if (!mark_in(words[i])) left.emplace_back(words[i]);
  }
  return left;
}

}  // namespace tinytorch::tito
