/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmx_record.h - the keys of .vmx files that mean something to us, as tables; one walk reads, one writes
 *
 * A device, or the machine itself, is a record with a member for each key.  Its rows say the keys in the order in which
 * they are written; what stands in front of the key ("scsi0:1.", "ethernet3.") comes with the call.  What the members
 * mean for a document is in vmx_machine.c, vmx_disk.c and so on.
 */
#pragma once

#include "drivers/vmware/vmx_file.h"

#include <stddef.h>
#include <stdint.h>

typedef enum {
    VMX_TEXT,                     /* char * */
    VMX_FLAG,                     /* VmxFlag: "true" or "false" */
    VMX_NUMBER,                   /* VmxNumber; "unlimited" is as if it were absent */
    VMX_WORD,                     /* int: index in words, whose first is "" for absent */
    VMX_UUID,                     /* char *: "56 4d .. e0-c8 .. 15" in the file, with hyphens in memory */
    VMX_MAC,                      /* char *: lower case */
} VmxType;

typedef enum { VMX_UNSET, VMX_NO, VMX_YES } VmxFlag;

typedef struct VmxNumber {
    bool given;
    int64_t value;
} VmxNumber;

typedef struct VmxRow {
    const char *key;
    VmxType type;
    size_t offset;
    const char *const *words;
} VmxRow;

typedef struct VmxKind {
    size_t size;
    const VmxRow *rows;           /* ends with a NULL key */
} VmxKind;

enum { VMX_SCSI_UNSET, VMX_SCSI_BUSLOGIC, VMX_SCSI_LSILOGIC, VMX_SCSI_LSISAS, VMX_SCSI_PVSCSI };
enum {
    VMX_DEVICE_UNSET, VMX_DEVICE_SCSI_DISK, VMX_DEVICE_ATA_DISK, VMX_DEVICE_SATA_DISK, VMX_DEVICE_DISK, VMX_DEVICE_IMAGE,
    VMX_DEVICE_ATAPI, VMX_DEVICE_RAW, VMX_DEVICE_PASSTHRU,
};
enum { VMX_FILE_UNSET, VMX_FILE_DEVICE, VMX_FILE_FILE, VMX_FILE_PIPE, VMX_FILE_NETWORK, VMX_FILE_THINPRINT };
enum { VMX_END_UNSET, VMX_END_CLIENT, VMX_END_SERVER };
enum { VMX_NET_UNSET, VMX_NET_BRIDGED, VMX_NET_NAT, VMX_NET_CUSTOM, VMX_NET_HOSTONLY };
enum { VMX_MAC_UNSET, VMX_MAC_STATIC, VMX_MAC_GENERATED, VMX_MAC_VPX };
enum { VMX_FIRMWARE_UNSET, VMX_FIRMWARE_BIOS, VMX_FIRMWARE_EFI };

typedef struct VmxMachine {
    const VmxKind *kind;
    char *encoding;
    VmxNumber config, hardware;
    char *guest_os;
    VmxFlag smbios_host;
    char *uuid;
    VmxNumber genid_high, genid_low;
    char *name, *annotation;
    int firmware;
    VmxFlag secure_boot;
    VmxNumber memory, memory_max, memory_min;    /* MiB */
    VmxNumber cpus, cores;
    char *affinity, *shares;
} VmxMachine;

typedef struct VmxVnc {
    const VmxKind *kind;
    VmxFlag enabled;
    VmxNumber port;
    char *address, *keymap, *password;
} VmxVnc;

typedef struct VmxBus {
    const VmxKind *kind;
    VmxFlag present;
    int model;                    /* SCSI only */
} VmxBus;

typedef struct VmxDisk {
    const VmxKind *kind;
    VmxFlag present, client;
    int device, file_type;        /* floppy drives have the latter */
    VmxFlag autodetect;
    char *file;
    VmxFlag write_through;
    char *mode;
} VmxDisk;

typedef struct VmxSharing {
    const VmxKind *kind;
    VmxFlag disabled;
    VmxNumber n_folders;
} VmxSharing;

typedef struct VmxFolder {
    const VmxKind *kind;
    VmxFlag present, enabled, readable, writable;
    char *host, *guest;
} VmxFolder;

typedef struct VmxEthernet {
    const VmxKind *kind;
    VmxFlag present;
    char *model;
    VmxNumber features;
    char *switch_id, *port, *portgroup;
    VmxNumber connection;
    char *network;
    int connected;
    char *vnet;
    int address_type;
    char *address, *generated;
    VmxNumber generated_offset;
    VmxFlag check_mac;
} VmxEthernet;

typedef struct VmxVideo {
    const VmxKind *kind;
    VmxNumber vram;               /* bytes */
} VmxVideo;

typedef struct VmxPort {          /* serial or parallel */
    const VmxKind *kind;
    VmxFlag present;
    int file_type, pipe_end;
    VmxFlag no_loss;
    char *file;
    int network_end;
    char *vspc;
    VmxFlag yield;
} VmxPort;

extern const VmxKind vmx_machine, vmx_vnc, vmx_scsi, vmx_sata, vmx_disk, vmx_floppy, vmx_sharing, vmx_folder, vmx_ethernet,
    vmx_video, vmx_port;

void *vmx_record_new(const VmxKind *kind);
/* @prefix: "" or as "ethernet0.". */
void *vmx_record_read(const VmxKind *kind, const VmxFile *file, const char *prefix, GError **error);
void vmx_record_write(const void *record, const char *prefix, GString *out);
void vmx_record_free(void *record);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmxMachine, vmx_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmxVnc, vmx_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmxBus, vmx_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmxDisk, vmx_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmxSharing, vmx_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmxFolder, vmx_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmxEthernet, vmx_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmxVideo, vmx_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmxPort, vmx_record_free)
