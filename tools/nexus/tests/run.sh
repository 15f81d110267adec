#!/bin/bash
# SPDX-License-Identifier: MIT OR LGPL-2.1
# What `make check` runs: options, messages, names and pages, none of which
# needs Nexus in the kernel.  Prints TAP, exits with 1 if anything failed.
set -euo pipefail
export LC_ALL=C

cd "$(dirname "$0")/.."
O=${O:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

count=0 failed=0

check()
{
	local name=$1

	shift
	count=$((count + 1))
	if "$@" >"$work/check" 2>&1; then
		echo "ok $count - $name"
	else
		failed=$((failed + 1))
		echo "not ok $count - $name"
		sed 's/^/# /' "$work/check"
	fi
}

# run STATUS COMMAND...: it ends with that status
run()
{
	local want=$1 got=0

	shift
	"$@" >"$work/out" 2>"$work/err" || got=$?
	[ "$got" -eq "$want" ] && return
	echo "status $got"
	cat "$work/err"
	return 1
}

# shellcheck disable=SC2317 # called by check
silent()
{
	run "$@" && [ ! -s "$work/err" ]
}

# shellcheck disable=SC2317
complains()
{
	local text=$1

	shift
	run "$@" && [ ! -s "$work/out" ] && grep -qF -- "$text" "$work/err"
}

# The options of nodewatch, and what it says without a node monitor
nodewatch=$O/nodewatch
check 'nodewatch --help' silent 0 "$nodewatch" --help
check 'nodewatch --help tells' grep -q '^Usage: nodewatch' "$work/out"
check 'nodewatch --nonsense' complains 'Usage: nodewatch' 2 "$nodewatch" \
	--nonsense
check 'nodewatch' complains 'nothing to watch' 2 "$nodewatch"
check 'nodewatch --events=nonsense' complains 'unknown events: nonsense' 2 \
	"$nodewatch" --events=nonsense .
for list in '' ',' 'stat,' ',stat' sta statt; do
	check "nodewatch --events='$list'" complains 'unknown events' 2 \
		"$nodewatch" "--events=$list" .
done
for n in 0 x -1 '' 1x 99999999999999999999999; do
	check "nodewatch --count='$n'" complains 'no number of records' 2 \
		"$nodewatch" "--count=$n" .
done
check 'nodewatch -v -r' complains 'exclude each other' 2 "$nodewatch" -v -r .
check 'nodewatch -v -e directory' complains 'no such events of a volume' 2 \
	"$nodewatch" -v -e directory .
check 'nodewatch --demo .' complains 'stands alone' 2 "$nodewatch" --demo .
# The first of them that cannot work ends it where there is no node monitor.
if ! run 1 "$nodewatch" /nonexistent >/dev/null ||
	! grep -q 'no node monitor' "$work/err"; then
	check 'nodewatch --demo' run 0 "$nodewatch" --demo
	check 'nodewatch of nothing' run 1 "$nodewatch" /nonexistent
	check 'nodewatch with nowhere to write' run 1 sh -c \
		"$nodewatch --demo >/dev/full"
else
	check 'nodewatch without a node monitor' complains \
		'this kernel has no node monitor' 1 "$nodewatch" .
	check 'nodewatch --demo without a node monitor' complains \
		'this kernel has no node monitor' 1 "$nodewatch" --demo
	check 'nodewatch --mounts without a node monitor' complains \
		'this kernel has no node monitor' 1 "$nodewatch" -j --mounts
fi
if command -v man >/dev/null; then
	check 'nodewatch.1 formats without a warning' test -z "$(man \
		--warnings -E UTF-8 -l -Tutf8 -Z man/man1/nodewatch.1 2>&1 \
		>/dev/null)"
fi
while IFS= read -r line; do
	case $line in
	'ok - '*) check "nodewatch: ${line#ok - }" true ;;
	'not ok - '*) check "nodewatch: ${line#not ok - }" false ;;
	*) echo "$line" ;;
	esac
