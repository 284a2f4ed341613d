#!/usr/bin/env bash
# Everything that a script declares.
set -euo pipefail

readonly ROOT="$(cd "$(dirname "$0")" && pwd)" VERSION=1.2
export PATH=/opt/bin:$PATH EDITOR
declare -a LIST=(one two "class three")
declare -A MAP=([a]=1 [b]="function no() {}")
declare -rx FIXED=1
declare -i count=0 other
typeset -r TYPED=2
local outside=1
plain=1
first=1 second=2
third="$(inner() { :; }; inner)"
appended+=more
LIST[3]=four
MAP[c]=5
unset plain
export plain
export -n EDITOR
declare -f helper
declare -p LIST
export -f helper
later=1; readonly later
if_prefix=1 command --with this
IFS=$'\n' read -r line <<< "$text"

source ./lib.sh
. "$ROOT/other.sh" argument
. /etc/profile
[[ -f ~/.x ]] && source ~/.x
source "lib/$(uname).sh" || . 'quoted file.sh'

alias ll='ls -l' la="ls -a"
alias -p
alias ..='cd ..'

helper() { local here=1; echo "$1"; }
function keyword { inside=1; nested() { :; }; alias in_function=x; }
function both() { :; }
subshell() ( cd / && pwd )
one_line() { echo; }; two_line() { echo; }
test_body() [[ -n $1 ]]
loop_body() for x in 1 2; do echo "$x"; done
redirected() { cat; } < /dev/null > "$ROOT/out" 2>&1
with-dash() { :; }
with.dot() { :; }
with:colon() { :; }
_under() { :; }
if true; then conditional() { :; }; in_if=1; elif false; then in_elif=1; else in_else=1; fi
case $1 in a) in_case=1 ;; b|c) case_function() { :; } ;; *) ;; esac
for i in 1 2; do in_for=1; done
for ((n = 0; n < 3; n++)); do in_c_for=1; done
while read -r l; do in_while=1; done < file
until true; do in_until=1; done
select s in a b; do in_select=1; break; done
{ in_group=1; group_function() { :; }; }
( in_subshell=1; sub_function() { :; } )
! negated=1
coproc NAME { in_coproc=1; }
time timed=1
background=1 &
piped=1 | cat
a=1 && b=2 || c=3
(( arithmetic = 1 ))
let letter=1
cat <<EOF_TEXT
function in_heredoc() { :; }
also=1
$(substituted() { :; })
EOF_TEXT
cat <<-'RAW' > file
	raw() { :; }
	RAW
echo "in_string() { :; }" 'source no.sh' # source comment.sh
# commented() { :; }
: <<'BLOCK'
blocked() { :; }
BLOCK
trap 'trapped() { :; }' EXIT
eval "evaluated=1"
