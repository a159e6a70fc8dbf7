# SPDX-License-Identifier: LGPL-2.1-or-later
# sector - a guest in one boot sector, for tests of a guest's life
#
# Says "sector up" on the first serial line, then echoes what it is sent, but for
#     q   power off by ACPI        z   reset by the keyboard controller
#     t   print how often the timer has ticked since the start, in hexadecimal
# The ACPI power button makes it say "button" and power off.  For SeaBIOS, which puts the power
# management registers of both pc and q35 at port 0x600.

        .code16
        .globl start
        .set serial, 0x3f8
        .set power, 0x600

start:  xorw %ax, %ax
        movw %ax, %ds
        movw %ax, %ss
        movw $start, %sp
        movw $hello, %si
        call say
        movw $power + 2, %dx            # enable register: the power button
        movw $0x100, %ax
        outw %ax, %dx
        sti

wait:   hlt                             # until the next timer tick
        incw ticks
        movw $power, %dx                # status register: pressed?
        inw %dx, %ax
        testb $1, %ah
        jnz pressed
        movw $serial + 5, %dx           # line status: anything received?
        inb %dx, %al
        testb $1, %al
        jz wait
        movw $serial, %dx
        inb %dx, %al
        cmpb $'q', %al
        je off
        cmpb $'z', %al
        je reset
        cmpb $'t', %al
        je tell
        outb %al, %dx
        jmp wait

pressed:
        movw $button, %si
        call say
off:    movw $power + 4, %dx            # control register: sleep type 0 = off
        movw $0x2000, %ax
        outw %ax, %dx
        jmp wait

reset:  movb $0xfe, %al
        outb %al, $0x64
        jmp wait

tell:   movw ticks, %bx
        movw $4, %cx
digit:  rolw $4, %bx
        movb %bl, %al
        andb $15, %al
        addb $'0', %al
        cmpb $'9', %al
        jbe decimal
        addb $'a' - '9' - 1, %al
decimal:
        outb %al, %dx
        loop digit
        movb $'\n', %al
        outb %al, %dx
        jmp wait

say:    movw $serial, %dx
again:  lodsb
        testb %al, %al
        jz said
        outb %al, %dx
        jmp again
said:   ret

hello:  .asciz "sector up\n"
button: .asciz "button\n"
ticks:  .word 0
        .org 510
        .word 0xaa55