done < <("$O/tests/nodewatch_test" || echo 'not ok - nodewatch_test ends well')
if command -v jq >/dev/null; then
	"$O/tests/nodewatch_test" --json >"$work/json"
	check 'what nodewatch prints is JSON' jq -e . "$work/json"
	check 'an object a line' test "$(wc -l <"$work/json")" -gt 20 -a \
		"$(wc -l <"$work/json")" = "$(jq -c . "$work/json" | wc -l)"
	check 'each with its event' test "$(jq -r .event "$work/json" |
		sort -u | tr '\n' ' ')" = \
		'attr created ended found moved overflow removed stat '
	check 'no byte is lost' jq -es \
		'any(.name_hex == "ff0a" and .path_hex == "74686572652fff0a")' \
		"$work/json"
	check 'fields are an array' jq -es \
		'any(.fields == ["size", "modification_time"])' "$work/json"
fi

for t in listarea listport listsem listthread; do
	check "$t --help" silent 0 "$O/$t" --help
	check "$t --help tells" grep -q "^Usage: $t" "$work/out"
	check "$t -h" silent 0 "$O/$t" -h
	check "$t --nonsense" complains "Usage: $t" 2 "$O/$t" --nonsense
	for team in x 0 -1 1x '' 99999999999999999999; do
		check "$t '$team'" complains "no team id" 2 "$O/$t" -- "$team"
	done
	if [ "$t" = listarea ]; then
		check "$t -a --help tells of --all" silent 0 "$O/$t" -a --help
		check "$t -a --help has it" grep -q -- '--all' "$work/out"
	else
		check "$t --all" complains "Usage: $t" 2 "$O/$t" --all
		check "$t -a" complains "Usage: $t" 2 "$O/$t" -a
	fi
	if run 0 "$O/$t" >/dev/null; then
		for args in '' $$ "$$ 1"; do
			# shellcheck disable=SC2086 # words
			check "$t $args" silent 0 "$O/$t" $args
			# shellcheck disable=SC2086
			check "$t --json $args" silent 0 "$O/$t" --json $args
			# shellcheck disable=SC2086
			[ "$t" != listarea ] ||
				check "$t --all $args" silent 0 "$O/$t" \
					--all $args
			! command -v jq >/dev/null ||
				check "$t --json $args is JSON" jq -e . \
					"$work/out"
		done
		check "$t of no team" run 1 "$O/$t" 2147483646
		check "$t says so" grep -q 'no team 2147483646' "$work/err"
		check "$t with nowhere to write" run 1 sh -c "$O/$t >/dev/full"
	else
		check "$t without Nexus" complains 'this kernel has no Nexus' \
			1 "$O/$t"
		check "$t --json without Nexus" complains \
			'this kernel has no Nexus' 1 "$O/$t" --json $$
	fi
	page=man/man1/$t.1
	if command -v man >/dev/null; then
		check "$t.1 formats without a warning" test -z "$(man \
			--warnings -E UTF-8 -l -Tutf8 -Z $page 2>&1 >/dev/null)"
	fi
done

t=devserve
check "$t --help" silent 0 "$O/$t" --help
check "$t --help tells" grep -q "^Usage: $t" "$work/out"
check "$t --nonsense" complains "Usage: $t" 2 "$O/$t" --nonsense
check "$t without a path" complains "Usage: $t" 2 "$O/$t"
check "$t with too much" complains "Usage: $t" 2 "$O/$t" a b c
for mode in x 0700 '' 99999; do
	check "$t --mode='$mode'" complains 'no mode' 2 "$O/$t" \
		--mode="$mode" a
done
if command -v man >/dev/null; then
	check "$t.1 formats without a warning" test -z "$(man --warnings \
		-E UTF-8 -l -Tutf8 -Z man/man1/$t.1 2>&1 >/dev/null)"
fi

"$O/tests/escape_test" >"$work/escape" || true
check 'names are printed as they should' test -s "$work/escape" -a \
	"$(grep -c '^not ok' "$work/escape")" = 0
grep -A1 '^not ok' "$work/escape" || true

echo "1..$count"
echo "# $((count - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
