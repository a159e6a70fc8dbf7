#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run the gated families of the corpus and compare what fails with known-gaps.tsv.

Arguments: virt-corpus-tool.  The corpus is the folder in VIRT_CORPUS, else shared/corpus
beside the project; without it the test is skipped.  A gap that passes now is an error too: the list must stay true.
"""
from __future__ import annotations

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
GATED = ('qemu-firmware', 'qemu-vhostuser', 'domain-xml2xml', 'domain-xml-stable', 'domain-active2xml', 'domain-xml2args',
         'qemu-memlock', 'qemu-hotplug', 'selinux-label',
         'network-xml2xml', 'network-port-xml2xml', 'generic-xml2xml', 'domain-status', 'storage-pool-xml2xml',
         'storage-vol-xml2xml', 'secret-xml2xml', 'nodedev-xml2xml', 'interface-xml2xml',
         'uri', 'lxc-xml2xml', 'lxc-conf2xml', 'ch-xml2xml', 'bhyve-xml2xml', 'bhyve-xml2args', 'bhyve-args2xml',
         'nwfilter-xml2xml', 'nwfilter-binding-xml2xml', 'nwfilter-xml2firewall',
         'network-xml2conf', 'network-xml2firewall', 'network-update', 'net-bandwidth',
         'storage-pool-xml2args', 'storage-vol-xml2args', 'conf-roundtrip', 'json',
         'domain-snapshot', 'domain-checkpoint', 'domain-backup', 'migration-cookie', 'migration-params',
         'storage-pool-caps', 'gluster-pool-sources', 'backing-store-parse', 'qemu-block-json2json',
         'qemu-block-source-roundtrip', 'storage-probe',
         'qemu-block-disk', 'qemu-block-create', 'qemu-block-bitmaps', 'qemu-nbdkit',
         'host-caps', 'host-cpuinfo', 'host-sysinfo', 'host-cgroup', 'host-process-stat', 'host-iort', 'host-pci',
         'qemu-caps', 'qemu-caps-guest', 'domain-caps',
         'cpu-cpuid', 'cpu-signature', 'cpu-qemu-model', 'cpu-compare', 'cpu-update', 'cpu-guest', 'cpu-baseline',
         'cpu-feature', 'qemu-monitor', 'qemu-hotplug-cpu',
         'mac-map', 'nss-lookup', 'ovs-stats', 'nodedev-mdevctl', 'netdaemon-restart', 'vmware-version', 'vmx2xml', 'xml2vmx',
         'xl2xml', 'xml2xl', 'xm2xml', 'xml2xm', 'xml2libxl',
         'openvz-conf2xml', 'vbox-snapshot')


def known_gaps() -> set[str]:
    with open(os.path.join(HERE, 'known-gaps.tsv'), encoding='utf-8') as f:
        return {line.split('\t')[0] for line in f if line.strip() and not line.startswith('#')}


def main(tool: str) -> int:
    corpus = os.environ.get('VIRT_CORPUS') or os.path.join(HERE, '../../../shared/corpus')
    if not os.path.exists(os.path.join(corpus, 'score')):
        print(f'1..0 # SKIP no corpus at {os.path.normpath(corpus)}; VIRT_CORPUS can name another place')
        return 0
    gaps = known_gaps()
    failed = 0
    print(f'1..{len(GATED)}')
    for n, family in enumerate(GATED, 1):
        r = subprocess.run([os.path.join(corpus, 'score'), '--batch', family, tool, 'batch'], capture_output=True,
                           text=True, check=False)
        bad = {m[1]: m[2] for m in re.finditer(r'^FAIL (\S+): (.*)$', r.stdout, re.M)}
        total = re.search(r'passed \d+ of \d+$', r.stdout)
        problems = [f'{case}: {why}' for case, why in bad.items() if case not in gaps]
        problems += [f'{case} passes now; take it off known-gaps.tsv' for case in gaps
                     if case.startswith(family + '/') and case not in bad]
        if not total:
            problems.append(f'no result: {r.stdout[-200:]}{r.stderr[-200:]}')
        failed += bool(problems)
        print(f'{"not ok" if problems else "ok"} {n} {family} {total[0] if total else ""}'
              + ''.join(f'\n# {p}' for p in problems))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
