/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keycode.c - keys by the numbers that different systems give them
 *
 * QEMU's numbers are those of the PC (scan code set 1).  Linux took the same ones for the keys that the first
 * PC/AT keyboard had; what came later, and USB's own numbers, stand in tables (linux/input-event-codes.h; USB HID Usage
 * Tables, page 7).
 */
#include "drivers/qemu/keycode.h"

#include <glib.h>
#include <libvirt/libvirt.h>

enum { EXTENDED = 0x80, LINUX_SAME = 84, LINUX_FROM = 85 };

/* From code LINUX_FROM on; 0: no key of a PC. */
static const uint8_t linux_keys[] = {
    /* 85 zenkaku 102nd F11 F12 */ 0x76, 0x56, 0x57, 0x58,
    /* 89 RO katakana hiragana henkan kana-hiragana muhenkan */ 0x73, 0x78, 0x77, 0x79, 0x70, 0x7b,
    /* 95 keypad-comma keypad-enter right-ctrl keypad-slash sysrq right-alt linefeed */
    0x5c, 0x9c, 0x9d, 0xb5, 0x54, 0xb8, 0x5b,
    /* 102 home up page-up left right end down page-down insert delete */
    0xc7, 0xc8, 0xc9, 0xcb, 0xcd, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3,
    /* 112 macro mute volume-down volume-up power */ 0xef, 0xa0, 0xae, 0xb0, 0xde,
    /* 117 keypad-equal keypad-plusminus pause scale keypad-comma */ 0x59, 0xce, 0xc6, 0x8b, 0x7e,
    /* 122 hangeul hanja yen left-meta right-meta compose */ 0x72, 0x71, 0x7d, 0xdb, 0xdc, 0xdd,
};

/* Usages of page 7. */
static const uint8_t usb_keys[] = {
    /* 0x00 none and errors */ 0, 0, 0, 0,
    /* 0x04 a to z */ 0x1e, 0x30, 0x2e, 0x20, 0x12, 0x21, 0x22, 0x23, 0x17, 0x24, 0x25, 0x26, 0x32,
                      0x31, 0x18, 0x19, 0x10, 0x13, 0x1f, 0x14, 0x16, 0x2f, 0x11, 0x2d, 0x15, 0x2c,
    /* 0x1e 1 to 0 */ 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b,
    /* 0x28 return escape backspace tab space minus equal [ ] backslash */
    0x1c, 0x01, 0x0e, 0x0f, 0x39, 0x0c, 0x0d, 0x1a, 0x1b, 0x2b,
    /* 0x32 # ; ' ` , . / caps-lock */ 0x2b, 0x27, 0x28, 0x29, 0x33, 0x34, 0x35, 0x3a,
    /* 0x3a F1 to F12 */ 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x41, 0x42, 0x43, 0x44, 0x57, 0x58,
    /* 0x46 print scroll-lock pause insert home page-up delete end page-down */
    0x54, 0x46, 0xc6, 0xd2, 0xc7, 0xc9, 0xd3, 0xcf, 0xd1,
    /* 0x4f right left down up num-lock */ 0xcd, 0xcb, 0xd0, 0xc8, 0x45,
    /* 0x54 keypad / * - + enter 1 to 0 . */ 0xb5, 0x37, 0x4a, 0x4e, 0x9c,
                      0x4f, 0x50, 0x51, 0x4b, 0x4c, 0x4d, 0x47, 0x48, 0x49, 0x52, 0x53,
    /* 0x64 102nd compose power keypad-equal */ 0x56, 0xdd, 0xde, 0x59,
};

/* Usages 0xe0 on: left ctrl shift alt meta, right ctrl shift alt meta. */
static const uint8_t usb_modifiers[] = { 0x1d, 0x2a, 0x38, 0xdb, 0x9d, 0x36, 0xb8, 0xdc };

static unsigned
from_linux(unsigned code)
{
    if (code < LINUX_SAME)
        return code;
    return code >= LINUX_FROM && code - LINUX_FROM < G_N_ELEMENTS(linux_keys) ? linux_keys[code - LINUX_FROM] : 0;
}

static unsigned
from_usb(unsigned code)
{
    if (code < G_N_ELEMENTS(usb_keys))
        return usb_keys[code];
    return code >= 0xe0 && code - 0xe0 < G_N_ELEMENTS(usb_modifiers) ? usb_modifiers[code - 0xe0] : 0;
}

/* Set 1 as keyboards send it: E0 before the code of keys that came later. */
static unsigned
from_set1(unsigned code)
{
    if (code >> 8 == 0xe0)
        return (code & 0x7f) | EXTENDED;
    return code < EXTENDED ? code : 0;
}

bool
keycode_to_qnum(unsigned codeset, unsigned code, unsigned *ret_qnum)
{
    unsigned qnum = codeset == VIR_KEYCODE_SET_QNUM ? (code <= UINT8_MAX ? code : 0)
                    : codeset == VIR_KEYCODE_SET_LINUX ? from_linux(code)
                    : codeset == VIR_KEYCODE_SET_USB ? from_usb(code)
                    : codeset == VIR_KEYCODE_SET_XT || codeset == VIR_KEYCODE_SET_ATSET1 ? from_set1(code) : 0;

    if (qnum)
        *ret_qnum = qnum;
    return qnum != 0;
}
