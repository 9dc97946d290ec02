#!/bin/sh
# Runs every check that is not a test and reports all of them, whatever the first one says. The argument is the directory
# with the pinned tools.
set -u
cd "$(dirname "$0")/.." || exit 1
tools=$1
export CGO_ENABLED=0
failed=""

# check NAME COMMAND... runs one check.
check() {
	name=$1
	shift
	echo "==> $name"
	begin=$(date +%s)
	if "$@"; then
		echo "    ok, $(($(date +%s) - begin)) s"
	else
		echo "    FAILED, $(($(date +%s) - begin)) s"
		failed="$failed $name;"
	fi
}

# gofmt_clean prints the tracked and the new files that gofmt would change.
gofmt_clean() {
	unformatted=$(git ls-files -co --exclude-standard '*.go' | while read -r file; do [ -e "$file" ] && echo "$file"; done | xargs gofmt -l)
	[ -z "$unformatted" ] || { echo "$unformatted"; return 1; }
}

check "gofmt" gofmt_clean
check "go mod tidy" go mod tidy -diff
check "generated queries (make generate)" "$tools/sqlc" diff
check "determinism of workflows" "$tools/workflowcheck" -config scripts/workflowcheck.yaml ./workflows/...
check "golangci-lint" "$tools/golangci-lint" run --allow-parallel-runners ./...

if [ -n "$failed" ]; then
	echo "lint: failed:$failed" >&2
	exit 1
fi
