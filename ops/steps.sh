# shellcheck shell=bash
# For the other scripts here: says each step in one line with its time, and shows what a step printed only where it failed.

step_log="$(mktemp)"
trap 'rm -f "$step_log"' EXIT

# step TEXT COMMAND…
step() {
  local text="$1" start end
  shift
  start="$(date +%s%N)"
  printf '%-64s' "$text"
  if "$@" >"$step_log" 2>&1; then
    end="$(date +%s%N)"
    printf '%6d.%d s\n' $(((end - start) / 1000000000)) $(((end - start) / 100000000 % 10))
  else
    local status=$?
    printf 'failed (%d)\n' "$status"
    tail -n 200 "$step_log" >&2
    return "$status"
  fi
}

# Fails where a build printed a warning of our own code. Of the compiler's driver comes one for each module that is optimised as a whole: SwiftPM asks for batch
# mode as well, always.
build_without_warnings() {
  local output
  output="$(swift build "$@" 2>&1)" || {
    printf '%s\n' "$output"
    return 1
  }
  ! grep -v "warning: ignoring '-enable-batch-mode' because" <<<"$output" | grep -B 2 -A 6 'warning: '
}

# Release builds of both programs.
build_release() {
  swift build -c release --product prowzi && swift build -c release --product prowzi-bench
}
