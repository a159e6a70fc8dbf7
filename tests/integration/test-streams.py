# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every method of the bindings' streams, on a volume: whole, in pieces, with holes, and what ends them."""
import os
import tempfile
from typing import Any

import libvirt

from harness import connect, equal, later, main, refused, test, wait_for

SIZE, HOLE = 1 << 20, 256 << 10
SPARSE_UP, SPARSE_DOWN = libvirt.VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM, libvirt.VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM


def volume(connection: libvirt.virConnect, name: str) -> libvirt.virStorageVol:
    folder = tempfile.mkdtemp(dir="/var/lib/libvirt")
    pool = connection.storagePoolCreateXML(f"<pool type='dir'><name>streams-{name}</name><target><path>{folder}</path></target>"
                                           "</pool>")
    later(pool.destroy)
    return pool.createXML(f"<volume><name>{name}</name><capacity>{SIZE}</capacity><allocation>0</allocation></volume>")


def content(vol: libvirt.virStorageVol) -> bytes:
    with open(vol.path(), "rb") as file:
        return file.read()


@test("sendAll and recvAll")
def _() -> None:
    connection = connect("storage:///system")
    vol, data = volume(connection, "whole"), os.urandom(SIZE)
    stream = connection.newStream()
    vol.upload(stream, 0, SIZE)
    rest = [data]

    def more(_stream: libvirt.virStream, count: int, opaque: list[bytes]) -> bytes:
        piece, opaque[0] = opaque[0][:count], opaque[0][count:]
        return piece

    stream.sendAll(more, rest)
    equal(stream.finish(), 0)
    equal(content(vol) == data, True, "what was sent is in the volume")
    got = bytearray()
    stream = connection.newStream()
    vol.download(stream, 0, 0)
    stream.recvAll(lambda _stream, piece, opaque: opaque.extend(piece), got)
    stream.finish()
    equal(bytes(got) == data, True, "and comes back")


@test("a range, by send and recv")
def _() -> None:
    connection = connect("storage:///system")
    vol = volume(connection, "range")
    stream = connection.newStream()
    vol.upload(stream, 4096, 10)
    equal(stream.send(b"0123456789"), 10)
    stream.finish()
    equal(content(vol)[4090:4110], bytes(6) + b"0123456789" + bytes(4))
    stream = connection.newStream()
    vol.download(stream, 4098, 5)
    got = b""
    while len(got) < 5:
        piece = stream.recv(100)
        assert piece, f"the stream ended after {got!r}"
        got += piece
    equal(got, b"23456")
    equal(stream.recv(100), b"")
    stream.finish()


@test("holes, by hand: sendHole, recvFlags, recvHole")
def _() -> None:
    connection = connect("storage:///system")
    vol = volume(connection, "holes")
    stream = connection.newStream()
    vol.upload(stream, 0, SIZE, SPARSE_UP)
    start = os.urandom(HOLE)
    done = 0
    while done < HOLE:
        done += stream.send(start[done:done + 65536])
    equal(stream.sendHole(SIZE - HOLE), 0)
    stream.finish()
    equal(content(vol) == start + bytes(SIZE - HOLE), True, "data, then zeros")
    equal(os.stat(vol.path()).st_blocks * 512 < SIZE, True, "the hole takes no room")
    stream = connection.newStream()
    vol.download(stream, 0, 0, SPARSE_DOWN)
    got, holes = b"", 0
    while len(got) + holes < SIZE:
        piece = stream.recvFlags(65536, libvirt.VIR_STREAM_RECV_STOP_AT_HOLE)
        if piece == -3:
            holes += stream.recvHole()
        else:
            assert isinstance(piece, bytes) and piece, f"{piece!r} after {len(got)} and {holes} bytes"
            got += piece
    equal((got == start, holes), (True, SIZE - HOLE))
    stream.finish()


@test("holes, by sparseSendAll and sparseRecvAll")
def _() -> None:
    connection = connect("storage:///system")
    vol, data = volume(connection, "sparse"), os.urandom(HOLE)
    at = [0]
    stream = connection.newStream()
    vol.upload(stream, 0, SIZE, SPARSE_UP)

    def read(_stream: libvirt.virStream, count: int, opaque: list[int]) -> bytes:
        piece = data[opaque[0]:opaque[0] + count]
        opaque[0] += len(piece)
        return piece

    def where(_stream: libvirt.virStream, opaque: list[int]) -> tuple[bool, int]:
        if opaque[0] < HOLE:
            return True, HOLE - opaque[0]
        return False, SIZE - opaque[0]

    def skip(_stream: libvirt.virStream, count: int, opaque: list[int]) -> int:
        opaque[0] += count
        return 0

    stream.sparseSendAll(read, where, skip, at)
    stream.finish()
    equal(content(vol) == data + bytes(SIZE - HOLE), True, "data, then zeros")
    got: list[Any] = []
    stream = connection.newStream()
    vol.download(stream, 0, 0, SPARSE_DOWN)
    stream.sparseRecvAll(lambda _stream, piece, opaque: opaque.append(piece),
                         lambda _stream, count, opaque: opaque.append(count), got)
    stream.finish()
    equal(b"".join(piece for piece in got if isinstance(piece, bytes)) == data, True, "data")
    equal(sum(count for count in got if isinstance(count, int)), SIZE - HOLE, "holes")


@test("driven by the loop, both ways")
def _() -> None:
    connection = connect("storage:///system")
    vol, data = volume(connection, "loop"), os.urandom(SIZE)
    sent, got, ended = [0], bytearray(), []
    stream = connection.newStream(libvirt.VIR_STREAM_NONBLOCK)
    vol.upload(stream, 0, SIZE)

    def writable(one: libvirt.virStream, _events: int, _opaque: Any) -> None:
        while sent[0] < SIZE:
            count = one.send(data[sent[0]:sent[0] + 65536])
            if count == -2:
                return
            sent[0] += count
        one.eventUpdateCallback(0)

    stream.eventAddCallback(libvirt.VIR_STREAM_EVENT_WRITABLE, writable, None)
    wait_for("the upload", lambda: sent[0] == SIZE)
    stream.eventRemoveCallback()
    stream.finish()
    wait_for("the content", lambda: content(vol) == data)
    stream = connection.newStream(libvirt.VIR_STREAM_NONBLOCK)
    vol.download(stream, 0, 0)

    def readable(one: libvirt.virStream, _events: int, _opaque: Any) -> None:
        while True:
            piece = one.recv(65536)
            if piece == -2:
                return
            if not piece:
                one.eventUpdateCallback(0)
                ended.append(True)
                return
            got.extend(piece)

    stream.eventAddCallback(libvirt.VIR_STREAM_EVENT_READABLE, readable, None)
    wait_for("the download", lambda: ended)
    stream.eventRemoveCallback()
    stream.finish()
    equal(bytes(got) == data, True, "what came back")


@test("ends: abort, an error of the callback, a closed stream")
def _() -> None:
    connection = connect("storage:///system")
    vol = volume(connection, "ends")
    stream = connection.newStream()
    vol.upload(stream, 0, SIZE)
    stream.send(b"x" * 100)
    equal(stream.abort(), 0)
    stream = connection.newStream()
    vol.download(stream, 0, 0)

    def broken(_stream: libvirt.virStream, _data: bytes, _opaque: Any) -> int:
        raise RuntimeError("the application's own trouble")

    try:
        stream.recvAll(broken, None)
        raise AssertionError("an error of the callback went unnoticed")
    except RuntimeError:
        pass
    refused(stream.recv, 10)
    equal(connection.storageVolLookupByPath(vol.path()).name(), "ends", "the connection is well")


main()
