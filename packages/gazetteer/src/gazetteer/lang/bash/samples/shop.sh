#!/usr/bin/env bash
# Sells things.
# Twice.

set -euo pipefail

source ./lib.sh
. "$HERE/other.sh"
[ -f extra.sh ] && . extra.sh

readonly LIMIT=10
export PATH="$PATH:/opt" EDITOR
declare -r KIND="function fake() { :; }"
declare -x -i NUMBER=1
declare -a LIST=(a b)
PLAIN=value
export PLAIN
typeset -f
LIST+=(c)
TEMP=1 command run
alias ll='ls -l' la="ls -a"

# Sells one.
sell() {
  local inside=1
  GLOBAL=2
  cat <<EOF
in_heredoc() { :; }
EOF
  echo 'in_string() { :; }'
}

function buy { :; }
function take() (
  nested() { :; }
)

if true; then
  conditional() { :; }
  CONDITIONAL=1
fi
# commented() { :; }
sell "$@"
