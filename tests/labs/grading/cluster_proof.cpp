// The job array, on a cluster of one node that this test starts.
#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"
#include "tests/labs/grading/small_class.hpp"
#include "tests/labs/proofs.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

constexpr const char* slurm_conf = R"(ClusterName=tito
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={home}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
SlurmctldPort={control_port}
SlurmdPort={node_port}
StateSaveLocation={home}/state
SlurmdSpoolDir={home}/spool
SlurmctldPidFile={home}/slurmctld.pid
SlurmdPidFile={home}/slurmd.pid
SlurmctldLogFile={home}/slurmctld.log
SlurmdLogFile={home}/slurmd.log
ReturnToService=2
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
)";

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  const std::string whole = name.data();
  return whole.substr(0, whole.find('.'));
}

// munge, the controller and the node, in a folder of their own. They end with this object.
class OneNode {
 public:
  OneNode() {
    ::chmod(home_.path().c_str(), 0755);  // munge asks for it
    const int port = 20000 + static_cast<int>(::getpid() % 20000) / 2 * 2;
    const std::string home = home_.path().string();
    conf_ = home_.write("slurm.conf", fill_in(slurm_conf, {{"host", host_name()},
                                                           {"home", home},
                                                           {"control_port", std::to_string(port)},
                                                           {"node_port", std::to_string(port + 1)}}));
    fs::create_directory(home_.path() / "state");
    fs::create_directory(home_.path() / "spool");
    ::chmod(home_.write("key", std::string(128, 'k')).c_str(), 0600);
    start(
        fmt::format("munged --force --foreground --socket={0}/munge.socket --key-file={0}/key "
                    "--pid-file={0}/munged.pid --log-file={0}/munged.log --seed-file={0}/seed",
                    home));
    wait_until([&] { return fs::exists(home_.path() / "munge.socket"); });
    start("slurmctld -D");
    start("slurmd -D");
    ready_ = wait_until([&] { return told({"sinfo", "--noheader", "--format=%t"}) == "idle\n"; });
  }
  ~OneNode() {
    told({"scancel", "--user=root"});
    wait_until([&] { return told({"squeue", "--noheader"}).empty(); });
  }
  OneNode(const OneNode&) = delete;
  OneNode& operator=(const OneNode&) = delete;

  bool ready() const { return ready_; }
  const fs::path& conf() const { return conf_; }

  /// What a command of Slurm prints.
  std::string told(const std::vector<std::string>& words) const {
    ProcessOptions options;
    options.argv = words;
    options.environment = {"SLURM_CONF=" + conf_.string()};
    return run_process(options).out;
  }

  /// Asks again and again. False when it does not come true for ten minutes.
  template <class Condition>
  static bool wait_until(const Condition& holds) {
    for (int i = 0; i < 6000; ++i) {
      if (holds()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  }

 private:
  void start(const std::string& command) {
    ProcessOptions options;
    options.argv = {"sh", "-c", "exec " + command + " >/dev/null 2>&1"};
    options.environment = {"SLURM_CONF=" + conf_.string()};
    daemons_.push_back(std::make_unique<Child>(options));
  }

  TemporaryFolder home_;
  fs::path conf_;
  std::vector<std::unique_ptr<Child>> daemons_;
  bool ready_ = false;
};

Told tell_with(const Context& context, const OneNode& node, std::vector<std::string> words) {
  ProcessOptions options = tito_command(context, words, 600);
  options.environment.push_back("SLURM_CONF=" + node.conf().string());
  const ProcessResult result = run_process(options);
  return {result.timed_out() ? -1 : result.status, result.out};
}

// "12" of "job 12: 7 tasks".
std::string job_of(const Told& told) {
  const std::size_t at = told.text.find("job ");
  return at == std::string::npos ? "" : told.text.substr(at + 4, told.text.find(':', at) - at - 4);
}

}  // namespace

void prove_cluster(const Context& context) {
  for (const char* program : {"munged", "slurmctld", "slurmd", "sbatch"}) {
    if (!in_path(program)) GTEST_SKIP() << program << " is not installed: the job array is not tried";
  }
  if (::geteuid() != 0) GTEST_SKIP() << "only root starts a cluster: the job array is not tried";
  if (!walls_can_be_built()) GTEST_SKIP() << "no walls can be built here";
  const SmallClass small(context);
  const fs::path whole = small.results("whole"), cluster = small.results("cluster");
  const Told all = tell_tito(context, grade_words(small, whole));
  ASSERT_EQ(all.code, 0) << all.text;
  fs::create_directories(cluster);
  fs::copy_file(whole / "secret", cluster / "secret");
  const OneNode node;
  if (!node.ready()) GTEST_SKIP() << "Slurm does not start here: the job array is not tried";
  std::vector<std::string> words = grade_words(small, cluster);
  words.emplace_back("--slurm");

  const auto idle = [&] { return node.told({"squeue", "--noheader"}).empty(); };
  const Told first = tell_with(context, node, words);
  ASSERT_EQ(first.code, 0) << first.text;
  const std::string job = job_of(first);
  // The last task has not ended yet: there are more tasks than processors.
  node.told({"scancel", "--full", "--signal=KILL", job + "_0"});
  node.told({"scancel", fmt::format("{}_{}", job, small.entries().size() - 1)});
  ASSERT_TRUE(OneNode::wait_until(idle));
  EXPECT_NE(read_file(cluster / "array" / "merge.log").find("no mark yet"), std::string::npos);

  const Told second = tell_with(context, node, words);
  ASSERT_EQ(second.code, 0) << second.text;
  EXPECT_TRUE(second.says("have a mark that still holds")) << second.text;
  ASSERT_TRUE(OneNode::wait_until(idle));
  EXPECT_EQ(read_file(cluster / "array" / "merge.log").find("no mark yet"), std::string::npos)
      << read_file(cluster / "array" / "merge.log");
  EXPECT_EQ(read_file(cluster / "grades.csv"), read_file(whole / "grades.csv"));
}

}  // namespace tinytorch::tito
