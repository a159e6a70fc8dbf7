# SPDX-License-Identifier: LGPL-2.1-or-later
"""methods - keeps count of which methods of python3-libvirt have worked, and how the others failed

Every public method of every class is wrapped when this is imported; nothing is known of them but what
Python says.  @ANSWERS is the table of those that may not have worked at the end.
"""
from __future__ import annotations

import functools
import inspect
from typing import Any, Callable, Union

import libvirt

worked: set[str] = set()
failed: dict[str, set[int]] = {}
every: set[str] = set()

# What the test driver does not serve (upstream's has no secrets either): tried, and refused with VIR_ERR_NO_SUPPORT.
UNSERVED = """
virConnect.allocPages virConnect.baselineHypervisorCPU virConnect.compareCPU virConnect.compareHypervisorCPU
virConnect.domainXMLFromNative virConnect.domainXMLToNative virConnect.getMemoryParameters
virConnect.getMemoryStats virConnect.getSEVInfo virConnect.getStoragePoolCapabilities
virConnect.listAllNWFilterBindings virConnect.listAllNWFilters
virConnect.listNWFilters virConnect.nodeDeviceDefineXML
virConnect.nodeDeviceLookupSCSIHostByWWN virConnect.numOfNWFilters
virConnect.nwfilterBindingCreateXML virConnect.nwfilterBindingLookupByPortDev virConnect.nwfilterDefineXML
virConnect.nwfilterDefineXMLFlags virConnect.nwfilterLookupByName virConnect.nwfilterLookupByUUID
virConnect.nwfilterLookupByUUIDString virConnect.restoreParams

virConnect.setMemoryParameters virConnect.suspendForDuration virDomain.FDAssociate virDomain.abortJob
virDomain.abortJobFlags virDomain.agentSetResponseTimeout virDomain.authorizedSSHKeysGet
virDomain.authorizedSSHKeysSet virDomain.backupBegin virDomain.backupGetXMLDesc virDomain.blockCommit
virDomain.blockCopy virDomain.blockJobAbort virDomain.blockJobInfo virDomain.blockJobSetSpeed
virDomain.blockPeek virDomain.blockPull virDomain.blockRebase virDomain.blockResize virDomain.blockStatsFlags
virDomain.guestInfo virDomain.jobInfo virDomain.jobStats virDomain.managedSaveDefineXML
virDomain.managedSaveGetXMLDesc virDomain.migrate virDomain.migrate2 virDomain.migrate3
virDomain.migrateGetMaxSpeed virDomain.migrateSetCompressionCache virDomain.migrateSetMaxDowntime
virDomain.migrateSetMaxSpeed virDomain.migrateStartPostCopy virDomain.openChannel virDomain.openConsole
virDomain.openGraphicsFD virDomain.pMSuspendForDuration virDomain.pMWakeup virDomain.saveParams
virDomain.securityLabelList virDomain.setBlockThreshold virDomain.setGuestVcpus virDomain.setLaunchSecurityState
virDomain.setVcpu virDomain.startDirtyRateCalc virNetwork.DHCPLeases virNodeDevice.autostart
virNodeDevice.create virNodeDevice.detachFlags virNodeDevice.dettach virNodeDevice.reAttach virNodeDevice.reset
virNodeDevice.setAutostart virNodeDevice.undefine virStorageVol.download virStorageVol.resize
virStorageVol.upload virStorageVol.wipe virStorageVol.wipePattern
""".split()
# What has not worked, with the codes of its failures or why it was not called.
ANSWERS: dict[str, Union[set[int], str]] = {
    **{name: {libvirt.VIR_ERR_NO_SUPPORT} for name in UNSERVED},
    **{f'virDomain.{name}': {libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED}  # the client finds that the driver cannot
       for name in ('migrateToURI', 'migrateToURI2', 'migrateToURI3')},
    'virDomain.openGraphics': {libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_INVALID_ARG},
}
# Bulk data wants volumes that have some: tests/integration has them.
STORAGE = 'see tests/integration/test-streams.py'
for name in ('send', 'sendAll', 'sendHole', 'recvHole', 'recvFlags', 'sparseSendAll', 'sparseRecvAll'):
    ANSWERS[f'virStream.{name}'] = STORAGE
ADDRESS = 'c_pointer'  # an address in this process, for other C modules
# There is no such object to call them on.
NO_OBJECT = ('virNWFilter', 'virNWFilterBinding')


def record(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **more: Any) -> Any:
        try:
            result = function(*args, **more)
        except libvirt.libvirtError as error:
            failed.setdefault(name, set()).add(error.get_error_code())
            raise
        worked.add(name)
        return result
    return wrapper


def is_method(name: str, value: object) -> bool:
    """Not what only Python's side knows: dispatchers of callbacks, and those that bear C names."""
    return inspect.isfunction(value) and not name.startswith(('_', 'virConn'))


for cls_name, cls in inspect.getmembers(libvirt, inspect.isclass):
    if cls_name.startswith('vir') and cls_name != 'virEventHandle':
        for method, body in list(vars(cls).items()):
            if is_method(method, body) and method != ADDRESS and cls_name not in NO_OBJECT:
                every.add(f'{cls_name}.{method}')
                setattr(cls, method, record(f'{cls_name}.{method}', body))


def unaccounted() -> list[str]:
    """What is wrong with the count, as sentences."""
    wrong = []
    for name in sorted(every):
        answer = ANSWERS.get(name)
        if answer is None and name not in worked:
            wrong.append(f'{name} has not worked; it failed with {sorted(failed.get(name, set())) or "nothing: never called"}')
        elif answer is not None and name in worked:
            wrong.append(f'{name} works, though the table says otherwise')
        elif isinstance(answer, set) and failed.get(name) != answer:
            wrong.append(f'{name} must fail with {answer}, but failed with {sorted(failed.get(name, set()))}')
    return wrong + [f'{name} is in the table, but not in the bindings' for name in sorted(set(ANSWERS) - every)]
