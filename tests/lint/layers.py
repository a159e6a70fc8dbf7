# SPDX-License-Identifier: LGPL-2.1-or-later
"""layers - who may include whom: the table of docs/architecture.rst, checked

The longest matching folder rules.  A header in "..." is one of ours, looked up from src; of the
libraries only those that a layer names may be used (libc and GLib are everybody's).
"""
import os
import re
from typing import Iterator, NamedTuple

import common
from common import Snippet


class Layer(NamedTuple):
    folder: str
    ours: list[str]  # folders of src it may include; '!' before one: not that
    libraries: list[str]


DRIVER = ["util", "rpc", "!rpc/client", "!rpc/server", "drivers/conf", "drivers/common"]
LIBRARIES = {  # how a library shows in an #include <...>
    "libxml/": "libxml2", "json-c/": "json-c", "json.h": "json-c", "netlink/": "libnl",
    "systemd/": "libsystemd", "gnutls/": "gnutls", "polkit/": "polkit", "libudev.h": "libudev",
    "rpc/xdr.h": "libtirpc", "rpc/types.h": "libtirpc", "rpc/rpc.h": "libtirpc",
}
UTIL_LIBRARIES = ["libxml2", "json-c", "libnl", "libsystemd", "gnutls"]
LAYERS = [
    Layer("include", [], []),
    Layer("src/util", ["util"], UTIL_LIBRARIES),
    Layer("src/rpc", ["util", "rpc", "!rpc/client", "!rpc/server"], ["libtirpc", "gnutls"]),
    # The library carries the drivers that work in-process: it alone may know drivers/test.
    Layer("src/rpc/client", ["util", "rpc", "!rpc/server", "drivers/test"], ["libtirpc", "gnutls", "libxml2"]),
    Layer("src/rpc/server", ["util", "rpc", "!rpc/client"], ["libtirpc", "gnutls", "libsystemd"]),
    Layer("src/rpc/server/acl", ["util", "rpc", "!rpc/client"], ["libsystemd", "polkit"]),
    Layer("src/drivers/conf", ["util", "drivers/conf"], ["libxml2"]),
    Layer("src/drivers/common", ["util", "rpc", "!rpc/client", "!rpc/server", "drivers/conf", "drivers/common"],
          ["libxml2"]),
    Layer("src/drivers", DRIVER, ["json-c", "libxml2", "libudev", "libnl"]),
    # In other people's processes.
    Layer("src/nss", [], ["json-c"]),
    Layer("daemons", [""], ["libsystemd", "gnutls", "polkit"]),
    Layer("tests", [""], sorted(set(LIBRARIES.values()))),
]


def layer_of(path: str) -> Layer:
    return max((layer for layer in LAYERS if path.startswith(layer.folder + "/")),
               key=lambda layer: len(layer.folder))


def may_include(path: str, layer: Layer, header: str) -> bool:
    driver = re.match(r"src/(drivers/[^/]+)/", path)
    allowed = layer.ours + ([driver.group(1)] if driver else [])
    if "" in allowed or "/" not in header:
        return True  # wiring, or a neighbour in the same folder
    match = max((rule for rule in allowed if header.startswith(rule.lstrip("!") + "/")),
                key=lambda rule: len(rule.lstrip("!")), default="!")
    return not match.startswith("!")


def check(path: str, text: str) -> Iterator[str]:
    layer = layer_of(path)
    # Not code_only: it would blank the names of the headers.
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not found:
            continue
        kind, header = found.groups()
        if kind == '"':
            relative = os.path.normpath(os.path.join(os.path.dirname(path), header))
            if header.startswith("."):
                header = os.path.relpath(relative, "src")
            if not may_include(path, layer, header):
                yield f"{path}:{number}: {layer.folder} may not include \"{header}\""
        else:
            library = next((name for start, name in LIBRARIES.items() if header.startswith(start)), None)
            if library and library not in layer.libraries:
                yield f"{path}:{number}: {layer.folder} may not use {library} (<{header}>)"


SNIPPETS = [
    Snippet("src/util/a.c", '#include "rpc/wire.h"\n', 'src/util may not include "rpc/wire.h"'),
    Snippet("src/util/a.c", '#include "util/b.h"\n#include "b.h"\n#include <glib.h>\n', ""),
    Snippet("src/util/a.c", "#include <rpc/xdr.h>\n", "may not use libtirpc"),
    Snippet("src/rpc/a.c", '#include "rpc/server/server.h"\n', "may not include"),
    Snippet("src/rpc/server/a.c", '#include "rpc/client/link.h"\n', "may not include"),
    Snippet("src/rpc/server/a.c", "#include <polkit/polkit.h>\n", "may not use polkit"),
    Snippet("src/rpc/server/acl/a.c", "#include <polkit/polkit.h>\n", ""),
    Snippet("src/drivers/conf/a.c", '#include "rpc/method.h"\n', "may not include"),
    Snippet("src/drivers/qemu/a.c", '#include "drivers/network/network.h"\n', "may not include"),
    Snippet("src/drivers/qemu/qmp/a.c", '#include "drivers/qemu/caps/caps.h"\n', ""),
    Snippet("src/drivers/qemu/a.c", '#include "../network/network.h"\n', "may not include"),
    Snippet("src/drivers/qemu/a.c", '#include "rpc/client/remote.h"\n', "may not include"),
    Snippet("daemons/a.c", '#include "drivers/qemu/driver.h"\n', ""),
]

if __name__ == "__main__":
    folders = tuple(layer.folder + "/" for layer in LAYERS)
    common.exit_with(common.main(check, SNIPPETS, [path for path in common.sources(".c", ".h")
                                                   if path.startswith(folders)]))
