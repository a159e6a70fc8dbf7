# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every method of python3-libvirt against the test driver: see methods.py for the count."""
import sys

from rig import case, main, skip_all

try:
    import libvirt
except ImportError as error:
    skip_all(f'no libvirt bindings that fit: {error}')
import methods  # before the cases bind anything

import py_events
import py_guest
import py_host
import py_others

modules = [py_host, py_guest, py_others, py_events]
conn = py_host.begin()
for module in modules:
    module.conn = conn


if py_host.LOCAL:
    # The connection of an in-process driver is nobody else's, and needs no life signs.
    methods.ANSWERS.update({'virConnect.setIdentity': {libvirt.VIR_ERR_NO_SUPPORT},
                            'virConnect.setKeepAlive': {libvirt.VIR_ERR_NO_SUPPORT}})


@case('no method is left out')
def _() -> None:
    wrong = methods.unaccounted()
    print(f'# {len(methods.worked & methods.every)} of {len(methods.every)} methods worked')
    assert not wrong, '\n'.join(wrong)


if __name__ == '__main__':
    main()
