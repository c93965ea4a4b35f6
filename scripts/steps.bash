# Sourced by check and test: run named steps one after another, go on after a failure, and tell at the end which
# failed. A step's output is shown as it comes only when it fails, or always with VERBOSE=1.

steps_failed=()
steps_passed=0
steps_log=$(mktemp)

# step NAME COMMAND… runs one command and prints one line about it.
step() {
  local name=$1 start=$SECONDS code=0
  shift
  if [[ -n ${VERBOSE:-} ]]; then
    "$@" 2>&1 | tee "$steps_log" || code=$?
  else
    "$@" >"$steps_log" 2>&1 || code=$?
  fi
  if ((code == 0)); then
    steps_passed=$((steps_passed + 1))
    printf 'ok    %-36s %4ds\n' "$name" $((SECONDS - start))
    grep -E '^(warning|note):' "$steps_log" | sed 's/^/      /' || true
    return 0
  fi
  steps_failed+=("$name")
  printf 'FAIL  %-36s %4ds\n' "$name" $((SECONDS - start))
  [[ -n ${VERBOSE:-} ]] || tail -n 200 "$steps_log" | sed 's/^/      /'
}

# steps_end TITLE prints which steps failed; its status is the script's.
steps_end() {
  rm -f "$steps_log"
  if ((${#steps_failed[@]} > 0)); then
    printf '%s: %d of %d steps failed:\n' "$1" ${#steps_failed[@]} $((${#steps_failed[@]} + steps_passed))
    printf '  %s\n' "${steps_failed[@]}"
    return 1
  fi
  printf '%s: all %d steps passed\n' "$1" "$steps_passed"
}
