/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* event-callback.c - from a message's record to the callback's own arguments, one line an event. */
#define ERROR_FROM VIR_FROM_REMOTE
#include <libvirt/libvirt-qemu.h>
#include <string.h>

#include "rpc/client/params.h"
#include "rpc/client/subscribe.h"

typedef void (*Caller)(Connection *conn, void *object, const void *msg, virFreeCallback cb,
                       void *opaque);

/* A caller for an event whose record is of type Msg and whose arguments between object and opaque
 * are ... */
#define CALLER(name, Msg, Callback, Object, ...)                                                   \
    static void name(Connection *conn, void *object, const void *msg, virFreeCallback cb,          \
                     void *opaque)                                                                 \
    {                                                                                              \
        const Msg *m = msg;                                                                        \
                                                                                                   \
        (void)m;                                                                                   \
        ((Callback)(void (*)(void))cb)((virConnectPtr)conn, (Object)object, ##__VA_ARGS__,         \
                                       opaque);                                                    \
    }
#define DOMAIN(name, Msg, Callback, ...) CALLER(name, Msg, Callback, virDomainPtr, ##__VA_ARGS__)

DOMAIN(lifecycle, DomainEventCallbackLifecycleMsg, virConnectDomainEventCallback, m->msg.event,
       m->msg.detail)
DOMAIN(plain, DomainEventCallbackRebootMsg, virConnectDomainEventGenericCallback)
DOMAIN(rtc_change, DomainEventCallbackRtcChangeMsg, virConnectDomainEventRTCChangeCallback,
       m->msg.offset)
DOMAIN(watchdog, DomainEventCallbackWatchdogMsg, virConnectDomainEventWatchdogCallback,
       m->msg.action)
DOMAIN(io_error, DomainEventCallbackIoErrorMsg, virConnectDomainEventIOErrorCallback,
       m->msg.srcPath, m->msg.devAlias, m->msg.action)
DOMAIN(io_error_reason, DomainEventCallbackIoErrorReasonMsg,
       virConnectDomainEventIOErrorReasonCallback, m->msg.srcPath, m->msg.devAlias, m->msg.action,
       m->msg.reason)
DOMAIN(block_job, DomainEventCallbackBlockJobMsg, virConnectDomainEventBlockJobCallback,
       m->msg.path, m->msg.type, m->msg.status)
DOMAIN(disk_change, DomainEventCallbackDiskChangeMsg, virConnectDomainEventDiskChangeCallback,
       m->msg.oldSrcPath, m->msg.newSrcPath, m->msg.devAlias, m->msg.reason)
DOMAIN(tray_change, DomainEventCallbackTrayChangeMsg, virConnectDomainEventTrayChangeCallback,
       m->msg.devAlias, m->msg.reason)
DOMAIN(pm_wakeup, DomainEventCallbackPmwakeupMsg, virConnectDomainEventPMWakeupCallback, m->reason)
DOMAIN(pm_suspend, DomainEventCallbackPmsuspendMsg, virConnectDomainEventPMSuspendCallback,
       m->reason)
DOMAIN(pm_suspend_disk, DomainEventCallbackPmsuspendDiskMsg,
       virConnectDomainEventPMSuspendDiskCallback, m->reason)
DOMAIN(balloon_change, DomainEventCallbackBalloonChangeMsg,
       virConnectDomainEventBalloonChangeCallback, m->msg.actual)
DOMAIN(device_removed, DomainEventCallbackDeviceRemovedMsg,
       virConnectDomainEventDeviceRemovedCallback, m->msg.devAlias)
DOMAIN(block_job_2, DomainEventBlockJob2Msg, virConnectDomainEventBlockJobCallback, m->dst, m->type,
       m->status)
DOMAIN(agent_lifecycle, DomainEventCallbackAgentLifecycleMsg,
       virConnectDomainEventAgentLifecycleCallback, m->state, m->reason)
DOMAIN(device_added, DomainEventCallbackDeviceAddedMsg, virConnectDomainEventDeviceAddedCallback,
       m->devAlias)
DOMAIN(migration_iteration, DomainEventCallbackMigrationIterationMsg,
       virConnectDomainEventMigrationIterationCallback, m->iteration)
DOMAIN(device_removal_failed, DomainEventCallbackDeviceRemovalFailedMsg,
       virConnectDomainEventDeviceRemovalFailedCallback, m->devAlias)
