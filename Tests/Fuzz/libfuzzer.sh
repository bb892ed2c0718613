#!/bin/sh
# The same readers under libFuzzer, which sees what an input reached and goes on from there. For hours, and by hand: the
# seeded fuzzer is what `make check` runs. It wants the objects of `make fuzz`.
#
#     libfuzzer.sh TARGET [OPTIONS OF LIBFUZZER]
set -eu

target=$1
shift
cd "$(dirname "$0")/../.."
build=${BUILD_FOLDER:-.build}
work=$build/libfuzzer
mkdir -p "$work/sources" "$work/corpus/$target"

# One module of our own sources, so that all of them are instrumented; what they import of each other falls away.
for folder in Sources/Wire Sources/Sync Sources/Ledger Tests/Support/Fuzzing Tests/Fuzz/LibFuzzer; do
    find "$folder" -name '*.swift' | while read -r file; do
        copy=$work/sources/$(echo "$file" | tr / -)
        sed -E '/^(public )?import (Wire|Sync|Ledger)$/d' "$file" >"$work/copy"
        # One that is as it was keeps its time, and what was built of it is still good.
        cmp -s "$work/copy" "$copy" || mv "$work/copy" "$copy"
    done
done
for module in NIOCore NIOConcurrencyHelpers _NIODataStructures _NIOBase64 Atomics _AtomicsShims CNIOAtomics CNIOLinux \
    CNIODarwin CNIOWindows CNIOWASI CNIOOpenBSD CNIOFreeBSD DequeModule InternalCollectionsUtilities ContainersPreview; do
    find -L "$build/release/$module.build" -name '*.o' 2>/dev/null
done | sed 's/.*/"&"/' >"$work/objects"
# shellcheck disable=SC2046 # one word each
[ -x "$work/fuzzer" ] && [ -z "$(find "$work/sources" -newer "$work/fuzzer")" ] || "${SWIFTC:-swiftc}" -swift-version 6 -module-name Readers -O -parse-as-library \
    -sanitize=fuzzer -I "$build/release/Modules" \
    $(find -L "$build/release" -maxdepth 2 -path '*/CNIO*.build/module.modulemap' | sed 's/^/-Xcc -fmodule-map-file=/') \
    $(find "$build/checkouts" -maxdepth 4 -path '*/Sources/*/include' | grep -vi boring | sed 's/^/-Xcc -I/') \
    "$work"/sources/*.swift "@$work/objects" -o "$work/fuzzer"
FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no exec "$work/fuzzer" -rss_limit_mb=1024 -timeout=5 -artifact_prefix="$work/" "$@" \
    "$work/corpus/$target" "Tests/Fuzz/Corpus/$target"
