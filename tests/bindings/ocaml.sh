#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# ocaml.sh - test_ocaml.ml, compiled to bytecode by the compiler that scripts/deps has unpacked, and run
set -eu
deps=$1
here=$(cd "$(dirname "$0")" && pwd)
if [ ! -x "$deps/ocaml/usr/bin/ocamlc.opt" ] || [ ! -e /usr/lib/ocaml/stublibs/dllmllibvirt.so ]; then
    echo "1..0 # SKIP OCaml and its bindings are not there: run scripts/deps"
    exit 0
fi
export OCAMLLIB="$deps/ocaml/usr/lib/ocaml"
export CAML_LD_LIBRARY_PATH=/usr/lib/ocaml/stublibs
cp "$here/test_ocaml.ml" "$TEST_DIR"
(cd "$TEST_DIR" && LD_PRELOAD='' "$deps/ocaml/usr/bin/ocamlc.opt" -I "$deps/libvirt-ocaml-dev/usr/lib/ocaml/libvirt" \
    mllibvirt.cma test_ocaml.ml -o test_ocaml)
exec /usr/bin/ocamlrun "$TEST_DIR/test_ocaml"