DOMAIN(metadata_change, DomainEventCallbackMetadataChangeMsg,
       virConnectDomainEventMetadataChangeCallback, m->type, m->nsuri)
DOMAIN(block_threshold, DomainEventBlockThresholdMsg, virConnectDomainEventBlockThresholdCallback,
       m->dev, m->path, m->threshold, m->excess)
DOMAIN(memory_failure, DomainEventMemoryFailureMsg, virConnectDomainEventMemoryFailureCallback,
       m->recipient, m->action, m->flags)
DOMAIN(memory_device_size_change, DomainEventMemoryDeviceSizeChangeMsg,
       virConnectDomainEventMemoryDeviceSizeChangeCallback, m->alias, m->size)
DOMAIN(nic_mac_change, DomainEventNicMacChangeMsg, virConnectDomainEventNICMACChangeCallback,
       m->alias, m->oldMAC, m->newMAC)
DOMAIN(monitor, QemuDomainMonitorEventMsg, virConnectDomainQemuMonitorEventCallback, m->event,
       m->seconds, m->micros, m->details)
CALLER(network_lifecycle, NetworkEventLifecycleMsg, virConnectNetworkEventLifecycleCallback,
       virNetworkPtr, m->event, m->detail)
CALLER(network_metadata, NetworkEventCallbackMetadataChangeMsg,
       virConnectNetworkEventMetadataChangeCallback, virNetworkPtr, m->type, m->nsuri)
CALLER(pool_lifecycle, StoragePoolEventLifecycleMsg, virConnectStoragePoolEventLifecycleCallback,
       virStoragePoolPtr, m->event, m->detail)
CALLER(pool_refresh, StoragePoolEventRefreshMsg, virConnectStoragePoolEventGenericCallback,
       virStoragePoolPtr)
CALLER(device_lifecycle, NodeDeviceEventLifecycleMsg, virConnectNodeDeviceEventLifecycleCallback,
       virNodeDevicePtr, m->event, m->detail)
CALLER(device_update, NodeDeviceEventUpdateMsg, virConnectNodeDeviceEventGenericCallback,
       virNodeDevicePtr)
CALLER(secret_lifecycle, SecretEventLifecycleMsg, virConnectSecretEventLifecycleCallback,
       virSecretPtr, m->event, m->detail)
CALLER(secret_value, SecretEventValueChangedMsg, virConnectSecretEventGenericCallback, virSecretPtr)

static void
graphics(Connection *conn, void *object, const void *msg, virFreeCallback cb, void *opaque)
{
    const DomainEventGraphicsMsg *m = &((const DomainEventCallbackGraphicsMsg *)msg)->msg;
    virDomainEventGraphicsAddress local = { m->local.family, m->local.node, m->local.service };
    virDomainEventGraphicsAddress peer = { m->remote.family, m->remote.node, m->remote.service };
    g_autofree virDomainEventGraphicsSubjectIdentity *identities =
        g_new0(virDomainEventGraphicsSubjectIdentity, m->n_subject + 1);
    virDomainEventGraphicsSubject subject = { (int)m->n_subject, identities };

    for (uint32_t i = 0; i < m->n_subject; i++)
        identities[i] =
            (virDomainEventGraphicsSubjectIdentity){ m->subject[i].type, m->subject[i].name };
    ((virConnectDomainEventGraphicsCallback)(void (*)(void))cb)(
        (virConnectPtr)conn, object, m->phase, &local, &peer, m->authScheme, &subject, opaque);
}

static void
tunable(Connection *conn, void *object, const void *msg, virFreeCallback cb, void *opaque)
{
    const DomainEventCallbackTunableMsg *m = msg;
    virTypedParameterPtr params = params_from_wire(m->params, m->n_params);

    ((virConnectDomainEventTunableCallback)(void (*)(void))cb)((virConnectPtr)conn, object, params,
                                                               (int)m->n_params, opaque);
    params_free(params, (int)m->n_params);
}

static void
job_completed(Connection *conn, void *object, const void *msg, virFreeCallback cb, void *opaque)
{
    const DomainEventCallbackJobCompletedMsg *m = msg;
    virTypedParameterPtr params = params_from_wire(m->params, m->n_params);

    ((virConnectDomainEventJobCompletedCallback)(void (*)(void))cb)(
        (virConnectPtr)conn, object, params, (int)m->n_params, opaque);
    params_free(params, (int)m->n_params);
}

