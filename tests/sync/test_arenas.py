"""Threads share what the C library hands out, where it is glibc."""

import platform
import subprocess
import sys

import pytest

THREADS = """
import sys, threading, ctypes
from sync import arenas
if sys.argv[1] == "share": arenas.share()
go = threading.Barrier(16)
def work():
    go.wait()
    held = [bytearray(50_000) for _ in range(50)]
    go.wait()
threads = [threading.Thread(target=work) for _ in range(16)]
for t in threads: t.start()
for t in threads: t.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info.argtypes = (ctypes.c_int, ctypes.c_void_p)
libc.fflush.argtypes = (ctypes.c_void_p,)
out = libc.fdopen(1, b"w")
libc.malloc_info(0, out)
libc.fflush(out)
"""


def arenas_of(mode: str, **environ: str) -> int:
    """How many arenas a process with 16 threads has in the end."""
    ran = subprocess.run([sys.executable, "-c", THREADS, mode], capture_output=True, text=True, check=True, env={**environ})
    return ran.stdout.count("<heap nr=")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_sixteen_threads_share_one_arena() -> None:
    assert arenas_of("share") == 1 < arenas_of("leave")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_what_the_user_sets_stands() -> None:
    assert 1 < arenas_of("share", MALLOC_ARENA_MAX="5") <= 5
