#!/bin/sh
# A stub, not dCache: dccp, and the unlink and mkdir that libpdcap turns into dCache's, by the name that it is
# called by. dcap://HOST/PATH is PATH on this machine. Words and statuses are those of dccp 2.47 and of dCache's book.
# No program is run for this: with libpdcap before it, a shell finds none by PATH.
path() {
  rest=${1#*://}
  echo "/${rest#*/}"
}
fail() {
  printf 'Command failed!\nServer error message for [1]: "%s" (errno %s).\n' "$1" "$2" >&2
  exit 255
}

case "${0##*/}" in
unlink) exec /usr/bin/unlink "$(path "$1")" ;;
mkdir) exec /usr/bin/mkdir "$(path "$1")" ;;
esac

while [ $# -gt 2 ]; do shift; done
if [ "$1" = - ]; then
  to=$(path "$2")
  [ -d "${to%/*}" ] || fail "path $to not found" 10001
  [ ! -e "$to" ] || fail 'File is readOnly' 1
  cat >"$to"
else
  from=$(path "$1")
  [ -e "$from" ] || fail "path $from not found" 10001
  cat "$from"
fi