static const Caller domain_callers[] = {
    [VIR_DOMAIN_EVENT_ID_LIFECYCLE] = lifecycle,
    [VIR_DOMAIN_EVENT_ID_REBOOT] = plain,
    [VIR_DOMAIN_EVENT_ID_RTC_CHANGE] = rtc_change,
    [VIR_DOMAIN_EVENT_ID_WATCHDOG] = watchdog,
    [VIR_DOMAIN_EVENT_ID_IO_ERROR] = io_error,
    [VIR_DOMAIN_EVENT_ID_GRAPHICS] = graphics,
    [VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON] = io_error_reason,
    [VIR_DOMAIN_EVENT_ID_CONTROL_ERROR] = plain,
    [VIR_DOMAIN_EVENT_ID_BLOCK_JOB] = block_job,
    [VIR_DOMAIN_EVENT_ID_DISK_CHANGE] = disk_change,
    [VIR_DOMAIN_EVENT_ID_TRAY_CHANGE] = tray_change,
    [VIR_DOMAIN_EVENT_ID_PMWAKEUP] = pm_wakeup,
    [VIR_DOMAIN_EVENT_ID_PMSUSPEND] = pm_suspend,
    [VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE] = balloon_change,
    [VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK] = pm_suspend_disk,
    [VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED] = device_removed,
    [VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2] = block_job_2,
    [VIR_DOMAIN_EVENT_ID_TUNABLE] = tunable,
    [VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE] = agent_lifecycle,
    [VIR_DOMAIN_EVENT_ID_DEVICE_ADDED] = device_added,
    [VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION] = migration_iteration,
    [VIR_DOMAIN_EVENT_ID_JOB_COMPLETED] = job_completed,
    [VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED] = device_removal_failed,
    [VIR_DOMAIN_EVENT_ID_METADATA_CHANGE] = metadata_change,
    [VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD] = block_threshold,
    [VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE] = memory_failure,
    [VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE] = memory_device_size_change,
    [VIR_DOMAIN_EVENT_ID_NIC_MAC_CHANGE] = nic_mac_change,
};
static const Caller network_callers[] = {
    [VIR_NETWORK_EVENT_ID_LIFECYCLE] = network_lifecycle,
    [VIR_NETWORK_EVENT_ID_METADATA_CHANGE] = network_metadata,
};
static const Caller pool_callers[] = {
    [VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE] = pool_lifecycle,
    [VIR_STORAGE_POOL_EVENT_ID_REFRESH] = pool_refresh,
};
static const Caller device_callers[] = {
    [VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE] = device_lifecycle,
    [VIR_NODE_DEVICE_EVENT_ID_UPDATE] = device_update,
};
static const Caller secret_callers[] = {
    [VIR_SECRET_EVENT_ID_LIFECYCLE] = secret_lifecycle,
    [VIR_SECRET_EVENT_ID_VALUE_CHANGED] = secret_value,
};
static const Caller monitor_callers[] = { monitor };

static const struct {
    const Caller *callers;
    size_t n;
    HandleKind kind;
} classes[EVENT_LAST] = {
    [EVENT_DOMAIN] = { domain_callers, G_N_ELEMENTS(domain_callers), HANDLE_DOMAIN },
    [EVENT_NETWORK] = { network_callers, G_N_ELEMENTS(network_callers), HANDLE_NETWORK },
    [EVENT_STORAGE_POOL] = { pool_callers, G_N_ELEMENTS(pool_callers), HANDLE_STORAGE_POOL },
    [EVENT_NODE_DEVICE] = { device_callers, G_N_ELEMENTS(device_callers), HANDLE_NODE_DEVICE },
    [EVENT_SECRET] = { secret_callers, G_N_ELEMENTS(secret_callers), HANDLE_SECRET },
    [EVENT_QEMU_MONITOR] = { monitor_callers, G_N_ELEMENTS(monitor_callers), HANDLE_DOMAIN },
};

void
event_callback_call(Connection *conn, const EventDesc *desc, const void *msg, virFreeCallback cb,
                    void *opaque)
{
    const Caller *callers = classes[desc->cls].callers;
    Handle *object;

    if (desc->id < 0 || (size_t)desc->id >= classes[desc->cls].n || !callers[desc->id])
        return;
    object =
        handle_from_wire(classes[desc->cls].kind, conn, NULL, (const char *)msg + desc->object_at);
    callers[desc->id](conn, object, msg, cb, opaque);
    handle_unref(object);
}
