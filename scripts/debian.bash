# Sourced by test and bench: installs what they need, on Debian and as root.

# Debian starts a service when it installs it; a machine that runs tests should not open an SSH server to the world.
install_quietly() {
  local policy=/usr/sbin/policy-rc.d made='' code=0
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" || return
    made=yes
  fi
  apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" </dev/null || code=$?
  [[ -z $made ]] || rm -f "$policy"
  return "$code"
}
