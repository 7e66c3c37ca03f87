#!/bin/sh
# Runs `./tito check` beside one spinning process per core, ten times or as often as the first argument says.
#   tests/repository/busy.sh [TIMES]
# Prints a line for each run; ends with 0 when every run passed.
set -u
cd "$(dirname "$0")/../.." || exit 2
times=${1:-10}
log=build/busy.log
spinning=

stop() {
  # shellcheck disable=SC2086  # one word for each process
  [ -z "$spinning" ] || kill $spinning 2>/dev/null
}
trap stop EXIT
trap 'exit 130' INT TERM

for core in $(seq "$(nproc)"); do
  sh -c 'while :; do :; done' &
  spinning="$spinning $!"
done

passed=0
for run in $(seq "$times"); do
  begin=$(date +%s)
  if ./tito check >"$log" 2>&1; then passed=$((passed + 1)); fi
  echo "run $run of $times beside $core spinning processes: $(tail -n 1 "$log"), $(($(date +%s) - begin)) s"
done
echo "$passed of $times passed"
[ "$passed" -eq "$times" ]
