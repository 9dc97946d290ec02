#!/bin/sh
# Runs every test: with the race detector where that is possible, and without it where a whole Temporal server would have
# to be compiled for it. The last lines are go test's own verdicts on every package.
set -u
cd "$(dirname "$0")/.." || exit 1

# The race detector is the one thing that needs a C compiler.
ensure_compiler() {
	compiler=$(go env CC)
	if command -v "${compiler%% *}" >/dev/null 2>&1; then return 0; fi
	if [ "$(id -u)" = 0 ]; then
		echo "==> no C compiler, which the race detector needs: installing one"
		if command -v apt-get >/dev/null 2>&1; then
			DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
				DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends gcc libc6-dev >/dev/null && return 0
		elif command -v dnf >/dev/null 2>&1; then
			dnf -q install -y gcc glibc-devel && return 0
		fi
	fi
	echo "The race detector needs a C compiler: install gcc (\"apt-get install gcc libc6-dev\") and run this again." >&2
	return 1
}

# Every package with tests, and "server" behind those whose test binary links the Temporal server, or builds the program
# that does.
packages() {
	listed=$(CGO_ENABLED=0 go list -test \
		-f '{{.ImportPath}}{{range .Deps}}{{if eq . "go.temporal.io/server/temporal"}} server{{end}}{{end}}' ./...) || return 1
	echo "$listed" | awk '$1 ~ /\.test$/ {
		sub(/\.test$/, "", $1)
		print $1, ($1 ~ /\/wholeprogram$/ ? "server" : $2)
	}'
}

results=$(mktemp) || exit 1
trap 'rm -f "$results"' EXIT
status=0
times=""

# phase NAME COMMAND... shows a run of go test as it happens and keeps its verdicts and its time.
phase() {
	name=$1
	shift
	echo "==> $name"
	begin=$(date +%s)
	{ "$@" 2>&1; echo "$?" >"$results.status"; } | tee "$results.out"
	if [ "$(cat "$results.status")" != 0 ]; then status=1; fi
	seconds=$(($(date +%s) - begin))
	times="$times
$(printf '%4dm%02ds  %s' $((seconds / 60)) $((seconds % 60)) "$name")"
	grep -E '^(ok|FAIL|---|panic:)[[:space:]]' "$results.out" >>"$results"
	rm -f "$results.out" "$results.status"
}

echo "==> fetching modules and sorting packages"
all=$(packages) || exit 1
light=$(echo "$all" | awk '$2 == "" { print $1 }')
heavy=$(echo "$all" | awk '$2 != "" { print $1 }')
ensure_compiler || exit 1

if [ -n "$light" ]; then
	# shellcheck disable=SC2086 # package paths have no spaces
	phase "tests with the race detector" env CGO_ENABLED=1 go test -race -shuffle=on -timeout 15m $light
fi
if [ -n "$heavy" ]; then
	echo "==> the next build compiles a Temporal server, which takes some minutes the first time"
	# One at a time: each runs a whole installation.
	# shellcheck disable=SC2086
	phase "whole-program tests" env CGO_ENABLED=0 go test -p 1 -shuffle=on -timeout 20m $heavy
fi

echo
echo "==> time taken, builds included$times"
echo
cat "$results"
exit $status
