#!/bin/sh
# What the shell of POSIX has, oddly laid out.
A=1;B=2
C="a \
b"
D=`date`
: "${E:=1}"
spread()
{
	F=1
	f2 ()
	{
		:
	}
}
if [ -z "$A" ]
then
  G=1
  cond () { echo
  }
fi
export H I=2
readonly J K="x"
. ./lib
. "${A}/b"
set -- "$@" x=1
test "$x" = y=1
for k in a=1 b=2; do :; done
case "$1" in
  (start) start () { :; } ;;
  stop)
    stop () (
      exit 1
    )
    ;;
esac
L='multi
line=1
no() { :; }'
M=$((1 + 2)) N=${O:-"$(echo })"}
cat << "END" << 'OTHER'
P=1
END
Q=1
OTHER
R=a\ b
S=~/x:T=1
{ U=1
}
V= W=
X=$(cat <<Y
Z=1
Y
)
env a=1 b=2 sh -c 'c=3'
last=1
