/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmx_display.c - the VNC server and the graphics card of a VMware guest */
#define ERROR_FROM VIR_FROM_VMWARE
#include "drivers/vmware/vmx_private.h"

#include "util/error.h"

/* KiB */
enum { DEFAULT_VRAM = 4096 };

bool
vmx_vnc_read(const VmxFile *file, const VmxContext *context G_GNUC_UNUSED, Domain *domain, GError **error)
{
    g_autoptr(VmxVnc) vnc = vmx_record_read(&vmx_vnc, file, "RemoteDisplay.vnc.", error);
    Graphics *graphics;
    ListenAddress *listen;

    if (!vnc)
        return false;
    if (vnc->enabled != VMX_YES)
        return true;
    if (vnc->port.given && (vnc->port.value < 1 || vnc->port.value > 65535)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "'RemoteDisplay.vnc.port' of the VMX file is no port");
        return false;
    }
    graphics = xml_new(&graphics_xml);
    graphics->type = GRAPHICS_TYPE_VNC;
    graphics->port = vnc->port.given ? (int)vnc->port.value : -1;
    graphics->autoport = vnc->port.given ? YESNO_NO : YESNO_YES;
    graphics->keymap = g_strdup(vnc->keymap);
    graphics->passwd = g_strdup(vnc->password);
    listen = xml_new(&listen_address_xml);
    listen->type = LISTEN_TYPE_ADDRESS;
    listen->address = g_strdup(vnc->address);
    vmx_append(&graphics->listens, listen);
    vmx_append(&domain->graphics, graphics);
    return true;
}

bool
vmx_vnc_write(const Domain *domain, const VmxContext *context G_GNUC_UNUSED, GString *out, GError **error)
{
    const Graphics *graphics = list_len(domain->graphics) ? domain->graphics->pdata[0] : NULL;
    const ListenAddress *listen = graphics && list_len(graphics->listens) ? graphics->listens->pdata[0] : NULL;
    g_autoptr(VmxVnc) vnc = vmx_record_new(&vmx_vnc);

    if (!graphics)
        return true;
    if (domain->graphics->len > 1 || graphics->type != GRAPHICS_TYPE_VNC || (listen && listen->type != LISTEN_TYPE_ADDRESS)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s': VMware guests have one <graphics>, of type 'vnc', which listens at an address",
                  domain->name);
        return false;
    }
    vnc->enabled = VMX_YES;
    if (graphics->autoport != YESNO_YES && graphics->port > 0)
        vnc->port = (VmxNumber) { true, graphics->port };
    vnc->address = g_strdup(listen ? listen->address : graphics->listen);
    vnc->keymap = g_strdup(graphics->keymap);
    vnc->password = g_strdup(graphics->passwd);
    vmx_record_write(vnc, "RemoteDisplay.vnc.", out);
    return true;
}

bool
vmx_video_read(const VmxFile *file, const VmxContext *context G_GNUC_UNUSED, Domain *domain, GError **error)
{
    g_autoptr(VmxVideo) card = vmx_record_read(&vmx_video, file, "svga.", error);
    Video *video;

    if (!card)
        return false;
    if (card->vram.given && (card->vram.value < 1 || card->vram.value > (int64_t)UINT_MAX * 1024)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "'svga.vramSize' of the VMX file is out of range");
        return false;
    }
    video = xml_new(&video_xml);
    video->model = g_strdup("vmvga");
    video->has_vram = true;
    video->vram = card->vram.given ? (unsigned)((card->vram.value + 1023) / 1024) : DEFAULT_VRAM;
    video->primary = YESNO_YES;
    vmx_append(&domain->videos, video);
    return true;
}

bool
vmx_video_write(const Domain *domain, const VmxContext *context G_GNUC_UNUSED, GString *out, GError **error)
{
    const Video *video = list_len(domain->videos) ? domain->videos->pdata[0] : NULL;
    g_autoptr(VmxVideo) card = vmx_record_new(&vmx_video);

    /* A display has a card, said or not. */
    if (!video && !list_len(domain->graphics))
        return true;
    if (video && (domain->videos->len > 1 || (video->model && g_strcmp0(video->model, "vmvga") != 0))) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s': VMware guests have one <video>, of model 'vmvga'", domain->name);
        return false;
    }
    card->vram = (VmxNumber) { true, (int64_t)(video && video->has_vram ? video->vram : DEFAULT_VRAM) * 1024 };
    vmx_record_write(card, "svga.", out);
    return true;
}
